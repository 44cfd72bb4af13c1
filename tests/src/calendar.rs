//! The days and the financial years of India, where the shop keeps its books.

use std::time::Duration;

use jiff::{Timestamp, civil::date, tz::Offset};

const DAY: i64 = 24 * 3_600;
/// India keeps one time all year.
const INDIA: i32 = 5 * 3_600 + 1_800;

/// The first financial year that begins later than this: its first moment, and the calendar year of that.
///
/// # Panics
/// When there is none before the end of all calendars.
#[must_use]
pub fn next_financial_year(after: Timestamp) -> (Timestamp, i16) {
    let india = Offset::from_seconds(INDIA).expect("an offset");
    let first_day = |year| india.to_timestamp(date(year, 4, 1).at(0, 0, 0, 0)).expect("a day of the calendar");
    let mut years = (india.to_datetime(after).year()..).map(|year| (first_day(year), year));
    years.find(|(first, _)| *first > after).expect("another year")
}

/// How long it is from this moment, in Unix milliseconds, to the next midnight.
#[must_use]
pub fn to_midnight(from: i64) -> Duration {
    let day = DAY * 1_000;
    let since = (from + i64::from(INDIA) * 1_000).rem_euclid(day);
    Duration::from_millis((day - since).unsigned_abs())
}

/// How far the clock has to be ahead so that no month ends in the next hour.
#[must_use]
pub fn out_of_the_months_last_hour(from: Timestamp) -> Duration {
    let india = Offset::from_seconds(INDIA).expect("an offset");
    let left = to_midnight(from.as_millisecond());
    let month_ends = india.to_datetime(from + left).day() == 1;
    if month_ends && left <= Duration::from_secs(3_600) { 2 * Duration::from_secs(3_600) } else { Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_last_hour_of_a_month_in_india_the_clock_goes_ahead() {
        let ahead = |now: &str| out_of_the_months_last_hour(now.parse().unwrap()).as_secs();
        assert_eq!(ahead("2026-11-30T18:00:00Z"), 7_200);
        assert_eq!([ahead("2026-11-30T17:00:00Z"), ahead("2026-11-29T18:00:00Z")], [0, 0]);
    }

    #[test]
    fn a_financial_year_begins_at_a_midnight_and_the_next_one_a_year_later() {
        let (turn, year) = next_financial_year("2026-11-27T00:00:00Z".parse().unwrap());
        assert_eq!((turn.to_string().as_str(), year), ("2027-03-31T18:30:00Z", 2027));
        assert_eq!(next_financial_year(turn).1, 2028);
        let minute_before = turn.as_millisecond() - 60_000;
        assert_eq!(to_midnight(minute_before), Duration::from_secs(60));
        assert_eq!(to_midnight(turn.as_millisecond()).as_secs(), DAY.unsigned_abs());
    }
}
