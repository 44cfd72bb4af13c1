//! Numbers as a person reads them, and money without fractions of anything.

use schemas::types::Money;

/// The digits that a spreadsheet shows of a number; a computed cell has noise behind them.
const SHOWN_DIGITS: usize = 15;

/// A cell's number in decimal digits.
pub(crate) fn shown(number: f64) -> String {
    let scientific = format!("{number:.*e}", SHOWN_DIGITS - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific };
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    format!("{sign}{}", placed(digits, exponent))
}

/// Digits with the point behind the first of them, moved by so many places.
fn placed(digits: &str, exponent: i32) -> String {
    let places = exponent.unsigned_abs() as usize;
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat(places - 1));
    }
    match digits.split_at_checked(places + 1) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, part)) => format!("{whole}.{part}"),
        None => format!("{digits}{}", "0".repeat(places + 1 - digits.len())),
    }
}

/// Rupees with two decimals.
pub(crate) fn rupees(money: Money) -> String {
    let sign = if money.minor < 0 { "-" } else { "" };
    let paise = money.minor.unsigned_abs();
    format!("{sign}{}.{:02}", paise / 100, paise % 100)
}

/// Reads rupees with at most two decimals, exactly.
pub(crate) fn money(text: &str) -> Result<Money, String> {
    let expected = || "must be rupees such as 1200 or 1200.50".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) || text.ends_with('.') {
        return Err(expected());
    }
    let paise: i64 = format!("{part:0<2}").parse().map_err(|_| expected())?;
    let rupees: i64 = whole.parse().map_err(|_| expected())?;
    let minor = rupees.checked_mul(100).and_then(|minor| minor.checked_add(paise)).ok_or_else(expected)?;
    Ok(Money::inr(minor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_no_exponent_and_no_noise() {
        for (number, text) in [
            (1_200.5, "1200.5"),
            (1.0e6, "1000000"),
            (0.1 + 0.2, "0.3"),
            (87_083_000.0, "87083000"),
            (4_047_024_123_456.0, "4047024123456"),
            (-0.25, "-0.25"),
            (0.0, "0"),
            (-0.0, "0"),
            (1e-7, "0.0000001"),
            (1e21, "1000000000000000000000"),
        ] {
            assert_eq!(shown(number), text);
        }
    }

    #[test]
    fn money_has_two_decimals_at_most() {
        for (text, paise) in [("1200", 120_000), ("1200.5", 120_050), ("0.05", 5), ("0012.00", 1_200)] {
            assert_eq!(money(text), Ok(Money::inr(paise)));
        }
        for bad in ["", ".", "1.", ".5", "1.005", "-1", "+1", "1,200", "1e3", "Rs 5", "१", "92233720368547758.08"] {
            assert!(money(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn money_is_read_as_it_is_written_by_digits_and_by_a_cells_number(paise in 0..1_000_000_000_000_i64) {
            let written = rupees(Money::inr(paise));
            prop_assert_eq!(money(&written), Ok(Money::inr(paise)));
            let number: f64 = written.parse().unwrap();
            prop_assert_eq!(money(&shown(number)), Ok(Money::inr(paise)));
        }

        #[test]
        fn any_number_is_shown_without_a_panic(number in any::<f64>()) {
            let text = shown(number);
            prop_assert!(!text.contains('e') || !number.is_finite());
        }
    }
}
