//! I6: of two reads of one order of which one was over before the other began, the later never shows the older version.

use std::collections::{BTreeMap, BTreeSet};

use schemas::types::OrderStatus;

use super::{Facts, Order, Report, Seen, StatusRead};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("status reads", facts.reads.len());
    let mut by_order: BTreeMap<&str, Vec<&StatusRead>> = BTreeMap::new();
    facts.reads.iter().for_each(|read| by_order.entry(&read.order).or_default().push(read));
    report.looked_at("orders read", by_order.len());
    let orders: BTreeMap<&str, &Order> = facts.orders.iter().map(|order| (order.id.as_str(), order)).collect();
    for (order, reads) in by_order {
        check_answers(order, &reads, report);
        check_never_older(order, &reads, report);
        if let Some(recorded) = orders.get(order) {
            check_history(recorded, &reads, report);
        }
    }
}

/// The order was acknowledged before anybody asked for it, so that it is never missing; and a version is one status.
fn check_answers(order: &str, reads: &[&StatusRead], report: &mut Report) {
    let mut statuses: BTreeMap<i64, OrderStatus> = BTreeMap::new();
    for read in reads {
        match &read.seen {
            Seen::Nothing => report.add(order, format!("reader {} was told that it does not exist", read.reader)),
            Seen::Nonsense(answer) => report.add(order, format!("reader {} was told {answer}", read.reader)),
            Seen::Version(version, status) => {
                let first = *statuses.entry(*version).or_insert(*status);
                let (one, other) = (first.as_str(), status.as_str());
                report.require(first == *status, order, || format!("version {version} was {one} and then {other}"));
            }
        }
    }
}

/// Goes through the reads in the order in which they began, beside them those that were over by then.
fn check_never_older(order: &str, reads: &[&StatusRead], report: &mut Report) {
    let mut begun: Vec<(i64, &StatusRead)> = reads.iter().filter_map(|read| Some((version(read)?, *read))).collect();
    let mut over = begun.clone();
    begun.sort_by_key(|(_, read)| read.asked);
    over.sort_by_key(|(_, read)| read.answered);
    let mut over = over.into_iter().peekable();
    let mut newest: Option<(i64, &StatusRead)> = None;
    for (version, read) in begun {
        while let Some((seen, earlier)) = over.next_if(|(_, earlier)| earlier.answered < read.asked) {
            if newest.is_none_or(|(newest, _)| seen > newest) {
                newest = Some((seen, earlier));
            }
        }
        let Some((seen, earlier)) = newest else { continue };
        report.require(version >= seen, order, || {
            let (one, other) = (earlier.reader, read.reader);
            format!("reader {one} saw version {seen}, reader {other} later version {version}")
        });
    }
}

/// What was shown is what the order has been.
fn check_history(order: &Order, reads: &[&StatusRead], report: &mut Report) {
    let shown: BTreeSet<OrderStatus> = reads
        .iter()
        .filter_map(|read| match read.seen {
            Seen::Version(_, status) => Some(status),
            _ => None,
        })
        .collect();
    for status in shown {
        report.require(order.was(status), &order.id, || format!("shown as {}, which it never was", status.as_str()));
    }
}

const fn version(read: &StatusRead) -> Option<i64> {
    match read.seen {
        Seen::Version(version, _) => Some(version),
        Seen::Nonsense(_) | Seen::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use schemas::types::OrderStatus::{AwaitingPayment, Confirmed, Expired, Paid, Reserving};

    use super::super::{
        check,
        sample::{DELIVERED, assert_caught, sound},
    };
    use super::*;

    fn read(order: &str, (asked, answered): (u64, u64), seen: Seen) -> StatusRead {
        StatusRead { order: order.to_owned(), reader: 7, asked, answered, seen }
    }

    #[test]
    fn a_status_that_goes_backwards_is_caught() {
        assert_caught("I6", "reader 7 later version 2", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            facts.reads.push(read(&id, (90_000, 90_100), Seen::Version(2, Reserving)));
        });
    }

    /// A plain SET by a slow writer: the cache goes back and forth again, and only one read sees it.
    #[test]
    fn one_old_answer_between_new_ones_is_caught() {
        assert_caught("I6", "saw version 5, reader 7 later version 3", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            facts.reads.retain(|read| read.order != id);
            for (at, version, status) in [(10, 3, AwaitingPayment), (20, 5, Confirmed), (30, 3, AwaitingPayment)] {
                facts.reads.push(read(&id, (at, at + 5), Seen::Version(version, status)));
            }
            facts.reads.push(read(&id, (40, 45), Seen::Version(5, Confirmed)));
        });
    }

    #[test]
    fn reads_that_overlap_may_show_either_version() {
        let mut facts = sound();
        let id = facts.orders[DELIVERED].id.clone();
        facts.reads.retain(|read| read.order != id);
        facts.reads.push(read(&id, (10, 30), Seen::Version(3, AwaitingPayment)));
        facts.reads.push(read(&id, (5, 20), Seen::Version(4, Paid)));
        facts.reads.push(read(&id, (20, 25), Seen::Version(3, AwaitingPayment)));
        assert_eq!(check(&facts), []);
    }

    #[test]
    fn an_acknowledged_order_that_is_not_found_is_caught() {
        assert_caught("I6", "told that it does not exist", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            facts.reads.push(read(&id, (1, 2), Seen::Nothing));
        });
    }

    #[test]
    fn one_version_with_two_statuses_is_caught() {
        assert_caught("I6", "was confirmed and then paid", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            for status in [Confirmed, Paid] {
                facts.reads.push(read(&id, (90_000, 90_001), Seen::Version(99, status)));
            }
        });
    }

    #[test]
    fn a_status_that_the_order_never_had_is_caught() {
        assert_caught("I6", "shown as expired, which it never was", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            facts.reads.push(read(&id, (90_000, 90_001), Seen::Version(99, Expired)));
        });
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_caught() {
        assert_caught("I6", "was told an ETag", |facts| {
            let id = facts.orders[DELIVERED].id.clone();
            facts.reads.push(read(&id, (1, 2), Seen::Nonsense("an ETag of 3 over version 2".to_owned())));
        });
    }
}
