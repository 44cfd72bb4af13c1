//! Whether the broker takes what the ingress appends, for `/readyz`, and how far the workers are behind, for the admission.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use shared::{
    config::KafkaSettings,
    engine::{DeadLetter, Resend},
    kafka::{LagProbe, ensure_topics},
    message::Outgoing,
    ops::Health,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::{
    admission::{Admission, watched},
    inbox::{Append, Unacknowledged},
};

/// The part of the daemon's health that is told here.
pub const PART: &str = "kafka";
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long the broker may take to create the inboxes.
const CREATED_WITHIN: Duration = Duration::from_secs(5);

/// A broker whose failures show in the daemon's health at once. Its next success need not: the next look tells, and lets
/// requests in again that find out.
pub struct Reporting<A> {
    broker: A,
    health: Health,
}

impl<A> Reporting<A> {
    /// This broker, told about in this health.
    pub const fn new(broker: A, health: Health) -> Self {
        Self { broker, health }
    }
}

impl<A: Append> Append for Reporting<A> {
    fn append(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Unacknowledged>> {
        Box::pin(async move {
            let outcome = self.broker.append(message).await;
            if let Err(error) = &outcome {
                self.health.report(PART, Err(error.to_string()));
            }
            outcome
        })
    }
}

/// Makes sure that the inboxes exist, because a record for a topic that does not exist would only time out; then looks at
/// them again and again, which is also a question that only a working broker answers.
pub async fn look_after(kafka: KafkaSettings, admission: Arc<Admission>, health: Health, shutdown: CancellationToken) {
    let watch = Watch { kafka, admission, health, shutdown, runtime: Handle::current() };
    // On a thread of its own, because the client library's questions block. The process does not end before it does.
    if let Err(error) = tokio::task::spawn_blocking(move || watch.run()).await {
        tracing::error!(%error, "nobody looks after the broker any more");
    }
}

struct Watch {
    kafka: KafkaSettings,
    admission: Arc<Admission>,
    health: Health,
    shutdown: CancellationToken,
    runtime: Handle,
}

impl Watch {
    fn run(&self) {
        let mut probe = None;
        while !self.shutdown.is_cancelled() {
            self.health.report(PART, self.look(&mut probe));
            self.runtime.block_on(self.shutdown.run_until_cancelled(tokio::time::sleep(LOOK_AGAIN)));
        }
    }

    fn look(&self, probe: &mut Option<LagProbe>) -> Result<(), String> {
        let probe = match probe {
            Some(probe) => probe,
            None => {
                self.create_inboxes()?;
                probe.insert(LagProbe::new(&self.kafka, &watched()).map_err(|error| error.to_string())?)
            }
        };
        let ends = probe.ends().map_err(|error| error.to_string())?;
        match probe.look(&ends) {
            Ok(look) => self.admission.hear(&look, Instant::now()),
            // Records are taken without it.
            Err(error) => tracing::warn!(%error, "the workers' backlog is not known"),
        }
        Ok(())
    }

    fn create_inboxes(&self) -> Result<(), String> {
        let topics: Vec<&str> = watched().iter().map(|inbox| inbox.topic).collect();
        let creating = async { tokio::time::timeout(CREATED_WITHIN, ensure_topics(&self.kafka, &topics)).await };
        match self.runtime.block_on(self.shutdown.run_until_cancelled(creating)) {
            Some(Ok(answer)) => answer.map_err(|error| error.to_string()),
            Some(Err(_)) | None => Err("does not answer".to_owned()),
        }
    }
}

impl<A: Append> Resend for Reporting<A> {
    fn resend<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), String>> {
        self.broker.resend(letter)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use schemas::{
        ids::OrderId,
        orders::{CancelOrder, OrdersMessage},
    };
    use shared::{
        id::{CorrelationId, MessageId},
        message::Origin,
        time::Timestamp,
        trace::TraceContext,
    };

    use super::*;
    use crate::{settings::AdmissionSettings, testing::Broker};

    fn message() -> Outgoing {
        let order_id = OrderId::generate();
        let (id, correlation) = (MessageId::generate(), CorrelationId::generate());
        let origin = Origin::first(id, correlation, Timestamp::from_millis(0), TraceContext::start());
        let cancel: OrdersMessage = CancelOrder { order_id, reason: String::new() }.into();
        Outgoing::new(&order_id.to_string(), &cancel, origin).unwrap()
    }

    #[tokio::test]
    async fn a_broker_that_does_not_acknowledge_shows_in_the_health() {
        let health = Health::default();
        let reporting = Reporting::new(Broker::default(), health.clone());
        reporting.append(message()).await.unwrap();
        assert!(health.problems().is_empty());
        reporting.broker.down.store(true, Ordering::Relaxed);
        assert!(reporting.append(message()).await.is_err());
        assert!(health.problems().contains_key(PART));
    }

    #[tokio::test]
    async fn a_broker_that_is_not_there_is_looked_for_and_not_found() {
        let health = Health::default();
        let settings = KafkaSettings {
            brokers: "127.0.0.1:1".to_owned(),
            topic_prefix: String::new(),
            partitions: 1,
            replication: 1,
            session_timeout_ms: 6_000,
            instance: String::new(),
        };
        let shutdown = CancellationToken::new();
        let admission = Arc::new(Admission::new(&AdmissionSettings::default()));
        let looking = tokio::spawn(look_after(settings, admission, health.clone(), shutdown.clone()));
        tokio::time::timeout(CREATED_WITHIN * 2, async {
            while health.problems().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
        .unwrap();
        shutdown.cancel();
        looking.await.unwrap();
    }
}
