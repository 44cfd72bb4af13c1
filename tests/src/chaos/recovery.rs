//! How long the shop takes to be itself again after a fault.
//!
//! Orders come at a steady rate whatever happens, so the rate at which those are placed that are ever confirmed is the rate
//! of the undisturbed shop. A fault's recovery is the time from its end (what was killed has been started, what was frozen
//! is thawed) to the first second in which orders that were accepted after that end are confirmed at half that rate or more.
//! It contains the time that a store takes to start, and that the backlog takes to drain.

use std::time::Duration;

use schemas::types::OrderStatus;
use serde::{Deserialize, Serialize};

use crate::checker::Order;

/// A fault that struck. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    /// Its kind's short name.
    pub id: String,
    /// What it did.
    pub what: String,
    /// When it began.
    pub from: i64,
    /// When it was over.
    pub until: i64,
}

/// What a fault did to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// The fault's short name.
    pub id: String,
    /// What it did.
    pub what: String,
    /// When it began, in milliseconds after the first order.
    pub at: i64,
    /// How long it lasted, in milliseconds.
    pub lasted: i64,
    /// How long the shop took from then, in milliseconds; `None` if that was not seen.
    pub took: Option<i64>,
    /// Whether another fault struck meanwhile.
    pub disturbed: bool,
}

const WINDOW: i64 = 1_000;

/// The recovery from each fault of a run whose orders were placed for this long.
#[must_use]
pub fn recoveries(struck: &[Struck], orders: &[Order], placed_for: Duration) -> Vec<Recovery> {
    let confirmed: Vec<(i64, i64)> = orders.iter().filter_map(confirmation).collect();
    let start = confirmed.iter().map(|(accepted, _)| *accepted).min().unwrap_or_default();
    let usual = confirmed.len() as f64 / placed_for.as_secs_f64().max(1.0);
    struck.iter().map(|fault| recovery(fault, struck, &confirmed, start, usual)).collect()
}

/// How many orders were confirmed in each second since the first was accepted.
#[must_use]
pub fn confirmed_per_second(orders: &[Order]) -> Vec<u32> {
    let confirmed: Vec<(i64, i64)> = orders.iter().filter_map(confirmation).collect();
    let start = confirmed.iter().map(|(accepted, _)| *accepted).min().unwrap_or_default();
    let mut seconds = Vec::new();
    for (_, at) in confirmed {
        let second = usize::try_from((at - start) / 1_000).unwrap_or_default();
        seconds.resize(seconds.len().max(second + 1), 0);
        seconds[second] += 1;
    }
    seconds
}

fn recovery(fault: &Struck, all: &[Struck], confirmed: &[(i64, i64)], start: i64, usual: f64) -> Recovery {
    let after = confirmed.iter().filter(|(accepted, _)| *accepted >= fault.until);
    let mut times: Vec<i64> = after.map(|(_, confirmed)| *confirmed).collect();
    times.sort_unstable();
    let enough = ((usual * WINDOW as f64 / 1_000.0 / 2.0).ceil() as usize).max(1);
    let back = times.windows(enough).find(|window| window[enough - 1] - window[0] <= WINDOW).map(|window| window[0]);
    let end = back.unwrap_or(i64::MAX);
    Recovery {
        id: fault.id.clone(),
        what: fault.what.clone(),
        at: fault.from - start,
        lasted: fault.until - fault.from,
        took: back.map(|back| back - fault.until),
        disturbed: all.iter().any(|other| other != fault && other.from < end && other.until > fault.until),
    }
}

/// When an order was accepted and confirmed, if it was.
fn confirmation(order: &Order) -> Option<(i64, i64)> {
    let (_, accepted) = order.history.first()?;
    let (_, confirmed) = order.history.iter().find(|(status, _)| *status == OrderStatus::Confirmed)?;
    Some((*accepted, *confirmed))
}

#[cfg(test)]
mod tests {
    use schemas::types::{
        OrderStatus::{Accepted, Confirmed},
        PaymentMethod,
    };

    use super::*;

    fn order(accepted: i64, confirmed: i64) -> Order {
        Order {
            id: String::new(),
            reference: String::new(),
            status: Confirmed,
            history: vec![(Accepted, accepted), (Confirmed, confirmed)],
            lines: Vec::new(),
            grand_total: 0,
            method: PaymentMethod::Cod,
            captured: 0,
            refunded: 0,
            attempts: 1,
            declined: false,
            given_back: 0,
            cash: Vec::new(),
            paid_out: Vec::new(),
            owed: 0,
            credited: 0,
            set_off: 0,
            lost: 0,
            failed_over: false,
            returned: Vec::new(),
            invoice: None,
            credit_note: None,
            coupon: None,
            stuck: false,
        }
    }

    fn struck(from: i64, until: i64) -> Struck {
        Struck { id: "F3".to_owned(), what: "mongod killed".to_owned(), from, until }
    }

    /// Ten orders a second for twenty seconds; those accepted from 5 s to 9 s are confirmed at 9 s, the others at once.
    fn orders() -> Vec<Order> {
        let confirmed = |accepted| if (5_000..9_000).contains(&accepted) { 9_000 } else { accepted + 50 };
        (0..200).map(|number| number * 100).map(|accepted| order(accepted, confirmed(accepted))).collect()
    }

    #[test]
    fn the_backlog_of_the_fault_is_no_recovery_and_the_first_new_orders_are() {
        let found = recoveries(&[struck(5_000, 6_000)], &orders(), Duration::from_secs(20));
        assert_eq!((found[0].at, found[0].lasted, found[0].took), (5_000, 1_000, Some(3_000)));
        assert!(!found[0].disturbed);
    }

    #[test]
    fn the_confirmations_of_each_second_are_counted() {
        let counted = confirmed_per_second(&orders());
        assert_eq!(counted[4..10], [10, 0, 0, 0, 0, 50]);
    }

    #[test]
    fn a_shop_that_was_never_itself_again_has_no_recovery() {
        let found = recoveries(&[struck(5_000, 30_000)], &orders(), Duration::from_secs(20));
        assert_eq!(found[0].took, None);
    }

    #[test]
    fn a_fault_that_strikes_before_the_recovery_disturbs_it() {
        let found = recoveries(&[struck(5_000, 6_000), struck(7_000, 8_000)], &orders(), Duration::from_secs(20));
        assert!(found[0].disturbed && !found[1].disturbed, "{found:?}");
    }
}
