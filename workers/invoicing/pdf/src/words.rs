//! An amount of money in words, in the Indian system of thousand, lakh and crore.

const UNITS: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const TENS: [&str; 10] = ["", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
/// Largest first. Above a crore the count of crores is itself spelled out ("Two Lakh Crore"), so any
/// amount has words.
const SCALES: [(u64, &str); 4] = [(1_00_00_000, "Crore"), (1_00_000, "Lakh"), (1_000, "Thousand"), (100, "Hundred")];

/// `paise` in words: `Rupees Three Thousand One Hundred Eighty-Two and Fifty Paise Only`.
///
/// The paise are left out when there are none; a negative amount begins with `Minus`.
#[must_use]
pub fn amount_in_words(paise: i64) -> String {
    let sign = if paise < 0 { "Minus " } else { "" };
    let whole = number(paise.unsigned_abs() / 100);
    let fraction = match paise.unsigned_abs() % 100 {
        0 => String::new(),
        1 => " and One Paisa".to_owned(),
        rest => format!(" and {} Paise", number(rest)),
    };
    format!("{sign}Rupees {whole}{fraction} Only")
}

fn number(n: u64) -> String {
    for (scale, name) in SCALES {
        if n >= scale {
            let count = format!("{} {name}", number(n / scale));
            return match n % scale {
                0 => count,
                rest => format!("{count} {}", number(rest)),
            };
        }
    }
    below_hundred(n as usize)
}

fn below_hundred(n: usize) -> String {
    match (n / 10, n % 10) {
        (0 | 1, _) => UNITS[n].to_owned(),
        (tens, 0) => TENS[tens].to_owned(),
        (tens, unit) => format!("{}-{}", TENS[tens], UNITS[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads words back, independently of how they are made: a running value that a scale multiplies.
    fn read(words: &str) -> Option<u64> {
        let mut crores = 0;
        let mut total = 0;
        let mut current = 0;
        for word in words.split([' ', '-']) {
            if let Some(unit) = UNITS.iter().position(|unit| *unit == word) {
                current += unit as u64;
            } else if let Some(tens) = TENS.iter().position(|tens| !tens.is_empty() && *tens == word) {
                current += tens as u64 * 10;
            } else {
                match word {
                    "Hundred" => current *= 100,
                    "Thousand" | "Lakh" => {
                        total += current * if word == "Lakh" { 1_00_000 } else { 1_000 };
                        current = 0;
                    }
                    "Crore" => {
                        crores = (crores + total + current) * 1_00_00_000;
                        total = 0;
                        current = 0;
                    }
                    _ => return None,
                }
            }
        }
        Some(crores + total + current)
    }

    #[test]
    fn amounts_read_as_an_indian_would_say_them() {
        for (paise, words) in [
            (0, "Rupees Zero Only"),
            (1, "Rupees Zero and One Paisa Only"),
            (100, "Rupees One Only"),
            (3_182_00, "Rupees Three Thousand One Hundred Eighty-Two Only"),
            (3_182_50, "Rupees Three Thousand One Hundred Eighty-Two and Fifty Paise Only"),
            (1_23_456_78, "Rupees One Lakh Twenty-Three Thousand Four Hundred Fifty-Six and Seventy-Eight Paise Only"),
            (1_00_000_00, "Rupees One Lakh Only"),
            (1_00_00_000_00, "Rupees One Crore Only"),
            (12_05_00_019_00, "Rupees Twelve Crore Five Lakh Nineteen Only"),
            (2_50_000_00_00_000_00, "Rupees Two Lakh Fifty Thousand Crore Only"),
            (-50, "Minus Rupees Zero and Fifty Paise Only"),
        ] {
            assert_eq!(amount_in_words(paise), words);
        }
    }

    #[test]
    fn every_number_up_to_a_lakh_reads_back() {
        for n in 0..=1_00_000 {
            assert_eq!(read(&number(n)), Some(n));
        }
    }

    #[test]
    fn the_extremes_have_words() {
        assert!(amount_in_words(i64::MAX).starts_with("Rupees "));
        assert!(amount_in_words(i64::MIN).starts_with("Minus Rupees "));
    }

    proptest! {
        #[test]
        fn any_amount_reads_back(n in 0..=i64::MAX as u64 / 100) {
            prop_assert_eq!(read(&number(n)), Some(n));
        }

        #[test]
        fn different_amounts_have_different_words(a in any::<i64>(), b in any::<i64>()) {
            prop_assume!(a != b);
            prop_assert_ne!(amount_in_words(a), amount_in_words(b));
        }
    }
}
