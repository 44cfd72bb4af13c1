//! I3 once more, from the ledger alone: every movement has a message in the inbox as its cause, and in the order of these
//! messages nothing was ever below zero or refused while it was there. What the shop itself says about a refusal is not
//! believed here.

use std::collections::BTreeMap;

use super::{Consumed, Facts, Inbox, Movement, Origin, Report, Reservation};

/// A part's movements in the order of their causes, each with how many units were available after it.
type Timeline<'a> = BTreeMap<&'a str, Vec<(Origin, i64)>>;

pub(super) fn check(facts: &Facts, report: &mut Report) {
    let inboxes = facts.conservation.iter().flat_map(|conservation| &conservation.inboxes);
    let Some(inbox) = inboxes.into_iter().find(|inbox| inbox.name == "inventory.inbox") else {
        return report.looked_at("movements replayed", 0);
    };
    report.looked_at("movements replayed", facts.movements.len());
    let timeline = replay(&facts.movements, inbox, report);
    let requests = reservations_asked(inbox);
    for row in facts.reservations.iter().filter(|row| row.state == "refused") {
        check_refusal(row, &requests, &timeline, report);
    }
}

fn replay<'a>(movements: &'a [Movement], inbox: &Inbox, report: &mut Report) -> Timeline<'a> {
    let mut places: BTreeMap<String, Origin> = BTreeMap::new();
    for record in &inbox.records {
        let Some(message) = record.message else { continue };
        let first = places.entry(message.to_string()).or_insert(record.place);
        *first = record.place.min(*first);
    }
    let mut timeline: Timeline<'_> = BTreeMap::new();
    for line in movements {
        match places.get(&line.cause) {
            Some(place) => timeline.entry(&line.sku).or_default().push((*place, line.available)),
            None => report.add(&line.sku, format!("moved by {}, which is no message of its inbox", line.cause)),
        }
    }
    for (sku, steps) in &mut timeline {
        steps.sort_unstable();
        let mut available = 0;
        for (place, units) in steps.iter_mut() {
            available += *units;
            *units = available;
            report.require(available >= 0, sku, || format!("{available} available after the message at {place:?}"));
        }
    }
    timeline
}

/// Where each order first asked for each part.
fn reservations_asked(inbox: &Inbox) -> BTreeMap<(&str, &str), Origin> {
    let mut asked: BTreeMap<(&str, &str), Origin> = BTreeMap::new();
    let requests = inbox.records.iter().filter(|record| record.kind == "ReserveStock");
    for Consumed { place, key, order, .. } in requests {
        let first = asked.entry((order.as_deref().unwrap_or_default(), key)).or_insert(*place);
        *first = (*place).min(*first);
    }
    asked
}

fn check_refusal(
    row: &Reservation,
    asked: &BTreeMap<(&str, &str), Origin>,
    timeline: &Timeline<'_>,
    report: &mut Report,
) {
    let Reservation { order_id, sku, quantity, .. } = row;
    let Some(place) = asked.get(&(order_id.as_str(), sku.as_str())) else {
        return report.add(sku, format!("refused to {order_id}, which never asked for it"));
    };
    let steps = timeline.get(sku.as_str()).map_or(&[][..], Vec::as_slice);
    let before = steps.partition_point(|(step, _)| step < place);
    let there = before.checked_sub(1).map_or(0, |last| steps[last].1);
    report.require(there < *quantity, sku, || format!("{order_id} refused {quantity} while {there} were there"));
}

#[cfg(test)]
mod tests {
    use super::super::sample::{HOT, assert_caught};
    use super::*;

    #[test]
    fn a_movement_whose_cause_is_no_message_is_caught() {
        assert_caught("I3", "which is no message of its inbox", |facts| {
            facts.movements[0].cause = "unheard of".to_owned();
        });
    }

    #[test]
    fn a_reservation_of_what_came_only_later_is_caught() {
        assert_caught("I3", "-1 available after the message at (0, 0)", |facts| {
            // The delivery of the part is put behind everything that was reserved of it.
            let cause = facts.movements.iter().find(|line| line.sku == HOT && line.received > 0).unwrap().cause.clone();
            for record in inbox(facts).records.iter_mut().filter(|record| record.key == HOT) {
                let is_delivery = record.message.is_some_and(|message| message.to_string() == cause);
                record.place = if is_delivery { (0, 1_000) } else { (0, 0) };
            }
        });
    }

    /// The shop believes what it wrote down; the ledger knows better.
    #[test]
    fn a_refusal_that_the_ledger_disproves_is_caught() {
        assert_caught("I3", "d refused 1 while 1 were there", |facts| {
            let asked = |record: &&mut Consumed| record.kind == "ReserveStock" && record.order.as_deref() == Some("d");
            let received = inbox(facts).records.iter().find(|record| record.key == HOT).unwrap().place;
            inbox(facts).records.iter_mut().find(asked).unwrap().place = (received.0, received.1 + 1);
        });
    }

    #[test]
    fn a_refusal_of_what_nobody_asked_for_is_caught() {
        assert_caught("I3", "which never asked for it", |facts| {
            inbox(facts).records.retain(|record| record.order.as_deref() != Some("d"));
        });
    }

    fn inbox(facts: &mut Facts) -> &mut Inbox {
        let inboxes = &mut facts.conservation.as_mut().unwrap().inboxes;
        inboxes.iter_mut().find(|inbox| inbox.name == "inventory.inbox").unwrap()
    }
}
