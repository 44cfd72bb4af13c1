//! The steps that a batch goes through, each repeated until it succeeds.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{counter, histogram};
use tokio_util::sync::CancellationToken;

use super::{
    ById, Dead, DeadLetter, Handler, Loaded, Place, Plan, Refusal, Taken,
    dead_letters::{self, LetterStore, release::release},
    known::Known,
    parked_keys::ParkedKeys,
    plan::{self, DocumentOf},
    store::{Refused, Store, Unwritten},
};
use crate::{
    kafka::{Publisher, Received},
    message::{Delivery, Outgoing, Position, Topic},
    ops::Health,
    retry::Patience,
    time::Timestamp,
    trace::TraceContext,
};

/// How long a step (a read, a bulk write, a batch of messages) may take before it is taken again.
const STEP_WITHIN: Duration = Duration::from_secs(20);

/// Where a batch is worked on: each step is repeated until it succeeds or the daemon stops.
pub(super) struct Desk<H: Handler> {
    pub(super) name: &'static str,
    pub(super) handler: Arc<H>,
    pub(super) store: Store,
    pub(super) letters: LetterStore,
    pub(super) known: Known<DocumentOf<H>>,
    pub(super) parked: ParkedKeys,
    pub(super) publisher: Publisher,
    pub(super) shutdown: CancellationToken,
    pub(super) health: Health,
}

type DecodedBatch<M> = (Vec<Delivery<M>>, Vec<usize>);

/// The places of the records of a batch that had waited and were sent again.
pub(super) type Places = HashMap<Position, Place>;

impl<H: Handler> Desk<H> {
    /// Makes sure that it is known which of the batch's aggregates are parked.
    pub(super) async fn look_up_parked(&mut self, records: &[Received], batch: &[Delivery<H::Message>]) -> Option<()> {
        let ids: HashSet<&str> = batch.iter().map(|delivery| delivery.aggregate_id.as_str()).collect();
        for wait in Patience::STORES.waits() {
            match self.parked.look_up(records, &ids).await {
                Ok(()) => return Some(()),
                Err(error) => self.wait_after("parked", error.to_string(), wait).await?,
            }
        }
        None
    }

    /// The records that can be understood, each with its index; the others become dead letters.
    pub(super) async fn decode(&self, records: &[Received]) -> Option<DecodedBatch<H::Message>> {
        let (mut batch, mut kept) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
        let mut unreadable = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let trace = record.traceparent.as_deref().and_then(TraceContext::parse);
            match Delivery::decode(&record.payload, record.position, record.at, trace) {
                Ok(delivery) => {
                    batch.push(delivery);
                    kept.push(index);
                }
                Err(error) => {
                    let refusal = Refusal::new("undecodable", error.to_string());
                    unreadable.push(DeadLetter::unreadable(H::Message::TOPIC, record, &refusal, Timestamp::now()));
                }
            }
        }
        self.keep_aside(&unreadable).await?;
        Some((batch, kept))
    }

    /// Loads, plans and writes. What meets another writer, was decided on a memory without proof, or would have what others turn
    /// out to have, is loaded, planned and written again.
    pub(super) async fn plan_and_write(&mut self, batch: &[Delivery<H::Message>], places: &Places) -> Option<Plan<H>> {
        let mut which: Vec<usize> = (0..batch.len()).collect();
        let mut known = self.known.take(batch.iter().map(|delivery| delivery.aggregate_id.as_str()));
        let mut taken = HashMap::new();
        let mut total: Option<Plan<H>> = None;
        loop {
            let known = std::mem::take(&mut known);
            let (mut next, unproven) = self.plan(batch, &which, known, (places, &taken)).await?;
            let unwritten = self.retry("write", || self.store.write::<H>(&next.writes)).await?;
            let mut again = self.withdraw(&mut next, unwritten, batch, &mut taken);
            counter!("engine_conflicts_total", "worker" => self.name).increment(again.len() as u64);
            again.extend(unproven);
            self.known.keep(std::mem::take(&mut next.writes));
            which.retain(|index| again.contains(&batch[*index].aggregate_id));
            match &mut total {
                Some(total) => total.absorb(next),
                None => total = Some(next),
            }
            if which.is_empty() {
                return total;
            }
        }
    }

    /// Plans on what is known and, for the rest, on what the store says. Returns the aggregates that have to be planned
    /// again on what the store says.
    async fn plan(
        &self,
        batch: &[Delivery<H::Message>],
        which: &[usize],
        known: ById<DocumentOf<H>>,
        (places, taken): (&Places, &HashMap<String, Vec<Taken>>),
    ) -> Option<(Plan<H>, HashSet<String>)> {
        let mut loaded = self.retry("load", || self.load(batch, which, &known)).await?;
        let remembered: HashSet<String> = known.keys().cloned().collect();
        loaded.documents.extend(known);
        loaded.parked = self.parked.of(which.iter().map(|index| batch[*index].aggregate_id.as_str()));
        loaded.places.clone_from(places);
        loaded.taken.clone_from(taken);
        let started = Instant::now();
        let mut plan = plan::plan(&*self.handler, batch, which, loaded);
        histogram!("engine_stage_seconds", "worker" => self.name, "stage" => "plan").record(started.elapsed());
        let unproven = plan.unproven(&remembered);
        plan.withdraw(&unproven, batch);
        Some((plan, unproven))
    }

    async fn load(
        &self,
        batch: &[Delivery<H::Message>],
        which: &[usize],
        known: &ById<DocumentOf<H>>,
    ) -> Result<Loaded<H>, mongodb::error::Error> {
        let ids = which.iter().map(|index| batch[*index].aggregate_id.as_str());
        let unknown: HashSet<&str> = ids.filter(|id| !known.contains_key(*id)).collect();
        let keys: HashSet<_> = which.iter().flat_map(|index| self.handler.rows(&batch[*index])).collect();
        let (documents, rows) = futures::join!(self.store.load::<H>(&unknown), self.store.load_rows(&keys));
        let ((documents, mut unreadable), (rows, damaged)) = (documents?, rows?);
        for delivery in which.iter().map(|index| &batch[*index]).filter(|_| !damaged.is_empty()) {
            for key in self.handler.rows(delivery) {
                if let Some(reason) = damaged.get(&key) {
                    unreadable.insert(delivery.aggregate_id.clone(), format!("{}: {reason}", key.id));
                }
            }
        }
        Ok(Loaded { documents, rows, unreadable, ..Loaded::default() })
    }

    /// Takes what could not be written out of the plan. Returns the aggregates to be planned again: those that others were
    /// faster with, and those that would have what is taken, which their handler now hears of.
    fn withdraw(
        &self,
        plan: &mut Plan<H>,
        unwritten: Unwritten,
        batch: &[Delivery<H::Message>],
        taken: &mut HashMap<String, Vec<Taken>>,
    ) -> HashSet<String> {
        let Unwritten { conflicts: mut again, refused } = unwritten;
        if again.is_empty() && refused.is_empty() {
            return again;
        }
        let all: HashSet<String> = again.iter().chain(refused.keys()).cloned().collect();
        plan.withdraw(&all, batch);
        let for_ever = hear_of(refused, taken, &mut again);
        for (index, delivery) in batch.iter().enumerate() {
            if let Some(refused) = for_ever.get(&delivery.aggregate_id) {
                let refusal = Refusal::new("write_refused", refused.reason.clone());
                plan.dead.push(Dead { delivery: index, refusal, place: None });
            }
        }
        again
    }

    pub(super) async fn save_rows(&self, plan: &Plan<H>) -> Option<()> {
        self.retry("rows", || self.store.save_rows(&plan.rows)).await
    }

    pub(super) async fn publish(&self, messages: &[Outgoing]) -> Option<()> {
        self.retry("publish", || self.publisher.publish(messages)).await
    }

    /// Keeps what goes aside, in the record and in the topic.
    pub(super) async fn keep_aside(&self, letters: &[DeadLetter]) -> Option<()> {
        if letters.is_empty() {
            return Some(());
        }
        for letter in letters {
            let DeadLetter { id, code, detail, .. } = letter;
            tracing::warn!(worker = self.name, letter = id, code, detail, "dead letter");
            counter!("engine_dead_letters_total", "worker" => self.name, "code" => code.clone()).increment(1);
        }
        let dead = letters.len() as u64;
        counter!("engine_records_total", "worker" => self.name, "outcome" => "dead").increment(dead);
        self.retry("dead_letter", || self.letters.keep(letters)).await?;
        self.retry("dead_letter", || dead_letters::append(&self.publisher, letters)).await
    }

    /// Parks keys, and moves or ends their parkings, as the plan says; last, when all else of the batch is done. Returns
    /// whether nobody else was there first: otherwise the whole batch is to be taken again, as if after a crash.
    pub(super) async fn park(&mut self, plan: &Plan<H>) -> Option<bool> {
        for wait in Patience::STORES.waits() {
            match self.parked.write(&plan.parkings).await {
                Ok(was_first) => return Some(was_first),
                // What was written before the error is found to be so, and the batch taken again.
                Err(error) => self.wait_after("parked", error.to_string(), wait).await?,
            }
        }
        None
    }

    /// Sends on those who waited for what this plan has let pass. The sweeper does as well, later, if this comes to nothing.
    pub(super) async fn send_on(&self, plan: &Plan<H>) {
        for parked in plan.parkings.values() {
            if let Err(error) = release(&self.letters, &self.publisher, parked).await {
                tracing::warn!(worker = self.name, key = parked.key, error, "those that wait are not sent on yet");
            }
        }
    }

    /// `None` when the daemon stops first.
    async fn wait_after(&self, stage: &'static str, error: String, wait: Duration) -> Option<()> {
        counter!("engine_retries_total", "worker" => self.name, "stage" => stage).increment(1);
        tracing::warn!(worker = self.name, stage, error, "trying again");
        self.shutdown.run_until_cancelled(tokio::time::sleep(wait)).await
    }

    /// Repeats a step until it succeeds. `None` when the daemon stops first.
    async fn retry<T, E, F, Fut>(&self, stage: &'static str, mut step: F) -> Option<T>
    where
        E: std::fmt::Display,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut failed = false;
        for wait in Patience::STORES.waits() {
            let started = Instant::now();
            // Every step may be taken again, so one that hangs is given up and taken again.
            let taken = tokio::time::timeout(STEP_WITHIN, step()).await;
            match taken.map_err(|_| "no answer in time".to_owned()).and_then(|r| r.map_err(|error| error.to_string())) {
                Ok(value) => {
                    if failed {
                        self.health.report(stage, Ok(()));
                    }
                    histogram!("engine_stage_seconds", "worker" => self.name, "stage" => stage)
                        .record(started.elapsed());
                    return Some(value);
                }
                Err(error) => {
                    counter!("engine_retries_total", "worker" => self.name, "stage" => stage).increment(1);
                    tracing::warn!(worker = self.name, stage, error, "trying again");
                    self.health.report(stage, Err(error));
                    failed = true;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.cancelled() => return None,
            }
        }
        None
    }
}

/// Notes what the store told to be taken: who has not heard of it decides again. Returns the refusals that stay, for nothing
/// new was told: so every aggregate comes to an end.
fn hear_of(
    refused: HashMap<String, Refused>,
    taken: &mut HashMap<String, Vec<Taken>>,
    again: &mut HashSet<String>,
) -> HashMap<String, Refused> {
    let mut for_ever = HashMap::new();
    for (id, refused) in refused {
        let known = taken.entry(id.clone()).or_default();
        match refused.taken {
            Some(value) if !known.contains(&value) => {
                known.push(value);
                again.insert(id);
            }
            taken => drop(for_ever.insert(id, Refused { taken, ..refused })),
        }
    }
    for_ever
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(id: &str, taken: Option<&str>) -> HashMap<String, Refused> {
        let taken = taken.map(|value| Taken { field: "state.slug".to_owned(), value: value.to_owned() });
        HashMap::from([(id.to_owned(), Refused { reason: "E11000".to_owned(), taken })])
    }

    #[test]
    fn a_handler_decides_again_for_each_value_that_it_has_not_heard_of_and_then_no_more() {
        let (mut taken, mut again) = (HashMap::new(), HashSet::new());
        for (told, stays) in [(Some("pads"), false), (Some("discs"), false), (Some("pads"), true), (None, true)] {
            again.clear();
            let for_ever = hear_of(refused("a", told), &mut taken, &mut again);
            assert_eq!((for_ever.contains_key("a"), again.contains("a")), (stays, !stays), "{told:?}");
        }
        assert_eq!(hear_of(refused("b", Some("pads")), &mut taken, &mut again).len(), 0, "each hears of its own");
        assert_eq!(taken["a"].len(), 2);
    }
}
