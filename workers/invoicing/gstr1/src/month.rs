//! The month of a return.

use std::{fmt, str::FromStr};

use jiff::{ToSpan, civil::Date};
use schemas::types::Timestamp;

use crate::dates::midnight;

/// A calendar month in India.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first: Date,
}

/// The text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidMonth;

impl Month {
    /// Its first moment and the first of the next month.
    #[must_use]
    pub fn bounds(self) -> (Timestamp, Timestamp) {
        let next = self.first.checked_add(1.month()).unwrap_or(Date::MAX);
        (midnight(self.first), midnight(next))
    }

    /// As the return names its period: `042026`.
    #[must_use]
    pub fn period(self) -> String {
        format!("{:02}{:04}", self.first.month(), self.first.year())
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    /// Reads `2026-04`.
    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let (year, month) = text.split_once('-').ok_or(InvalidMonth)?;
        let (year, month) = (year.parse().map_err(|_| InvalidMonth)?, month.parse().map_err(|_| InvalidMonth)?);
        let read = Self { first: Date::new(year, month, 1).map_err(|_| InvalidMonth)? };
        // GST begins on 1 July 2017; and there is one spelling of a month.
        let sensible = (2017..=9998).contains(&year) && read.to_string() == text;
        sensible.then_some(read).ok_or(InvalidMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_and_ends_at_midnight_in_india() {
        let april: Month = "2027-04".parse().unwrap();
        let (begin, end) = april.bounds();
        // 2027-03-31T18:30:00Z.
        assert_eq!(begin, Timestamp::from_millis(1_806_517_800_000));
        assert_eq!((end.as_millis() - begin.as_millis()) / 86_400_000, 30);
        assert_eq!((april.period().as_str(), april.to_string().as_str()), ("042027", "2027-04"));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in
            ["", "2026", "2026-13", "2026-00", "2026-4", "26-04", "2026-04-01", "-2026-04", "2016-12", "+2026-04"]
        {
            assert_eq!(text.parse::<Month>(), Err(InvalidMonth), "{text}");
        }
    }
}
