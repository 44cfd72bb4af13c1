//! Whether the shop has borne it.

use super::tally::Counts;

/// What a run must not have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demands {
    /// How many orders were to be placed.
    pub orders: u64,
    /// Whether the shop may turn orders away.
    pub overload: bool,
    /// The confirmed orders per second that are asked for.
    pub at_least: f64,
}

/// What is wrong with a run, for people; empty if nothing is.
#[must_use]
pub fn faults(demands: Demands, counts: &Counts, confirmed_per_second: f64) -> Vec<String> {
    let mut faults = Vec::new();
    let mut note = |count: u64, what: &str| {
        if count > 0 {
            faults.push(format!("{count} orders {what}"));
        }
    };
    note(counts.lost.len() as u64, "were accepted and not confirmed in time (lost)");
    note(counts.ended_otherwise.len() as u64, "were accepted and ended without a sale");
    note(counts.failed, "were not accepted");
    note(if demands.overload { 0 } else { counts.turned_away }, "were turned away");
    note(demands.orders.saturating_sub(counts.placed), "were never placed");
    note(counts.under_way(), "have no end: a task of the generator broke off");
    if counts.confirmed == 0 {
        faults.push("no order was confirmed".to_owned());
    }
    if confirmed_per_second < demands.at_least {
        faults.push(format!("{confirmed_per_second:.1} confirmed orders/s, {:.1} were asked for", demands.at_least));
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;
    use crate::generator::{
        schedule::Window,
        tally::{Stray, Tally},
    };

    const DEMANDS: Demands = Demands { orders: 1, overload: false, at_least: 0.0 };

    fn one_order(end: impl FnOnce(&Tally, Instant)) -> Counts {
        let now = Instant::now();
        let tally = Tally::new(Window::new(now, Duration::from_secs(1), Duration::ZERO)).unwrap();
        tally.placed(now, now);
        end(&tally, now);
        tally.snapshot()
    }

    #[test]
    fn a_run_without_a_loss_has_no_fault() {
        let counts = one_order(|tally, now| tally.confirmed(now, now));
        assert_eq!(faults(DEMANDS, &counts, 1.0), Vec::<String>::new());
        assert_eq!(faults(Demands { at_least: 300.0, ..DEMANDS }, &counts, 299.0).len(), 1);
        assert_eq!(faults(Demands { orders: 2, ..DEMANDS }, &counts, 1.0).len(), 1);
    }

    #[test]
    fn a_lost_order_fails_the_run() {
        let counts = one_order(|tally, _| tally.lost(Stray { order_id: Uuid::nil(), status: None }));
        let found = faults(DEMANDS, &counts, 0.0);
        assert!(found[0].starts_with("1 orders were accepted and not confirmed"), "{found:?}");
    }

    #[test]
    fn an_order_whose_task_broke_off_is_missed() {
        let counts = one_order(|_, _| {});
        assert!(faults(DEMANDS, &counts, 0.0)[0].contains("no end"));
    }
}
