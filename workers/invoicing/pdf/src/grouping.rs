//! Money and rates as Indian readers write them.

/// An amount of `paise` in rupees with lakh grouping and two decimals, without the currency sign:
/// `1,23,456.78`, `-0.40`.
#[must_use]
pub fn amount(paise: i64) -> String {
    let sign = if paise < 0 { "-" } else { "" };
    format!("{sign}{}", unsigned(paise.unsigned_abs()))
}

/// An amount of `paise` with the rupee sign: `₹1,23,456.78`, `-₹0.40`.
#[must_use]
pub fn rupees(paise: i64) -> String {
    let sign = if paise < 0 { "-" } else { "" };
    format!("{sign}₹{}", unsigned(paise.unsigned_abs()))
}

/// A rate in hundred-thousandths as a percentage without needless zeros: 9000 is `9%`, 125 is `0.125%`.
///
/// The unit is this fine so that half of a rate in basis points is exact: CGST is half of the GST rate.
pub(crate) fn percent(hundred_thousandths: u64) -> String {
    let whole = hundred_thousandths / 1000;
    let fraction = format!("{:03}", hundred_thousandths % 1000);
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}%"),
        digits => format!("{whole}.{digits}%"),
    }
}

fn unsigned(paise: u64) -> String {
    format!("{}.{:02}", group(paise / 100), paise % 100)
}

/// Groups the last three digits, then pairs: 12345678 is `1,23,45,678`.
fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 2);
    for (index, digit) in digits.chars().enumerate() {
        let following = digits.len() - index;
        if index > 0 && following >= 3 && following % 2 == 1 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rupees_are_grouped_by_thousand_then_by_hundreds() {
        for (paise, text) in [
            (0, "₹0.00"),
            (5, "₹0.05"),
            (99_999, "₹999.99"),
            (1_00_000, "₹1,000.00"),
            (99_999_00, "₹99,999.00"),
            (1_23_456_78, "₹1,23,456.78"),
            (1_00_00_000_00, "₹1,00,00,000.00"),
            (12_34_56_789_01, "₹12,34,56,789.01"),
            (-40, "-₹0.40"),
            (-1_23_456_78, "-₹1,23,456.78"),
        ] {
            assert_eq!(rupees(paise), text);
        }
        assert_eq!(amount(-40), "-0.40");
        assert_eq!(amount(1_23_456_78), "1,23,456.78");
    }

    #[test]
    fn rates_drop_needless_zeros() {
        for (rate, text) in
            [(0, "0%"), (9_000, "9%"), (2_500, "2.5%"), (125, "0.125%"), (28_000, "28%"), (1_005, "1.005%")]
        {
            assert_eq!(percent(rate), text);
        }
    }

    proptest! {
        #[test]
        fn grouping_keeps_every_digit(paise in any::<i64>()) {
            let plain = amount(paise).replace([',', '.'], "");
            prop_assert_eq!(plain.parse::<i64>().unwrap(), paise);
        }

        #[test]
        fn only_the_last_group_has_three_digits(number in 1_000u64..) {
            let text = group(number);
            let groups: Vec<&str> = text.split(',').collect();
            prop_assert_eq!(groups.last().unwrap().len(), 3);
            prop_assert!(groups[1..groups.len() - 1].iter().all(|group| group.len() == 2));
            prop_assert!((1..=2).contains(&groups[0].len()));
        }
    }
}
