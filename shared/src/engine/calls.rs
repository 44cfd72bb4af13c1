//! Calls to the outside: made after the step that asked for them is durable, repeated under one idempotency key until
//! somebody answers or patience ends, and answered into the worker's own inbox.

use std::{
    collections::HashMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use metrics::{counter, gauge};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Handler, Held, NoEffect, Offsets, PendingEffect};
use crate::{
    fault_points::{Fault, Step, around},
    kafka::Publisher,
    message::{Delivery, Origin, Outgoing, Topic},
    retry::Patience,
    time::Timestamp,
};

/// Makes a worker's calls to the outside.
pub trait Caller<H: Handler>: Send + Sync + 'static {
    /// Makes one call. `effect.id` is the idempotency key: the same call may be made again after a crash; `tried` tells
    /// whether it may have been made before.
    ///
    /// Returns the message that tells the aggregate how it ended.
    ///
    /// # Errors
    /// [`Unanswered`] when it is not known whether the call took effect; it is repeated.
    fn call(
        &self,
        aggregate_id: &str,
        effect: &PendingEffect<H::Effect>,
        tried: Tried,
    ) -> impl Future<Output = Result<H::Message, Unanswered>> + Send;

    /// What the aggregate is told when patience has run out and the fate of the call is still unknown.
    fn unanswered(&self, aggregate_id: &str, effect: &H::Effect, why: &Unanswered) -> H::Message;

    /// Who is called. Each has its own bound on calls at once, so that one that is slow takes no place from another.
    fn lane(&self, _effect: &H::Effect) -> &'static str {
        "outside"
    }
}

/// Whether a call may have been made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It was just recorded and this is the first try of whoever recorded it. (A process that has its partition by now, while
    /// this one does not know yet, may make it as well.)
    Never,
    /// By this process, or by one that had it before: it may have taken effect.
    Perhaps,
}

/// Nobody answered, or the answer does not tell whether the call took effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

/// For workers that make no calls.
#[derive(Debug, Clone, Copy)]
pub struct NoCalls;

impl<H: Handler<Effect = NoEffect>> Caller<H> for NoCalls {
    async fn call(&self, _: &str, effect: &PendingEffect<NoEffect>, _: Tried) -> Result<H::Message, Unanswered> {
        match effect.effect {}
    }

    fn unanswered(&self, _: &str, effect: &NoEffect, _: &Unanswered) -> H::Message {
        match *effect {}
    }
}

/// How long calls that are under way at the end may take to finish. What does not is made again after the next start.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// With this many calls waiting the worker takes no more records: the backlog belongs in the inbox.
const MOST_WAITING: usize = 10_000;

/// Runs a bounded number of calls beside the worker's loop, so that a slow gateway holds up no other key.
pub(super) struct Calls<H: Handler, C> {
    shared: Arc<Shared<C>>,
    lanes: Mutex<HashMap<&'static str, Arc<Semaphore>>>,
    most: usize,
    tasks: TaskTracker,
    worker: std::marker::PhantomData<fn() -> H>,
}

struct Shared<C> {
    caller: C,
    publisher: Publisher,
    offsets: Offsets,
    patience: Patience,
    shutdown: CancellationToken,
    worker: &'static str,
}

impl<H: Handler, C: Caller<H>> Calls<H, C> {
    pub(super) fn new(
        worker: &'static str,
        caller: C,
        publisher: Publisher,
        offsets: Offsets,
        limits: (usize, Patience),
        shutdown: CancellationToken,
    ) -> Self {
        let (most, patience) = limits;
        Self {
            shared: Arc::new(Shared { caller, publisher, offsets, patience, shutdown, worker }),
            lanes: Mutex::default(),
            most,
            tasks: TaskTracker::new(),
            worker: std::marker::PhantomData,
        }
    }

    /// Whether so many calls wait that no more records should be taken.
    pub(super) fn is_full(&self) -> bool {
        self.tasks.len() >= MOST_WAITING
    }

    /// Makes a call as soon as its lane has room. The record that caused it is held until the outcome is in the inbox.
    pub(super) fn start(
        &self,
        aggregate_id: String,
        (effect, tried): (PendingEffect<H::Effect>, Tried),
        cause: &Delivery<H::Message>,
        held: Held,
    ) {
        let lane = self.lane(self.shared.caller.lane(&effect.effect));
        let shared = Arc::clone(&self.shared);
        let held = shared.offsets.hold(held);
        let (correlation, trace) = (cause.correlation, cause.trace);
        self.tasks.spawn(async move {
            let Some(Ok(_slot)) = shared.shutdown.run_until_cancelled(lane.acquire()).await else { return };
            gauge!("engine_calls_in_flight", "worker" => shared.worker).increment(1.0);
            let outcome = shared.outcome::<H>(&aggregate_id, &effect, tried).await;
            if let Some(message) = outcome {
                let origin = Origin {
                    id: effect.id.derive("outcome"),
                    causation: effect.id,
                    correlation,
                    at: Timestamp::now(),
                    trace,
                };
                shared.report(&aggregate_id, &message, origin, held).await;
            }
            gauge!("engine_calls_in_flight", "worker" => shared.worker).decrement(1.0);
        });
    }

    fn lane(&self, name: &'static str) -> Arc<Semaphore> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(name).or_insert_with(|| Arc::new(Semaphore::new(self.most))))
    }

    /// Waits for the calls under way, up to a limit.
    pub(super) async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(FINISH_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "calls left under way; they are made again after the next start");
        }
    }
}

impl<C> Shared<C> {
    /// The outcome of a call, or `None` when the daemon stops first.
    async fn outcome<H: Handler>(
        &self,
        aggregate_id: &str,
        effect: &PendingEffect<H::Effect>,
        mut tried: Tried,
    ) -> Option<H::Message>
    where
        C: Caller<H>,
    {
        let mut waits = self.patience.waits();
        loop {
            // A panic is a bug in a caller. Whether the call took effect is then as unknown as without an answer.
            let call = self.caller.call(aggregate_id, effect, tried);
            let answer = AssertUnwindSafe(around(Step::Call, call)).catch_unwind().await;
            tried = Tried::Perhaps;
            let why = match answer.unwrap_or_else(|_| Err(Unanswered("the caller panicked".to_owned()))) {
                Ok(message) => return Some(message),
                Err(why) => why,
            };
            counter!("engine_retries_total", "worker" => self.worker, "stage" => "call").increment(1);
            let Some(wait) = waits.next() else {
                tracing::warn!(aggregate_id, effect = %effect.id, %why, "no answer; its fate is unknown");
                return Some(self.caller.unanswered(aggregate_id, &effect.effect, &why));
            };
            tracing::debug!(aggregate_id, effect = %effect.id, %why, "no answer; calling again");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.cancelled() => return None,
            }
        }
    }

    /// Puts the outcome into the inbox and lets the record go. Until the broker has it, the record stays held.
    async fn report<M: Topic>(&self, aggregate_id: &str, message: &M, origin: Origin, held: Held) {
        let outgoing = match Outgoing::new(aggregate_id, message, origin) {
            Ok(outgoing) => outgoing,
            Err(error) => {
                // The call stays in the document as pending, for an operator to find.
                tracing::error!(aggregate_id, %error, "the outcome of a call cannot be encoded");
                return self.offsets.release(held);
            }
        };
        for wait in Patience::STORES.waits() {
            match self.publisher.publish(std::slice::from_ref(&outgoing)).await {
                Ok(()) => return self.offsets.release(held),
                Err(error) => tracing::warn!(aggregate_id, %error, "outcome not published; trying again"),
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.cancelled() => return,
            }
        }
    }
}
