//! The only place that reads the clock; the state machines are handed the time.

use jiff::Timestamp;

/// Seconds since the Unix epoch, the unit in which the gateways state times.
pub fn unix_seconds() -> i64 {
    Timestamp::now().as_second()
}

/// Milliseconds since the Unix epoch, the unit of the ledger, fine enough to order what happened.
pub fn unix_millis() -> i64 {
    Timestamp::now().as_millisecond()
}
