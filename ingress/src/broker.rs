//! Whether the broker takes what the ingress appends, for `/readyz`.

use std::time::Duration;

use futures::future::BoxFuture;
use schemas::{orders::OrdersMessage, payments::PaymentsMessage, shipping::ShippingMessage};
use shared::{
    config::KafkaSettings,
    engine::{DeadLetter, Resend},
    kafka::ensure_topics,
    message::{Outgoing, Topic},
    ops::Health,
};
use tokio_util::sync::CancellationToken;

use crate::inbox::{Append, Unacknowledged};

/// The part of the daemon's health that is told here.
pub const PART: &str = "kafka";
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How long the broker may take to answer a look.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

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

/// Makes sure that the inboxes exist, at first because a record for a topic that does not exist would only time out, then
/// again and again as a question that only a working broker answers.
pub async fn look_after(kafka: KafkaSettings, health: Health, shutdown: CancellationToken) {
    let work = async {
        loop {
            health.report(PART, look(kafka.clone(), shutdown.clone()).await);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    shutdown.run_until_cancelled(work).await;
}

/// On a thread of its own, because the client library joins its threads when it is dropped.
async fn look(kafka: KafkaSettings, shutdown: CancellationToken) -> Result<(), String> {
    let runtime = tokio::runtime::Handle::current();
    let asked = tokio::task::spawn_blocking(move || {
        let inboxes = [OrdersMessage::TOPIC, PaymentsMessage::TOPIC, ShippingMessage::TOPIC];
        // The process does not end before this thread does.
        let asking = async { tokio::time::timeout(ANSWER_WITHIN, ensure_topics(&kafka, &inboxes)).await };
        runtime.block_on(shutdown.run_until_cancelled(asking))
    });
    match asked.await {
        Ok(Some(Ok(answer))) => answer.map_err(|error| error.to_string()),
        Ok(Some(Err(_)) | None) => Err("does not answer".to_owned()),
        Err(error) => Err(error.to_string()),
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

    use schemas::{ids::OrderId, orders::CancelOrder};
    use shared::{
        id::{CorrelationId, MessageId},
        message::Origin,
        time::Timestamp,
        trace::TraceContext,
    };

    use super::*;
    use crate::testing::Broker;

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
        let looking = tokio::spawn(look_after(settings, health.clone(), shutdown.clone()));
        tokio::time::timeout(ANSWER_WITHIN * 2, async {
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
