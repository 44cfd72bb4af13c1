//! A series of documents in one financial year, and the numbers it gives.

use schemas::{invoicing::series_key, types::Timestamp};
use serde::{Deserialize, Serialize};
use shared::engine::{Memory, Refusal, State};

/// The last number that eight digits can write.
const LAST: u32 = 99_999_999;

/// One series in one financial year, under its key (`INV/26-27`). It has one writer, so its numbers have no holes: the
/// counter and the document that carries the number are saved by the same step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Series {
    /// The number of the newest document; 0 before the first.
    pub last_number: u32,
}

impl State for Series {
    const COLLECTION: &'static str = "invoice_series";
    // A series lives for a year and gives millions of numbers: the rows say which orders have theirs.
    const MEMORY: Memory = Memory::LastOffset;
}

impl Series {
    /// Takes the next number of the series with that key.
    ///
    /// # Errors
    /// `series_exhausted` when eight digits no longer suffice.
    pub fn take(&mut self, key: &str) -> Result<String, Refusal> {
        if self.last_number >= LAST {
            return Err(Refusal::new(
                "series_exhausted",
                format!("{key} has given its last number: open another series"),
            ));
        }
        self.last_number += 1;
        Ok(number(key, self.last_number))
    }
}

/// How a number is written: the letters and digits of the series' key, a dash and eight digits (`INV2627-00000001`).
///
/// Rule 46(b) of the CGST Rules, 2017 asks for a consecutive number of at most 16 characters out of letters, digits, `-`
/// and `/`, unique in its financial year. This is exactly 16, with room for 99,999,999 documents a year. It has no `/`,
/// so that it can be part of a file's name.
fn number(key: &str, count: u32) -> String {
    let prefix: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{prefix}-{count:08}")
}

/// Checks that a document belongs to the series it was sent to: that keeps every number with its single writer.
///
/// # Errors
/// `wrong_series`.
pub fn check_key(key: &str, series: &str, issued_at: Timestamp) -> Result<(), Refusal> {
    let expected = series_key(series, issued_at);
    if key == expected {
        return Ok(());
    }
    Err(Refusal::new("wrong_series", format!("a document of {expected} was sent to {key}")))
}

#[cfg(test)]
mod tests {
    use schemas::invoicing::{CREDIT_NOTES, INVOICES};

    use super::*;

    #[test]
    fn a_number_obeys_rule_46() {
        for series in [INVOICES, CREDIT_NOTES] {
            let key = series_key(series, Timestamp::from_millis(1_790_000_000_000));
            for count in [1, LAST] {
                let number = number(&key, count);
                assert!(number.len() <= 16, "{number}");
                assert!(number.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'/' || c == b'-'), "{number}");
            }
        }
        assert_eq!(number("INV/26-27", 1), "INV2627-00000001");
    }

    #[test]
    fn a_series_that_is_full_refuses_instead_of_growing_too_long() {
        let mut series = Series { last_number: LAST - 1 };
        assert_eq!(series.take("INV/26-27"), Ok("INV2627-99999999".to_owned()));
        assert_eq!(series.take("INV/26-27").unwrap_err().code, "series_exhausted");
        assert_eq!(series.last_number, LAST);
    }
}
