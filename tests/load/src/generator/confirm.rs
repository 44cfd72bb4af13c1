//! Waiting for an order's confirmation.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    customers::Customer,
    tally::{Stray, Tally},
};
use crate::api::{Api, Status};

/// How long one read waits in the shop.
const WAIT: Duration = Duration::from_secs(20);
/// The pauses after reads that brought nothing: each twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What became of an accepted order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was sold: when the customer learnt of it.
    Confirmed(Instant),
    /// It ended without a sale.
    EndedOtherwise(Status),
    /// The time is over. Where it was seen last.
    Lost(Option<Status>),
}

impl Fate {
    /// Counts it.
    pub fn count(self, tally: &Tally, order_id: Uuid, intended: Instant) {
        match self {
            Self::Confirmed(at) => tally.confirmed(intended, at),
            Self::EndedOtherwise(status) => tally.ended_otherwise(Stray { order_id, status: Some(status) }),
            Self::Lost(status) => tally.lost(Stray { order_id, status }),
        }
    }

    /// The fate of an order that was seen so, if it is known yet. An order that is being cancelled has one, though it will
    /// be named only later: nobody here cancels.
    fn of(status: Status, at: Instant) -> Option<Self> {
        if status.is_confirmed() {
            Some(Self::Confirmed(at))
        } else if status.is_terminal() || status == Status::Cancelling {
            Some(Self::EndedOtherwise(status))
        } else {
            None
        }
    }
}

/// Follows an order until its fate is known or the time is over.
///
/// A read that waits in the shop is exact and costs it least. A shop that has too many waiters says so: then a plain read
/// follows, and a waiting one again.
pub async fn watch(api: &Api, customer: &Customer, tally: &Tally, order_id: Uuid, until: Instant) -> Fate {
    let (mut last, mut waits, mut pause) = (None, true, FIRST_PAUSE);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let wait = (waits && !left.is_zero()).then(|| (Status::Confirmed, left.min(WAIT)));
        let read = api.status(&customer.token(), order_id, wait).await;
        waits = read.is_ok() || !waits;
        match read.map(|view| view.status) {
            Ok(status) => match Fate::of(status, Instant::now()) {
                Some(fate) => return fate,
                None => last = Some(status),
            },
            Err(error) => tally.error("confirmation", &error),
        }
        // Asked once more after the time was over, so that the last word is as late as it can be.
        if left.is_zero() {
            return Fate::Lost(last);
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_fate_or_a_future() {
        let now = Instant::now();
        for status in Status::ALL {
            match Fate::of(status, now) {
                Some(Fate::Confirmed(_)) => assert!(status.is_confirmed()),
                Some(Fate::EndedOtherwise(_)) => assert!(status.is_a_failure() || status == Status::Cancelling),
                Some(Fate::Lost(_)) => panic!("{status:?} is not lost while there is time"),
                None => assert!(!Status::Confirmed.is_past(Status::Delivered) && !status.is_confirmed()),
            }
        }
    }
}
