//! Points in time, as messages and documents carry them.

use std::fmt;

use jiff::{SignedDuration, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

crate::avro_as!(Timestamp => i64);

impl Timestamp {
    /// Now, by this machine's clock. Only the edge asks; a handler finds the time in its message.
    #[must_use]
    pub fn now() -> Self {
        Self(crate::clock::now_millis())
    }

    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Reads a time as RFC 3339 writes it, with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This time moved by a duration; stays at the ends of the range instead of overflowing.
    #[must_use]
    pub fn plus(self, duration: std::time::Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// This time moved back by a duration.
    #[must_use]
    pub fn minus(self, duration: std::time::Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The calendar date in India (UTC+05:30, no daylight saving), where the shop keeps its books.
    #[must_use]
    pub fn date_in_india(self) -> jiff::civil::Date {
        let offset = jiff::tz::Offset::UTC.checked_add(SignedDuration::from_mins(330)).unwrap_or(jiff::tz::Offset::UTC);
        self.to_jiff().to_zoned(TimeZone::fixed(offset)).date()
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_in_india_begins_five_and_a_half_hours_earlier() {
        let new_years_eve_utc: jiff::Timestamp = "2026-03-31T18:29:59Z".parse().unwrap();
        let at = Timestamp::from_millis(new_years_eve_utc.as_millisecond());
        assert_eq!(at.date_in_india().to_string(), "2026-03-31");
        assert_eq!(at.plus(std::time::Duration::from_secs(1)).date_in_india().to_string(), "2026-04-01");
    }

    #[test]
    fn a_time_is_read_with_its_offset_and_nothing_else_is() {
        let midnight = Timestamp::parse("2026-04-01T00:00:00+05:30").unwrap();
        assert_eq!(midnight.to_string(), "2026-03-31T18:30:00.000Z");
        assert_eq!(Timestamp::parse(&midnight.to_string()), Some(midnight));
        for bad in ["", "2026-04-01", "noon", "1775000000000"] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_prints_as_rfc_3339() {
        assert_eq!(Timestamp::from_millis(1_500).to_string(), "1970-01-01T00:00:01.500Z");
    }
}
