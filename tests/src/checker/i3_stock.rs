//! I3: no unit is sold twice, none is lost, and none is refused while it is there.

use std::collections::{BTreeMap, BTreeSet};

use schemas::types::OrderStatus;

use super::{Facts, Movement, Order, Report, Reservation, Returned, Stock, StockSamples, i3_replay};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("parts", facts.stock.len());
    report.looked_at("movements", facts.movements.len());
    check_samples(&facts.samples, report);
    for (sku, delivered) in &facts.delivered {
        match facts.stock.iter().find(|stock| stock.sku == *sku) {
            Some(stock) => check_part(facts, stock, *delivered, report),
            None => report.require(*delivered == 0, sku, || format!("{delivered} units came and there is no count")),
        }
    }
    check_reservations(facts, report);
    check_rejections(facts, report);
    check_causes(facts, report);
    i3_replay::check(facts, report);
}

fn check_samples(samples: &StockSamples, report: &mut Report) {
    report.looked_at("samples", samples.taken);
    for (sku, lowest) in &samples.lowest {
        report.require(*lowest >= 0, sku, || format!("a counter was seen at {lowest}"));
    }
    for stock in &samples.unbalanced {
        report.add(&stock.sku, format!("the units did not add up when seen: {stock:?}"));
    }
}

fn check_part(facts: &Facts, stock: &Stock, delivered: i64, report: &mut Report) {
    let sku = &stock.sku;
    let Stock { received, reserved, sold, written_off, .. } = *stock;
    report.require(stock.lowest() >= 0, sku, || format!("a counter below zero: {stock:?}"));
    report.require(stock.is_balanced(), sku, || format!("the units do not add up: {stock:?}"));
    report.require(received == delivered, sku, || format!("{delivered} units came, {received} were counted"));
    for (state, counter) in [("held", reserved), ("sold", sold)] {
        let sum: i64 =
            of_part(facts, sku).filter(|row| row.state == state).map(|row| row.quantity - row.returned).sum();
        report.require(sum == counter, sku, || format!("{counter} units {state} by the counter, {sum} by the records"));
    }
    let kept = units_of(facts, sku, |status| status == OrderStatus::Delivered) - units_back(facts, sku);
    report.require(sold == kept, sku, || format!("{sold} sold, {kept} delivered and kept"));
    let broken: i64 = back(facts, sku).map(|back| back.written_off).sum();
    report.require(written_off == broken, sku, || format!("{written_off} written off, {broken} came back broken"));
    check_ledger(facts, stock, report);
    check_refusals(facts, sku, delivered, report);
}

fn check_ledger(facts: &Facts, stock: &Stock, report: &mut Report) {
    let lines = || facts.movements.iter().filter(|line| line.sku == stock.sku);
    let sums = [
        ("received", lines().map(|line| line.received).sum::<i64>(), stock.received),
        ("available", lines().map(|line| line.available).sum(), stock.available),
        ("reserved", lines().map(|line| line.reserved).sum(), stock.reserved),
        ("sold", lines().map(|line| line.sold).sum(), stock.sold),
        ("written off", lines().map(|line| line.written_off).sum(), stock.written_off),
    ];
    for (name, ledger, counter) in sums {
        report.require(ledger == counter, &stock.sku, || {
            format!("{name}: {counter} by the counter, {ledger} by the ledger")
        });
    }
}

/// Each refusal says how many units there were; and where all that was ever asked for fits, none is possible.
fn check_refusals(facts: &Facts, sku: &str, delivered: i64, report: &mut Report) {
    let demand = units_of(facts, sku, |_| true);
    for row in of_part(facts, sku).filter(|row| row.state == "refused") {
        let there = row.available_at_refusal.unwrap_or(i64::MAX);
        report.require(there < row.quantity, sku, || format!("{} refused {} of {there}", row.order_id, row.quantity));
        report.require(demand > delivered, sku, || format!("{} refused although all demand fits", row.order_id));
    }
}

/// Who is told that a part is sold out was refused it; some are told that of their coupon.
fn check_rejections(facts: &Facts, report: &mut Report) {
    let refused: BTreeSet<&str> =
        facts.reservations.iter().filter(|row| row.state == "refused").map(|row| row.order_id.as_str()).collect();
    let has_coupon = |order: &Order| order.coupon.as_ref().is_none_or(|coupon| coupon.state != "refused");
    for order in facts.orders.iter().filter(|order| order.status == OrderStatus::Rejected && has_coupon(order)) {
        let has_reason = refused.contains(order.id.as_str());
        report.require(has_reason, &order.id, || "rejected, and no part was refused to it".to_owned());
    }
}

/// What each order has agrees with how it ended.
fn check_reservations(facts: &Facts, report: &mut Report) {
    let mut rows: BTreeMap<(&str, &str), &Reservation> = BTreeMap::new();
    for row in &facts.reservations {
        let twin = rows.insert((&row.order_id, &row.sku), row);
        report.require(twin.is_none(), &row.order_id, || format!("two reservations of {}", row.sku));
    }
    for order in &facts.orders {
        for line in &order.lines {
            let row = rows.remove(&(order.id.as_str(), line.sku.as_str()));
            let state = row.map_or("none", |row| row.state.as_str());
            let fits = match order.status {
                OrderStatus::Delivered => {
                    let had = (line.quantity, order.units_back(&line.sku));
                    state == "sold" && row.is_some_and(|row| (row.quantity, row.returned) == had)
                }
                _ => !matches!(state, "sold" | "held"),
            };
            let found = || format!("{}, and of {} it has {row:?}", order.status.as_str(), line.sku);
            report.require(fits, &order.id, found);
        }
    }
    for ((order, sku), row) in rows {
        let idle = !matches!(row.state.as_str(), "sold" | "held");
        report.require(idle, order, || format!("no such order line, and it has {sku}"));
    }
}

fn check_causes(facts: &Facts, report: &mut Report) {
    let mut causes: BTreeMap<&str, &Movement> = BTreeMap::new();
    for line in &facts.movements {
        let twin = causes.insert(&line.cause, line);
        report.require(twin.is_none(), &line.sku, || format!("message {} moved it twice", line.cause));
        report.require(!line.cause.is_empty(), &line.sku, || "a movement without a cause".to_owned());
        let balanced = line.received == line.available + line.reserved + line.sold + line.written_off;
        report.require(balanced, &line.sku, || format!("units come from nowhere: {line:?}"));
    }
}

fn of_part<'a>(facts: &'a Facts, sku: &'a str) -> impl Iterator<Item = &'a Reservation> {
    facts.reservations.iter().filter(move |row| row.sku == sku)
}

fn back<'a>(facts: &'a Facts, sku: &'a str) -> impl Iterator<Item = &'a Returned> {
    facts.orders.iter().flat_map(|order| &order.returned).filter(move |back| back.sku == sku)
}

fn units_back(facts: &Facts, sku: &str) -> i64 {
    back(facts, sku).map(|back| back.restocked + back.written_off).sum()
}

fn units_of(facts: &Facts, sku: &str, wanted: impl Fn(OrderStatus) -> bool) -> i64 {
    let orders = facts.orders.iter().filter(|order| wanted(order.status));
    orders.flat_map(|order| &order.lines).filter(|line| line.sku == sku).map(|line| line.quantity).sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, HOT, LAMP, PADS, REFUNDED, REJECTED, RETURNED, assert_caught};
    use super::*;

    fn pads(facts: &mut Facts) -> &mut Stock {
        sample::stock_of(facts, PADS)
    }

    #[test]
    fn a_counter_seen_below_zero_is_caught() {
        assert_caught("I3", "seen at -1", |facts| {
            let seen = Stock { available: -1, reserved: 1, ..pads(facts).clone() };
            facts.samples.note(&seen);
        });
    }

    #[test]
    fn counters_that_did_not_add_up_when_seen_are_caught() {
        assert_caught("I3", "did not add up when seen", |facts| {
            let seen = Stock { reserved: 1, ..pads(facts).clone() };
            facts.samples.note(&seen);
        });
    }

    #[test]
    fn a_rejection_without_a_refusal_is_caught() {
        assert_caught("I3", "no part was refused to it", |facts| {
            let order = facts.orders[REJECTED].id.clone();
            facts.reservations.retain(|row| row.order_id != order);
        });
    }

    #[test]
    fn a_movement_that_makes_units_is_caught() {
        assert_caught("I3", "units come from nowhere", |facts| facts.movements[0].available += 1);
    }

    #[test]
    fn a_movement_without_a_cause_is_caught() {
        assert_caught("I3", "without a cause", |facts| facts.movements[0].cause.clear());
    }

    #[test]
    fn units_that_do_not_add_up_are_caught() {
        assert_caught("I3", "do not add up", |facts| pads(facts).available -= 1);
    }

    #[test]
    fn a_delivery_counted_twice_is_caught() {
        assert_caught("I3", "10 units came, 110 were counted", |facts| {
            pads(facts).received += 100;
            pads(facts).available += 100;
        });
    }

    #[test]
    fn a_unit_sold_without_a_record_is_caught() {
        assert_caught("I3", "3 units sold by the counter, 2 by the records", |facts| {
            pads(facts).available -= 1;
            pads(facts).sold += 1;
        });
    }

    #[test]
    fn a_hold_that_was_never_released_is_caught() {
        assert_caught("I3", "refunded, and of PADS it has", |facts| {
            let order = facts.orders[REFUNDED].id.clone();
            let row = facts.reservations.iter_mut().find(|row| row.order_id == order).unwrap();
            row.state = "held".to_owned();
            let (sku, quantity) = (row.sku.clone(), row.quantity);
            let stock = sample::stock_of(facts, &sku);
            stock.available -= quantity;
            stock.reserved += quantity;
        });
    }

    #[test]
    fn a_movement_that_is_missing_from_the_ledger_is_caught() {
        assert_caught("I3", "by the ledger", |facts| {
            facts.movements.pop();
        });
    }

    #[test]
    fn a_message_that_moved_a_counter_twice_is_caught() {
        assert_caught("I3", "moved it twice", |facts| {
            let mut twin = facts.movements[1].clone();
            twin.available = 0;
            twin.reserved = 0;
            facts.movements.push(twin);
        });
    }

    #[test]
    fn a_refusal_of_what_was_there_is_caught() {
        assert_caught("I3", "refused 1 of 1", |facts| {
            let row = facts.reservations.iter_mut().find(|row| row.state == "refused").unwrap();
            row.available_at_refusal = Some(row.quantity);
        });
    }

    #[test]
    fn a_refusal_although_all_demand_fits_is_caught() {
        assert_caught("I3", "although all demand fits", |facts| {
            facts.delivered.insert(HOT.to_owned(), 100);
            let stock = sample::stock_of(facts, HOT);
            stock.received += 99;
            stock.available += 99;
            let line = facts.movements.iter_mut().find(|line| line.sku == HOT).unwrap();
            line.received += 99;
            line.available += 99;
        });
    }

    #[test]
    fn a_return_that_is_restocked_twice_is_caught() {
        assert_caught("I3", "-1 sold, 0 delivered and kept", |facts| {
            let stock = sample::stock_of(facts, LAMP);
            stock.available += 1;
            stock.sold -= 1;
        });
    }

    #[test]
    fn a_return_that_never_reached_the_stock_is_caught() {
        assert_caught("I3", "delivered, and of LAMP it has", |facts| {
            let order = facts.orders[RETURNED].id.clone();
            let row = facts.reservations.iter_mut().find(|row| row.order_id == order).unwrap();
            row.returned = 0;
        });
    }

    #[test]
    fn units_that_are_written_off_though_nobody_returned_them_are_caught() {
        assert_caught("I3", "2 written off, 1 came back broken", |facts| {
            let stock = sample::stock_of(facts, LAMP);
            stock.available -= 1;
            stock.written_off += 1;
        });
    }

    #[test]
    fn a_delivered_order_whose_units_were_not_sold_is_caught() {
        assert_caught("I3", "delivered, and of PADS it has", |facts| {
            let row = facts.reservations.iter_mut().find(|row| row.state == "sold").unwrap();
            row.state = "released".to_owned();
            let (sku, quantity) = (row.sku.clone(), row.quantity);
            let stock = sample::stock_of(facts, &sku);
            stock.available += quantity;
            stock.sold -= quantity;
        });
    }
}
