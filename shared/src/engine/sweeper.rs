//! What needs a look from time to time: deadlines, parked keys, and how much is stuck.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{counter, gauge};
use tokio_util::sync::CancellationToken;

use super::{
    Handler, State,
    announced::Announced,
    dead_letters::{LetterStore, release::release},
    store::{Commands, Due},
};
use crate::{
    id::{CorrelationId, MessageId},
    kafka::Publisher,
    message::{Origin, Outgoing, Topic},
    ops::Health,
    time::Timestamp,
    trace::TraceContext,
};

/// The most deadlines read at once.
const PAGE: usize = 500;
/// The most pages in one sweep; what is left comes next time.
const PAGES: usize = 20;
/// How often it is counted what is stuck.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Nobody needs to know how much more there is.
const COUNT_TO: u64 = 10_000;

/// Sweeps until shutdown. Every worker of a pool does: an announcement has an id of its own, so repetitions have no effect.
pub(super) struct Sweeper<H> {
    pub(super) worker: &'static str,
    pub(super) handler: Arc<H>,
    pub(super) commands: Commands,
    pub(super) letters: LetterStore,
    pub(super) publisher: Publisher,
    pub(super) every: Duration,
    /// How long after its deadline something counts as stuck.
    pub(super) grace: Duration,
    pub(super) health: Health,
    pub(super) shutdown: CancellationToken,
}

impl<H: Handler> Sweeper<H> {
    pub(super) async fn run(self) {
        let (mut announced, mut counted) = (Announced::default(), None::<Instant>);
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = self.shutdown.cancelled() => return,
            }
            let mut swept = self.announce(&mut announced).await;
            swept = swept.and(self.send_on().await);
            if counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
                counted = Some(Instant::now());
                swept = swept.and(self.count().await);
            }
            if let Err(problem) = &swept {
                tracing::warn!(worker = self.worker, problem, "not swept; trying again");
            }
            self.health.report("deadlines", swept);
        }
    }

    /// Tells aggregates whose time has run out.
    async fn announce(&self, announced: &mut Announced) -> Result<(), String> {
        let now = Timestamp::now();
        let mut from = Timestamp::from_millis(i64::MIN);
        // Those in front may rest; they must not hide those behind them.
        for _ in 0..PAGES {
            let due = self.commands.due(H::State::COLLECTION, from, now, PAGE as i64).await.map_err(text)?;
            self.announce_page(&due, now, announced).await?;
            match due.get(PAGE - 1) {
                Some(last) if last.due_at > from => from = last.due_at,
                _ => break,
            }
        }
        Ok(())
    }

    async fn announce_page(&self, due: &[Due], now: Timestamp, announced: &mut Announced) -> Result<(), String> {
        let id =
            |due: &Due| MessageId::of_fact(&format!("{}/deadline/{}/{}", self.worker, due.id, due.due_at.as_millis()));
        let mut fresh: Vec<(MessageId, &Due)> = due.iter().map(|due| (id(due), due)).collect();
        fresh.retain(|(id, _)| !announced.rests(*id));
        if fresh.is_empty() {
            return Ok(());
        }
        // One that went aside waits for an operator: announced again it would go aside again.
        let ids: Vec<MessageId> = fresh.iter().map(|(id, _)| *id).collect();
        let aside = self.letters.died(&ids).await.map_err(text)?;
        fresh.retain(|(id, _)| !aside.contains(id));
        let mut outgoing = Vec::new();
        for (id, due) in &fresh {
            let Some(message) = self.handler.deadline_reached(&due.id, due.due_at) else { continue };
            let origin = Origin::first(*id, CorrelationId::from_uuid(id.as_uuid()), now, TraceContext::start());
            outgoing.push(Outgoing::new(&due.id, &message, origin).map_err(text)?);
        }
        self.publisher.publish(&outgoing).await.map_err(text)?;
        counter!("engine_deadlines_total", "worker" => self.worker).increment(outgoing.len() as u64);
        announced.note(ids);
        Ok(())
    }

    /// Sends on those who wait for nobody any more: a person discarded what they waited for, or the worker that let it pass
    /// died.
    async fn send_on(&self) -> Result<(), String> {
        let parked = self.letters.parked_in(H::Message::TOPIC).await.map_err(text)?;
        #[allow(clippy::cast_precision_loss, reason = "a gauge")]
        gauge!("engine_parked_keys", "worker" => self.worker).set(parked.len() as f64);
        for parked in &parked {
            release(&self.letters, &self.publisher, parked).await?;
        }
        Ok(())
    }

    async fn count(&self) -> Result<(), String> {
        let before = Timestamp::now().minus(self.grace);
        let stuck = self.commands.stuck(H::State::COLLECTION, before, COUNT_TO).await.map_err(text)?;
        let open = self.letters.open_in(H::Message::TOPIC, COUNT_TO).await.map_err(text)?;
        #[allow(clippy::cast_precision_loss, reason = "gauges")]
        {
            gauge!("work_stuck", "worker" => self.worker).set(stuck as f64);
            gauge!("engine_dead_letters_open", "worker" => self.worker).set(open as f64);
        }
        Ok(())
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
