//! Deadlines: aggregates whose time has run out are told so by an ordinary message.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::counter;
use tokio_util::sync::CancellationToken;

use super::{Handler, State, store::Commands};
use crate::{
    id::{CorrelationId, MessageId},
    kafka::Publisher,
    message::{Origin, Outgoing},
    ops::Health,
    time::Timestamp,
    trace::TraceContext,
};

/// The most deadlines looked at in one sweep.
const MOST: i64 = 500;
/// A deadline that was announced is not announced again this soon: its message may just be waiting in the inbox.
const ANNOUNCE_AGAIN: Duration = Duration::from_secs(30);

/// Looks for due aggregates until shutdown. Every worker of a pool sweeps: an announcement has an id of its own, so
/// repetitions have no effect.
pub(super) struct Sweeper<H> {
    pub(super) worker: &'static str,
    pub(super) handler: Arc<H>,
    pub(super) commands: Commands,
    pub(super) publisher: Publisher,
    pub(super) every: Duration,
    pub(super) health: Health,
    pub(super) shutdown: CancellationToken,
}

impl<H: Handler> Sweeper<H> {
    pub(super) async fn run(self) {
        let mut announced: HashMap<MessageId, Instant> = HashMap::new();
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = self.shutdown.cancelled() => return,
            }
            announced.retain(|_, at| at.elapsed() < ANNOUNCE_AGAIN);
            let swept = self.sweep(&mut announced).await;
            if let Err(problem) = &swept {
                tracing::warn!(worker = self.worker, problem, "deadlines not swept; trying again");
            }
            self.health.report("deadlines", swept);
        }
    }

    async fn sweep(&self, announced: &mut HashMap<MessageId, Instant>) -> Result<(), String> {
        let now = Timestamp::now();
        let mut outgoing = Vec::new();
        let mut ids = Vec::new();
        for due in self.commands.due(H::State::COLLECTION, now, MOST).await.map_err(|error| error.to_string())? {
            let id = MessageId::of_fact(&format!("{}/deadline/{}/{}", self.worker, due.id, due.due_at.as_millis()));
            let Some(message) = self.handler.deadline_reached(&due.id, due.due_at) else { continue };
            if announced.contains_key(&id) {
                continue;
            }
            let origin = Origin::first(id, CorrelationId::from_uuid(id.as_uuid()), now, TraceContext::start());
            outgoing.push(Outgoing::new(&due.id, &message, origin).map_err(|error| error.to_string())?);
            ids.push(id);
        }
        if outgoing.is_empty() {
            return Ok(());
        }
        self.publisher.publish(&outgoing).await.map_err(|error| error.to_string())?;
        counter!("engine_deadlines_total", "worker" => self.worker).increment(outgoing.len() as u64);
        announced.extend(ids.into_iter().map(|id| (id, Instant::now())));
        Ok(())
    }
}
