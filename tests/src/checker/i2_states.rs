//! I2: each order ends in exactly one terminal state, by a legal path; and its parcel agrees.
//!
//! The table of moves stands here a second time on purpose: a checker that asked the shop what is legal would believe it.

use std::collections::BTreeMap;

use schemas::types::OrderStatus::{
    self, Accepted, AwaitingPayment, Cancelled, Cancelling, Confirmed, Delivered, Expired, Packed, Paid, PaymentFailed,
    Refunded, Rejected, Reserving, Shipped,
};

use super::{Facts, Order, Parcel, Report};

fn may_follow(status: OrderStatus) -> &'static [OrderStatus] {
    match status {
        Accepted => &[Reserving],
        Reserving => &[AwaitingPayment, Confirmed, Rejected, PaymentFailed, Expired, Cancelled],
        AwaitingPayment => &[Paid, Confirmed, PaymentFailed, Expired, Cancelled],
        Paid => &[Confirmed, Cancelling],
        Confirmed => &[Packed, Cancelling],
        Packed => &[Shipped, Cancelling],
        Shipped => &[Delivered],
        Cancelling => &[Refunded, Cancelled, Shipped],
        Delivered | Rejected | Expired | PaymentFailed | Cancelled | Refunded => &[],
    }
}

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("orders", facts.orders.len());
    report.looked_at("parcels", facts.parcels.len());
    let mut by_order: BTreeMap<&str, Vec<&Parcel>> = BTreeMap::new();
    facts.parcels.iter().for_each(|parcel| by_order.entry(&parcel.reference).or_default().push(parcel));
    for order in &facts.orders {
        check_order(order, report);
        check_parcels(order, &by_order.remove(order.id.as_str()).unwrap_or_default(), report);
    }
    for parcel in by_order.into_values().flatten() {
        report.add(&parcel.shipment_id, format!("a parcel of no order: {}", parcel.reference));
    }
}

fn check_order(order: &Order, report: &mut Report) {
    let id = &order.id;
    let states: Vec<OrderStatus> = order.history.iter().map(|(status, _)| *status).collect();
    report.require(order.status.is_terminal(), id, || format!("it rests at {}", order.status.as_str()));
    report.require(!order.stuck, id, || "it is stuck".to_owned());
    report.require(states.first() == Some(&Accepted), id, || format!("it does not begin accepted: {states:?}"));
    report.require(states.last() == Some(&order.status), id, || format!("{:?} after {states:?}", order.status));
    for step in states.windows(2) {
        // Sold without money only where the carrier collects it.
        let unpaid = step == [AwaitingPayment, Confirmed] && order.is_paid_online();
        let legal = may_follow(step[0]).contains(&step[1]) && !unpaid;
        report.require(legal, id, || format!("an illegal move in {states:?}"));
    }
    let forwards = order.history.windows(2).all(|pair| pair[0].1 <= pair[1].1);
    report.require(forwards, id, || format!("its history goes back in time: {:?}", order.history));
}

fn check_parcels(order: &Order, parcels: &[&Parcel], report: &mut Report) {
    let states: Vec<&str> = parcels.iter().map(|parcel| parcel.status.as_str()).collect();
    let (left, stayed): (Vec<&str>, Vec<&str>) =
        states.iter().partition(|state| !matches!(**state, "cancelled" | "booked"));
    if order.status == Delivered {
        report.require(left == ["delivered"], &order.id, || format!("delivered, and its parcels are {states:?}"));
    } else {
        report.require(left.is_empty(), &order.id, || {
            format!("{}, and its parcels are {states:?}", order.status.as_str())
        });
    }
    report.require(!stayed.contains(&"booked"), &order.id, || "a carrier waits for its parcel".to_owned());
    for parcel in parcels {
        let collect = if order.is_paid_online() { 0 } else { order.grand_total };
        let asked = parcel.cod_amount_paise.unwrap_or_default();
        // What was paid before the parcel was booked is not collected once more.
        let fits = (collect - order.received()..=collect).contains(&asked);
        report.require(fits, &order.id, || format!("the carrier collects {asked} instead of {collect}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{DELIVERED, REFUNDED, assert_caught};
    use super::*;

    #[test]
    fn an_order_that_rests_on_its_way_is_caught() {
        assert_caught("I2", "it rests at shipped", |facts| {
            facts.orders[DELIVERED].history.pop();
            facts.orders[DELIVERED].status = Shipped;
        });
    }

    #[test]
    fn a_move_after_the_end_is_caught() {
        assert_caught("I2", "illegal move", |facts| facts.orders[REFUNDED].history.push((Refunded, 99_999)));
    }

    #[test]
    fn a_skipped_state_is_caught() {
        assert_caught("I2", "illegal move", |facts| {
            facts.orders[DELIVERED].history.remove(3);
        });
    }

    #[test]
    fn a_state_that_its_history_does_not_end_with_is_caught() {
        assert_caught("I2", "Refunded after", |facts| facts.orders[DELIVERED].status = Refunded);
    }

    #[test]
    fn a_history_that_goes_back_in_time_is_caught() {
        assert_caught("I2", "back in time", |facts| facts.orders[DELIVERED].history[1].1 = 0);
    }

    #[test]
    fn a_refunded_order_whose_parcel_left_is_caught() {
        assert_caught("I2", r#"refunded, and its parcels are ["in_transit"]"#, |facts| {
            let id = facts.orders[REFUNDED].id.clone();
            let parcel = facts.parcels.iter_mut().find(|parcel| parcel.reference == id).unwrap();
            parcel.status = "in_transit".to_owned();
        });
    }

    #[test]
    fn a_second_parcel_is_caught() {
        assert_caught("I2", "delivered, and its parcels are", |facts| {
            let twin = facts.parcels[0].clone();
            facts.parcels.push(twin);
        });
    }

    #[test]
    fn a_parcel_of_no_order_is_caught() {
        assert_caught("I2", "a parcel of no order", |facts| facts.parcels[0].reference = "nobody".to_owned());
    }

    #[test]
    fn an_order_that_is_stuck_is_caught() {
        assert_caught("I2", "it is stuck", |facts| facts.orders[REFUNDED].stuck = true);
    }

    #[test]
    fn cash_collected_for_a_paid_order_is_caught() {
        assert_caught("I2", "collects 1 instead of 0", |facts| facts.parcels[0].cod_amount_paise = Some(1));
    }

    #[test]
    fn nothing_follows_a_terminal_state() {
        assert!(OrderStatus::ALL.iter().all(|status| may_follow(*status).is_empty() == status.is_terminal()));
    }
}
