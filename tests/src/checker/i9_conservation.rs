//! I9: every record of an inbox is done, waits to be read, or is a dead letter that tells where it comes from; and what an
//! aggregate says it has sent was sent. At rest nothing waits.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::MessageId;

use super::{Conservation, Consumed, DeadLetter, Facts, Inbox, Origin, Partition, Report, Trace};

/// Messages that always leave a trace, even where they come twice or too late. Every other may find that it has nothing to
/// say any more: a report that was overtaken, a deadline that is not the state's own.
const LEAVES_A_TRACE: [&str; 7] =
    ["PlaceOrder", "RedeemCoupon", "ReleaseCoupon", "ReserveStock", "ReceiveStock", "IssueInvoice", "IssueCreditNote"];

/// The error of a record that waits behind another of its key, and was not tried itself.
const WAITS: &str = "parked_behind";

pub(super) fn check(facts: &Facts, report: &mut Report) {
    let nothing = Conservation::default();
    let conservation = facts.conservation.as_ref().unwrap_or(&nothing);
    let records = || conservation.inboxes.iter().flat_map(|inbox| &inbox.records);
    let left = |trace: Trace| records().filter(|record| record.trace == trace).count();
    report.looked_at("records", records().count());
    report.looked_at("done", left(Trace::Done));
    report.looked_at("moved nothing", left(Trace::MovedNothing));
    report.looked_at("dead letters", conservation.inboxes.iter().map(|inbox| inbox.letters.len()).sum());
    for inbox in &conservation.inboxes {
        inbox.partitions.iter().for_each(|partition| check_partition(inbox, partition, report));
        let dead = check_letters(inbox, report);
        inbox.records.iter().for_each(|record| check_record(inbox, record, &dead, report));
    }
    check_promised(conservation, report);
}

fn check_partition(inbox: &Inbox, partition: &Partition, report: &mut Report) {
    let Partition { number, begin, end, committed } = *partition;
    let waiting = end - committed.unwrap_or(begin);
    let name = format!("{}/{number}", inbox.name);
    report.require(waiting == 0, &name, || format!("{waiting} records wait: it goes to {end}, read to {committed:?}"));
    let there = inbox.records.iter().filter(|record| record.place.0 == number).count();
    let found = || format!("{there} records between {begin} and {end}");
    report.require(i64::try_from(there) == Ok(end - begin), &name, found);
}

fn check_record(inbox: &Inbox, record: &Consumed, dead: &BTreeSet<Origin>, report: &mut Report) {
    let Consumed { place, key, kind, trace, .. } = record;
    let accounted = match trace {
        Trace::Done => true,
        Trace::MovedNothing => !LEAVES_A_TRACE.contains(kind),
        Trace::Nothing => false,
    };
    let name = || format!("{}/{}/{}", inbox.name, place.0, place.1);
    if !accounted && !dead.contains(place) {
        report.add(name(), format!("{kind} for {key} was read and is neither done nor a dead letter ({trace:?})"));
    }
}

/// A worker that dies between a dead letter and its offset sends the very same letter again; two that tell different
/// stories of one record are a mistake. Returns the places of the records that are dead.
fn check_letters(inbox: &Inbox, report: &mut Report) -> BTreeSet<Origin> {
    let records: BTreeMap<Origin, &Consumed> = inbox.records.iter().map(|record| (record.place, record)).collect();
    let mut told: BTreeMap<Origin, &DeadLetter> = BTreeMap::new();
    for letter in &inbox.letters {
        let name = format!("{}.dead", inbox.name);
        let DeadLetter { inbox: from, origin, key, digest, code, attempts } = letter;
        report.require(!code.is_empty(), &name, || format!("a letter without an error: {letter:?}"));
        let tried = attempts.is_some_and(|attempts| attempts > 0 || code == WAITS);
        report.require(tried, &name, || format!("never tried: {letter:?}"));
        let record = origin.filter(|_| *from == inbox.name).and_then(|origin| records.get(&origin));
        let (Some(origin), Some(record)) = (origin, record) else {
            report.add(name, format!("a letter whose origin does not exist: {letter:?}"));
            continue;
        };
        let same = *key == record.key && digest.is_none_or(|digest| digest == record.digest);
        report.require(same, &name, || format!("a letter that is not its record: {letter:?}"));
        let first = told.entry(*origin).or_insert(letter);
        report.require(first.code == *code, &name, || format!("one record died of {} and {code}", first.code));
    }
    told.into_keys().collect()
}

fn check_promised(conservation: &Conservation, report: &mut Report) {
    report.looked_at("messages promised", conservation.promised.len());
    let mut sent: BTreeMap<&str, BTreeSet<MessageId>> = BTreeMap::new();
    for inbox in &conservation.inboxes {
        sent.insert(&inbox.name, inbox.records.iter().filter_map(|record| record.message).collect());
    }
    for promised in &conservation.promised {
        let is_there = sent.get(promised.to.as_str()).is_some_and(|sent| sent.contains(&promised.message));
        let found = || format!("says it sent {} to {}, where it is not", promised.message, promised.to);
        report.require(is_there, &promised.by, found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{check, sample::assert_caught, sample::sound};
    use super::*;

    fn orders(facts: &mut Facts) -> &mut Inbox {
        let inboxes = &mut facts.conservation.as_mut().unwrap().inboxes;
        inboxes.iter_mut().find(|inbox| inbox.name == "orders.inbox").unwrap()
    }

    fn letter(facts: &mut Facts) -> &mut DeadLetter {
        &mut orders(facts).letters[0]
    }

    /// The offset was stored before the effect, and the worker died between them.
    #[test]
    fn a_record_that_was_read_and_left_no_trace_is_caught() {
        assert_caught("I9", "PlaceOrder for a was read and is neither done nor a dead letter", |facts| {
            orders(facts).records[0].trace = Trace::Nothing;
        });
        assert_caught("I9", "PlaceOrder for a was read and is neither done", |facts| {
            orders(facts).records[0].trace = Trace::MovedNothing;
        });
    }

    #[test]
    fn a_record_that_cannot_be_read_and_is_no_dead_letter_is_caught() {
        assert_caught("I9", "neither done nor a dead letter", |facts| orders(facts).letters.clear());
    }

    #[test]
    fn a_record_that_was_never_read_is_caught() {
        assert_caught("I9", "1 records wait", |facts| {
            let committed = &mut orders(facts).partitions[0].committed;
            *committed = committed.map(|next| next - 1);
        });
        assert_caught("I9", "read to None", |facts| orders(facts).partitions[0].committed = None);
    }

    #[test]
    fn a_record_that_is_gone_is_caught() {
        assert_caught("I9", "records between 0 and", |facts| {
            orders(facts).records.remove(0);
        });
    }

    #[test]
    fn a_dead_letter_of_no_record_is_caught() {
        assert_caught("I9", "whose origin does not exist", |facts| letter(facts).origin = Some((0, 999)));
        assert_caught("I9", "whose origin does not exist", |facts| letter(facts).origin = None);
        assert_caught("I9", "whose origin does not exist", |facts| letter(facts).inbox = "payments.inbox".to_owned());
    }

    #[test]
    fn a_dead_letter_that_is_not_its_record_is_caught() {
        assert_caught("I9", "not its record", |facts| letter(facts).key = "other".to_owned());
        assert_caught("I9", "not its record", |facts| letter(facts).digest = Some(0));
    }

    #[test]
    fn a_dead_letter_without_error_or_attempts_is_caught() {
        assert_caught("I9", "without an error", |facts| letter(facts).code.clear());
        assert_caught("I9", "never tried", |facts| letter(facts).attempts = None);
        assert_caught("I9", "never tried", |facts| letter(facts).attempts = Some(0));
    }

    #[test]
    fn a_record_that_died_of_two_causes_is_caught_and_a_letter_sent_again_is_not() {
        let mut facts = sound();
        let again = letter(&mut facts).clone();
        orders(&mut facts).letters.push(again);
        assert_eq!(check(&facts), []);
        assert_caught("I9", "died of undecodable and wrong_key", |facts| {
            let other = DeadLetter { code: "wrong_key".to_owned(), ..letter(facts).clone() };
            orders(facts).letters.push(other);
        });
    }

    #[test]
    fn a_message_that_a_journal_promised_and_nobody_sent_is_caught() {
        assert_caught("I9", "where it is not", |facts| {
            let promised = &mut facts.conservation.as_mut().unwrap().promised[0];
            promised.message = MessageId::of_fact("never sent");
        });
    }

    #[test]
    fn a_report_that_was_overtaken_may_have_moved_nothing() {
        let mut facts = sound();
        for record in orders(&mut facts).records.iter_mut().filter(|record| record.kind == "PaymentReady") {
            record.trace = Trace::MovedNothing;
        }
        assert_eq!(check(&facts), []);
    }
}
