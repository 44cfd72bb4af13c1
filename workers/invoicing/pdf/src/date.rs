//! A calendar date, as printed on a document.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A date of the Gregorian calendar in India time; in serde it is the string `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The text or numbers name no day of the years 1000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date; write YYYY-MM-DD with a day that exists")]
pub struct InvalidDate;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Date {
    /// A date from its parts, month and day counted from 1.
    ///
    /// # Errors
    ///
    /// [`InvalidDate`] when there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, InvalidDate> {
        let exists =
            (1000..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Self { year, month, day }).ok_or(InvalidDate)
    }

    /// The year, four digits.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    /// As people read it without mistaking day for month: `26 Nov 2026`.
    pub(crate) fn readable(self) -> String {
        let month = MONTHS.get(usize::from(self.month) - 1).copied().unwrap_or("");
        format!("{:02} {month} {}", self.day, self.year)
    }

    /// As the e-invoice schema writes it: `26/11/2026`.
    pub(crate) fn slashed(self) -> String {
        format!("{:02}/{:02}/{}", self.day, self.month, self.year)
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let (year, rest) = text.split_once('-').ok_or(InvalidDate)?;
        let (month, day) = rest.split_once('-').ok_or(InvalidDate)?;
        let date = Self::new(number(year)?, number(month)?, number(day)?)?;
        // One spelling only: `2026-1-5` and `+2026-01-05` parse as numbers but are not the format.
        (date.to_string() == text).then_some(date).ok_or(InvalidDate)
    }
}

fn number<N: FromStr>(digits: &str) -> Result<N, InvalidDate> {
    digits.parse().map_err(|_| InvalidDate)
}

impl TryFrom<String> for Date {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, InvalidDate> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_reads_and_writes_iso() {
        let date: Date = "2026-11-05".parse().unwrap();
        assert_eq!(date, Date::new(2026, 11, 5).unwrap());
        assert_eq!(date.to_string(), "2026-11-05");
        assert_eq!(date.readable(), "05 Nov 2026");
        assert_eq!(date.slashed(), "05/11/2026");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2100-02-29",
            "2026-1-05",
            "26-01-05",
            "+2026-01-05",
            "2026-01-05T00",
            "",
        ] {
            assert_eq!(text.parse::<Date>(), Err(InvalidDate), "{text}");
        }
        assert!("2028-02-29".parse::<Date>().is_ok());
        assert!("2000-02-29".parse::<Date>().is_ok());
    }
}
