//! The bounded queue of webhooks waiting for their time.

use super::{Event, PostLine};
use crate::clock::unix_millis;
use crate::faults::Switches;
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Events above which a simulator answers "too many requests" rather than take on more.
const MOST_WAITING: usize = 200_000;

/// Webhooks by what became of them, for the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookCounts {
    /// Events that happened.
    pub events: u64,
    /// Events that a fault kept from ever being posted.
    pub dropped: u64,
    /// Events that a fault posted twice.
    pub duplicated: u64,
    /// Posts tried.
    pub attempts: u64,
    /// Posts answered 2xx.
    pub delivered: u64,
    /// Posts given up after the last retry.
    pub given_up: u64,
    /// Posts waiting for their time or their answer.
    pub waiting: u64,
}

/// One post that is due at some time.
#[derive(Debug)]
pub(super) struct Job<E> {
    due: Instant,
    sequence: u64,
    pub(super) attempt: usize,
    pub(super) event: Arc<E>,
}

/// A heap of the standard library yields the greatest, so the earliest is made the greatest.
impl<E> Ord for Job<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.sequence).cmp(&(self.due, self.sequence))
    }
}

impl<E> PartialOrd for Job<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Job<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<E> Eq for Job<E> {}

#[derive(Debug)]
struct Waiting<E> {
    jobs: BinaryHeap<Job<E>>,
    sequence: u64,
    counts: WebhookCounts,
    posts: Vec<PostLine>,
}

/// Webhooks on their way out.
#[derive(Debug)]
pub struct Outbox<E> {
    waiting: Mutex<Waiting<E>>,
    changed: Notify,
    switches: Arc<Switches>,
    muted: bool,
}

impl<E: Event> Outbox<E> {
    /// An empty outbox. A muted one counts events but posts nothing, for a simulator without a webhook address.
    pub fn new(switches: Arc<Switches>, muted: bool) -> Self {
        let waiting =
            Waiting { jobs: BinaryHeap::new(), sequence: 0, counts: WebhookCounts::default(), posts: Vec::new() };
        Self { waiting: Mutex::new(waiting), changed: Notify::new(), switches, muted }
    }

    /// Queues the posts of an event, as many as the fault switches allow.
    pub fn post(&self, event: E) {
        let postings = if self.muted { Vec::new() } else { self.switches.postings() };
        let event = Arc::new(event);
        let now = Instant::now();
        let mut waiting = self.locked();
        waiting.counts.events += 1;
        waiting.counts.dropped += u64::from(postings.is_empty() && !self.muted);
        waiting.counts.duplicated += u64::from(postings.len() > 1);
        for delay in postings {
            waiting.push(now + delay, 0, Arc::clone(&event));
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Whether the backlog is so long that no further event should be caused.
    pub fn is_full(&self) -> bool {
        self.locked().counts.waiting as usize >= MOST_WAITING
    }

    /// What became of the webhooks so far.
    pub fn counts(&self) -> WebhookCounts {
        self.locked().counts
    }

    /// Every post that was answered or given up so far.
    pub fn posts(&self) -> Vec<PostLine> {
        self.locked().posts.clone()
    }

    /// Writes down how a post was answered; none for no answer.
    pub(super) fn note(&self, job: &Job<E>, status: Option<u16>) {
        let event = &job.event;
        let (event_id, kind, answered_at_ms) = (event.id().to_owned(), event.kind(), unix_millis());
        self.locked().posts.push(PostLine { event_id, kind, answered_at_ms, status });
    }

    /// Forgets every waiting post, all counts and what was posted.
    pub fn clear(&self) {
        let mut waiting = self.locked();
        waiting.jobs.clear();
        waiting.counts = WebhookCounts::default();
        waiting.posts.clear();
    }

    /// The next post whose time has come.
    pub(super) async fn next(&self) -> Job<E> {
        loop {
            let until_due = match self.take_due(Instant::now()) {
                Ok(job) => return job,
                Err(wait) => wait,
            };
            let changed = self.changed.notified();
            match until_due {
                None => changed.await,
                Some(wait) => tokio::select! { () = changed => {}, () = tokio::time::sleep(wait) => {} },
            }
        }
    }

    fn take_due(&self, now: Instant) -> Result<Job<E>, Option<Duration>> {
        let mut waiting = self.locked();
        match waiting.jobs.peek().map(|job| job.due.saturating_duration_since(now)) {
            Some(Duration::ZERO) => waiting.jobs.pop().inspect(|_| waiting.counts.attempts += 1).ok_or(None),
            wait => Err(wait),
        }
    }

    /// Records a 2xx.
    pub(super) fn delivered(&self) {
        let mut waiting = self.locked();
        waiting.counts.delivered += 1;
        waiting.counts.leave();
    }

    /// Queues another attempt after `pause`, or gives the post up.
    pub(super) fn failed(&self, job: Job<E>, pause: Option<Duration>) {
        let mut waiting = self.locked();
        waiting.counts.leave();
        match pause {
            Some(pause) => waiting.push(Instant::now() + pause, job.attempt + 1, job.event),
            None => waiting.counts.given_up += 1,
        }
        drop(waiting);
        self.changed.notify_one();
    }

    fn locked(&self) -> MutexGuard<'_, Waiting<E>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> Waiting<E> {
    fn push(&mut self, due: Instant, attempt: usize, event: Arc<E>) {
        self.sequence += 1;
        self.counts.waiting += 1;
        self.jobs.push(Job { due, sequence: self.sequence, attempt, event });
    }
}

impl WebhookCounts {
    /// A post that was under way when the counts were cleared must not drive them below zero.
    fn leave(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Faults;

    struct Note(&'static str);

    impl Event for Note {
        fn id(&self) -> &str {
            self.0
        }
        fn kind(&self) -> &'static str {
            "note"
        }
        fn body(&self) -> Vec<u8> {
            self.0.into()
        }
    }

    fn outbox(faults: Faults) -> Outbox<Note> {
        Outbox::new(Arc::new(Switches::new(faults, 1)), false)
    }

    #[tokio::test]
    async fn posts_leave_in_the_order_of_their_events() {
        let outbox = outbox(Faults::default());
        for id in ["a", "b", "c"] {
            outbox.post(Note(id));
        }
        for id in ["a", "b", "c"] {
            assert_eq!(outbox.next().await.event.id(), id);
        }
    }

    #[tokio::test]
    async fn a_failed_post_comes_back_after_its_pause_and_a_new_one_overtakes_it() {
        let outbox = outbox(Faults::default());
        outbox.post(Note("first"));
        let job = outbox.next().await;
        outbox.failed(job, Some(Duration::from_millis(30)));
        outbox.post(Note("second"));
        assert_eq!(outbox.next().await.event.id(), "second");
        let again = outbox.next().await;
        assert_eq!((again.event.id(), again.attempt), ("first", 1));
    }

    #[tokio::test]
    async fn counts_say_what_became_of_every_event() {
        let outbox = outbox(Faults { webhook_duplicate_rate: 1.0, ..Faults::default() });
        outbox.post(Note("twice"));
        outbox.next().await;
        outbox.delivered();
        let copy = outbox.next().await;
        outbox.failed(copy, None);
        let expected =
            WebhookCounts { events: 1, duplicated: 1, attempts: 2, delivered: 1, given_up: 1, ..Default::default() };
        assert_eq!(outbox.counts(), expected);
    }

    #[tokio::test]
    async fn a_dropped_event_is_counted_and_never_posted() {
        let outbox = outbox(Faults { webhook_drop_rate: 1.0, ..Faults::default() });
        outbox.post(Note("lost"));
        assert_eq!(outbox.counts(), WebhookCounts { events: 1, dropped: 1, ..Default::default() });
    }

    #[tokio::test]
    async fn each_post_is_written_down_with_its_answer() {
        let outbox = outbox(Faults::default());
        outbox.post(Note("once"));
        let job = outbox.next().await;
        outbox.note(&job, None);
        outbox.note(&job, Some(200));
        let posts = outbox.posts();
        assert_eq!(posts.iter().map(|post| post.status).collect::<Vec<_>>(), [None, Some(200)]);
        assert!(posts.iter().all(|post| post.event_id == "once" && post.kind == "note"));
    }

    #[tokio::test]
    async fn clearing_forgets_what_waits_and_what_was_posted() {
        let outbox = outbox(Faults { webhook_delay_ms: 60_000, ..Faults::default() });
        outbox.post(Note("late"));
        outbox.clear();
        assert_eq!(outbox.posts(), []);
        assert_eq!(outbox.counts(), WebhookCounts::default());
    }
}
