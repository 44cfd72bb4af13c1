//! What holds of a file whatever comes in whatever order.

use std::collections::HashMap;

use proptest::prelude::*;
use schemas::imports::{
    CancelImport, CustomersApplied, Import, ImportCleared, ImportDeadlineReached, ImportRow, ImportStatus,
    ImportUnreadable, ImportsMessage, Progress, RefusedCustomer, RowApplied, RowRefused, StartImport, StepUnanswered,
    UploadCleared, rows::ImportKind,
};
use shared::engine::State;

use crate::{
    chunk::WINDOW,
    effect::Effect,
    testing::{Desk, Outcome, admin, found, import_id, uploaded},
};

/// A checked file with chunks of these sizes, started.
fn started(sizes: &[u32]) -> (Desk, Outcome) {
    let mut desk = Desk::default();
    desk.store_chunks(sizes);
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    desk.deliver(found(good(sizes), 0, i32::try_from(sizes.len()).unwrap())).unwrap();
    let begun = desk.deliver(start(false)).unwrap();
    (desk, begun)
}

fn good(sizes: &[u32]) -> i64 {
    sizes.iter().copied().map(i64::from).sum()
}

fn start(skip_bad_rows: bool) -> StartImport {
    StartImport { import_id: import_id(), admin_id: admin(), skip_bad_rows }
}

fn cancel() -> CancelImport {
    CancelImport { import_id: import_id(), admin_id: admin() }
}

/// What whoever carries it out says of a row: always the same.
fn answer(row: ImportRow) -> ImportsMessage {
    match row.row % 3 {
        0 => RowApplied { row, changed: true }.into(),
        1 => RowApplied { row, changed: false }.into(),
        _ => RowRefused { row, code: "revision_changed".to_owned(), detail: String::new() }.into(),
    }
}

/// A file under way: what is on its way to it, what came before, and how often each row's command was sent.
struct Race {
    desk: Desk,
    on_its_way: Vec<ImportsMessage>,
    came: Vec<ImportsMessage>,
    sent: HashMap<(i32, i32), usize>,
    cleared: usize,
}

impl Race {
    fn new(sizes: &[u32]) -> Self {
        let (desk, begun) = started(sizes);
        let mut race = Self { desk, on_its_way: Vec::new(), came: Vec::new(), sent: HashMap::new(), cleared: 0 };
        race.note(begun);
        race
    }

    fn note(&mut self, outcome: Outcome) {
        self.on_its_way.extend(outcome.to_itself);
        for row in outcome.commands {
            *self.sent.entry((row.chunk, row.place)).or_default() += 1;
            self.on_its_way.push(answer(row));
        }
        self.cleared += outcome.calls.iter().filter(|call| matches!(call, Effect::Clear(_))).count();
    }

    /// Delivers something that is on its way, or what came before once more.
    fn step(&mut self, pick: u16, again: bool) {
        let pick = usize::from(pick);
        let message = if again && !self.came.is_empty() {
            self.came[pick % self.came.len()].clone()
        } else if self.on_its_way.is_empty() {
            return;
        } else {
            let message = self.on_its_way.swap_remove(pick % self.on_its_way.len());
            self.came.push(message.clone());
            message
        };
        let outcome = self.desk.deliver(message).unwrap();
        self.note(outcome);
        assert!(self.desk.import().open.len() <= WINDOW, "the window is kept");
        assert!(self.sent.values().all(|times| *times == 1), "a row's command is sent once");
    }

    fn end(&mut self) -> &Import {
        while !self.on_its_way.is_empty() {
            self.step(0, false);
        }
        self.desk.import()
    }

    fn total(&self) -> i64 {
        let Progress { applied, unchanged, refused } = self.desk.import().progress;
        applied + unchanged + refused
    }
}

fn sizes() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(1..6_u32, 0..24)
}

fn picks() -> impl Strategy<Value = Vec<(u16, bool)>> {
    proptest::collection::vec((any::<u16>(), proptest::bool::weighted(0.3)), 0..200)
}

proptest! {
    #[test]
    fn each_row_counts_once_and_when_all_are_answered_the_file_is_finished(sizes in sizes(), picks in picks()) {
        let mut race = Race::new(&sizes);
        for (pick, again) in picks {
            race.step(pick, again);
            prop_assert_eq!(race.desk.import().status == ImportStatus::Finished, race.total() == good(&sizes));
        }
        let status = race.end().status;
        prop_assert_eq!(status, ImportStatus::Finished);
        prop_assert_eq!((race.total(), race.desk.import().left()), (good(&sizes), 0));
        prop_assert_eq!(race.sent.len(), usize::try_from(good(&sizes)).unwrap());
        prop_assert_eq!(i64::try_from(race.desk.problems()).unwrap(), race.desk.import().progress.refused);
        prop_assert_eq!(race.cleared, 1);
    }

    #[test]
    fn a_cancelled_file_sends_no_further_command_and_ends_with_what_was_under_way(
        sizes in sizes(), before in picks(), after in picks(),
    ) {
        let mut race = Race::new(&sizes);
        before.into_iter().for_each(|(pick, again)| race.step(pick, again));
        let was_over = race.desk.import().status.is_end();
        let outcome = race.desk.deliver(cancel()).unwrap();
        race.note(outcome);
        let sent = race.sent.clone();
        after.into_iter().for_each(|(pick, again)| race.step(pick, again));
        let status = race.end().status;
        prop_assert_eq!(status, if was_over { ImportStatus::Finished } else { ImportStatus::Cancelled });
        prop_assert_eq!(&race.sent, &sent);
        prop_assert_eq!(usize::try_from(race.total()).unwrap(), sent.len());
        prop_assert_eq!((race.desk.import().left(), race.cleared), (good(&sizes) - race.total(), 1));
    }
}

#[test]
fn a_file_of_which_nothing_is_heard_is_stuck_until_something_is() {
    let (mut desk, begun) = started(&[2]);
    let outcome = desk.deliver(begun.to_itself[0].clone()).unwrap();
    let due_at = desk.import().deadline().unwrap();
    let reached = ImportDeadlineReached { import_id: import_id(), due_at };
    desk.deliver(answer(outcome.commands[0])).unwrap();
    desk.deliver(reached.clone()).unwrap();
    assert!(!desk.import().stuck, "the deadline is another by now");
    let due_at = desk.import().deadline().unwrap();
    desk.deliver_at(due_at.as_millis(), ImportDeadlineReached { due_at, ..reached }).unwrap();
    assert!((desk.import().stuck, desk.import().deadline()) == (true, None));
    desk.deliver(answer(outcome.commands[1])).unwrap();
    assert!((desk.import().stuck, desk.import().status) == (false, ImportStatus::Finished));
}

#[test]
fn a_stuck_file_is_cancelled_at_once_and_later_answers_count_for_nothing() {
    let (mut desk, begun) = started(&[1]);
    let outcome = desk.deliver(begun.to_itself[0].clone()).unwrap();
    let due_at = desk.import().deadline().unwrap();
    desk.deliver(ImportDeadlineReached { import_id: import_id(), due_at }).unwrap();
    assert_eq!(desk.deliver(cancel()).unwrap().calls.len(), 1);
    desk.deliver(answer(outcome.commands[0])).unwrap();
    assert_eq!((desk.import().status, desk.import().left()), (ImportStatus::Cancelled, 1));
}

#[test]
fn bad_rows_are_skipped_only_if_that_is_meant() {
    let mut desk = Desk::default();
    desk.store_chunks(&[1]);
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    desk.deliver(found(1, 1, 1)).unwrap();
    desk.deliver(start(false)).unwrap();
    assert_eq!(desk.import().status, ImportStatus::Checked);
    desk.deliver(start(true)).unwrap();
    assert_eq!(desk.import().status, ImportStatus::Running);
}

#[test]
fn a_file_that_cannot_be_read_says_why_and_one_that_nobody_starts_lapses() {
    let mut desk = Desk::default();
    assert_eq!(desk.deliver(start(true)).unwrap_err(), "unknown_import");
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    let (code, detail) = ("not_utf8".to_owned(), "row 3".to_owned());
    let outcome = desk.deliver(ImportUnreadable { import_id: import_id(), code, detail }).unwrap();
    assert!(matches!(&outcome.calls[..], [Effect::Clear(_)]));
    assert_eq!((desk.import().status, desk.import().problem.is_some()), (ImportStatus::Refused, true));
    let mut desk = Desk::default();
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    desk.deliver(found(1, 0, 1)).unwrap();
    let due_at = desk.import().deadline().unwrap();
    desk.deliver(ImportDeadlineReached { import_id: import_id(), due_at }).unwrap();
    assert_eq!((desk.import().status, desk.import().cancelled), (ImportStatus::Cancelled, None));
}

#[test]
fn what_a_second_check_leaves_behind_goes_whether_it_could_read_the_file_or_not() {
    let unreadable =
        || ImportUnreadable { import_id: import_id(), code: "too_many_rows".to_owned(), detail: String::new() };
    let mut desk = Desk::default();
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    desk.deliver(unreadable()).unwrap();
    desk.deliver(ImportCleared { import_id: import_id() }).unwrap();
    for late in [ImportsMessage::from(unreadable()), found(1, 0, 1).into()] {
        assert!(matches!(&desk.deliver(late).unwrap().calls[..], [Effect::Clear(_)]));
        assert_eq!(desk.import().status, ImportStatus::Refused);
    }
}

#[test]
fn a_file_goes_as_it_came_once_it_was_checked_and_its_rows_stay() {
    let again = || StepUnanswered { import_id: import_id(), chunk: None };
    let mut desk = Desk::default();
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    assert!(matches!(&desk.deliver(found(1, 0, 1)).unwrap().calls[..], [Effect::ClearUpload(_)]));
    assert!(desk.deliver(found(1, 0, 1)).unwrap().calls.is_empty());
    assert!(matches!(&desk.deliver(again()).unwrap().calls[..], [Effect::ClearUpload(_)]), "a store was away");
    let before = desk.import().clone();
    assert!(desk.deliver(UploadCleared { import_id: import_id() }).unwrap().calls.is_empty());
    assert_eq!((desk.import(), before.cleared), (&before, false));
}

#[test]
fn a_file_that_is_cancelled_while_it_is_checked_ends_when_the_check_does() {
    let mut desk = Desk::default();
    desk.deliver(uploaded(ImportKind::Stock)).unwrap();
    assert!(desk.deliver(cancel()).unwrap().calls.is_empty());
    assert_eq!(desk.import().status, ImportStatus::Cancelling);
    desk.deliver(found(1, 0, 1)).unwrap();
    assert_eq!(desk.import().status, ImportStatus::Cancelled);
    desk.deliver(ImportCleared { import_id: import_id() }).unwrap();
    assert!(desk.import().cleared);
}

#[test]
fn a_call_that_was_given_up_is_made_again_as_long_as_it_is_needed() {
    let again = |chunk| StepUnanswered { import_id: import_id(), chunk };
    let mut desk = Desk::default();
    desk.store_chunks(&[3]);
    desk.deliver(uploaded(ImportKind::Customers)).unwrap();
    assert!(matches!(&desk.deliver(again(None)).unwrap().calls[..], [Effect::Check(_)]));
    desk.deliver(found(3, 0, 1)).unwrap();
    let turn = desk.deliver(start(false)).unwrap().to_itself.remove(0);
    assert!(matches!(&desk.deliver(turn).unwrap().calls[..], [Effect::Customers { chunk: 0, .. }]));
    assert!(matches!(&desk.deliver(again(Some(0))).unwrap().calls[..], [Effect::Customers { chunk: 0, .. }]));
    let refused = vec![RefusedCustomer { row: 3, code: "is_staff".to_owned(), detail: String::new() }];
    let answer = CustomersApplied { import_id: import_id(), chunk: 0, unchanged: 1, refused };
    assert!(matches!(&desk.deliver(answer.clone()).unwrap().calls[..], [Effect::Clear(_)]));
    assert!(desk.deliver(answer).unwrap().calls.is_empty());
    assert_eq!(desk.import().progress, Progress { applied: 1, unchanged: 1, refused: 1 });
    assert!(desk.deliver(again(Some(0))).unwrap().calls.is_empty());
    assert!(matches!(&desk.deliver(again(None)).unwrap().calls[..], [Effect::Clear(_)]));
    desk.deliver(ImportCleared { import_id: import_id() }).unwrap();
    assert!(desk.deliver(again(None)).unwrap().calls.is_empty());
}
