//! The statuses of running orders, read over and over through the public API by several readers (I6).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use reqwest::Method;
use schemas::types::OrderStatus;

use crate::{
    background::{Background, End},
    checker::{Seen, StatusRead},
    client::{Answer, PlacedOrder},
    eventually,
};

/// More orders than this are not followed at once: the readers are to look often, not to be a load of their own.
const MOST_FOLLOWED: usize = 300;
/// Between two reads of one reader.
const PAUSE: Duration = Duration::from_millis(15);
/// After a read that was not answered.
const BREATH: Duration = Duration::from_millis(200);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How many times an order is read after its end: that is where an old status would last.
const READS_AFTER_THE_END: u32 = 5;

/// Readers of statuses, until they are stopped: all but every third ask for what is known now, that one waits for more. A
/// read that is not answered, or answered 401, 429 or 5xx, shows nothing.
pub struct StatusSampler {
    readers: Vec<Background<Vec<StatusRead>>>,
    followed: Followed,
}

/// The orders that are followed. Clones are the same list.
#[derive(Clone, Default)]
pub struct Followed(Arc<Mutex<Subjects>>);

#[derive(Default)]
struct Subjects {
    waiting: VecDeque<Subject>,
    /// How many are being read.
    in_hand: usize,
    /// How many reads were answered.
    answered: usize,
}

/// An order and how many times it is still read.
struct Subject {
    order: PlacedOrder,
    reads_left: Option<u32>,
}

impl StatusSampler {
    /// Starts so many readers.
    #[must_use]
    pub fn start(readers: usize) -> Self {
        let (followed, began) = (Followed::default(), Instant::now());
        let reader = |number| {
            let followed = followed.clone();
            Background::start(move |end| read(number, followed, began, end))
        };
        Self { readers: (1..=readers).map(reader).collect(), followed: followed.clone() }
    }

    /// The list of orders that are followed.
    #[must_use]
    pub fn followed(&self) -> Followed {
        self.followed.clone()
    }

    /// Waits until the readers have read a few times more, even if this order has ended.
    pub async fn read_on(&self, order: &PlacedOrder) {
        let enough = self.followed.answered() + READS_AFTER_THE_END as usize;
        self.followed.follow(order.clone());
        eventually("the order is read again", async || {
            let answered = self.followed.answered();
            if answered >= enough { Ok(()) } else { Err(format!("{answered} reads of {enough}")) }
        })
        .await;
    }

    /// What the readers saw.
    pub async fn stop(self) -> Vec<StatusRead> {
        let mut reads = Vec::new();
        for reader in self.readers {
            reads.append(&mut reader.stop().await);
        }
        reads
    }
}

impl Followed {
    /// Follows an order from now on to its end, if there is room. Its 202 must have been answered.
    pub fn follow(&self, order: PlacedOrder) {
        let mut subjects = self.lock();
        if subjects.waiting.len() + subjects.in_hand < MOST_FOLLOWED {
            // The newest first: a read straight after the 202 finds it.
            subjects.waiting.push_front(Subject { order, reads_left: None });
        }
    }

    /// How many reads were answered so far.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.lock().answered
    }

    fn take(&self) -> Option<Subject> {
        let mut subjects = self.lock();
        let subject = subjects.waiting.pop_front()?;
        subjects.in_hand += 1;
        Some(subject)
    }

    fn put_back(&self, subject: Subject, was_answered: bool) {
        let mut subjects = self.lock();
        subjects.in_hand -= 1;
        subjects.answered += usize::from(was_answered);
        if subject.reads_left != Some(0) {
            subjects.waiting.push_back(subject);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Subjects> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(reader: usize, followed: Followed, began: Instant, mut end: End) -> Vec<StatusRead> {
    let path = if reader.is_multiple_of(3) { "/status?wait_for=delivered&timeout=1" } else { "/status" };
    let mut reads = Vec::new();
    while !end.has_come() {
        let Some(mut subject) = followed.take() else {
            end.or_after(PAUSE).await;
            continue;
        };
        let asked = micros(began);
        let seen = look(&subject.order, path).await;
        let answered = micros(began);
        let was_answered = seen.is_some();
        if let Some(seen) = seen {
            subject.count(&seen);
            reads.push(StatusRead { order: subject.order.id.clone(), reader, asked, answered, seen });
        }
        followed.put_back(subject, was_answered);
        end.or_after(if was_answered { PAUSE } else { BREATH }).await;
    }
    reads
}

impl Subject {
    /// Reads a few times more after the end.
    fn count(&mut self, seen: &Seen) {
        let ended = matches!(seen, Seen::Version(_, status) if status.is_terminal());
        match &mut self.reads_left {
            Some(left) => *left -= 1,
            None if ended => self.reads_left = Some(READS_AFTER_THE_END),
            None => {}
        }
    }
}

/// What a read shows; `None` if it was not answered.
async fn look(order: &PlacedOrder, path: &str) -> Option<Seen> {
    let request = order.customer.request(Method::GET, &order.path(path)).timeout(ANSWER_WITHIN);
    let answer = Answer::try_of(request).await.ok()?;
    match answer.status {
        200 => Some(understand(answer.header("etag"), &answer.json())),
        404 => Some(Seen::Nothing),
        // Later, not now, or a token that has run out meanwhile.
        401 | 429 | 500.. => None,
        other => Some(Seen::Nonsense(format!("{other} {}", answer.text()))),
    }
}

/// `ETag` and body name the same version.
fn understand(tag: &str, body: &serde_json::Value) -> Seen {
    let status = OrderStatus::ALL.into_iter().find(|status| body["status"] == status.as_str());
    match (body["version"].as_i64(), status) {
        (Some(version), Some(status)) if tag == format!("\"{version}\"") => Seen::Version(version, status),
        _ => Seen::Nonsense(format!("an ETag of {tag} over {body}")),
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tag_and_body_must_name_one_version() {
        let body = json!({ "version": 3, "status": "paid" });
        assert_eq!(understand("\"3\"", &body), Seen::Version(3, OrderStatus::Paid));
        for (tag, body) in [("\"2\"", &body), ("", &body), ("\"3\"", &json!({ "version": 3, "status": "happy" }))] {
            assert!(matches!(understand(tag, body), Seen::Nonsense(_)), "{tag} {body}");
        }
    }
}
