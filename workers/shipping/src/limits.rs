//! How long a shipment may stay where it is.

use std::time::Duration;

use crate::shipment::Status;

/// The longest that a repeated call waits.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// How long a shipment may stay where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the carrier has answered a call.
    pub answer: Duration,
    /// After the first call whose fate is unknown, until it is made again.
    pub ask_again: Duration,
    /// Between booking and picking up.
    pub pickup: Duration,
    /// Between two reports of a parcel on its way.
    pub report: Duration,
}

impl Limits {
    /// How long a shipment may be in this state; `None` where it may rest for ever.
    #[must_use]
    pub const fn of(&self, status: Status) -> Option<Duration> {
        match status {
            Status::Booking | Status::Cancelling => Some(self.answer),
            Status::Booked => Some(self.pickup),
            Status::PickedUp | Status::InTransit | Status::OutForDelivery => Some(self.report),
            Status::Delivered | Status::Cancelled | Status::Refused => None,
        }
    }

    /// How long to wait after a number of calls whose fate is unknown. A carrier that is down for a day is asked some
    /// thirty times, not thousands.
    #[must_use]
    pub fn wait_after(&self, unknown: u32) -> Duration {
        let doublings = unknown.saturating_sub(1).min(16);
        self.ask_again.saturating_mul(1 << doublings).min(LONGEST_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let limits = crate::testing::LIMITS;
        let waits: Vec<_> = (1..=4).map(|unknown| limits.wait_after(unknown).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240]);
        assert_eq!(limits.wait_after(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn exactly_the_terminal_states_may_rest() {
        for status in Status::ALL {
            assert_eq!(crate::testing::LIMITS.of(status).is_none(), status.is_terminal(), "{status:?}");
        }
    }
}
