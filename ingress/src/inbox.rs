//! Appending to the workers' inboxes: the only way in which the ingress changes anything about an order.

use std::sync::Arc;

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use schemas::ids::OrderId;
use shared::{
    engine::Resend,
    id::{CorrelationId, MessageId, Uuid},
    kafka::Publisher,
    message::{Origin, Outgoing, Topic},
    time::Timestamp,
    trace::TraceContext,
};

use crate::{
    admission::UnderWay,
    problem::{FATE_UNKNOWN, INTERNAL, Problem},
    trace,
};

/// The broker did not acknowledge a record: it may be in the topic or not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unacknowledged(pub String);

/// Whatever appends records and tells when they are safe.
pub trait Append: Resend + Send + Sync + 'static {
    /// Appends one record; done when the broker has acknowledged it on all in-sync replicas.
    fn append(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Unacknowledged>>;
}

impl Append for Publisher {
    fn append(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Unacknowledged>> {
        Box::pin(async move {
            let published = self.publish(std::slice::from_ref(&message)).await;
            published.map_err(|error| Unacknowledged(error.to_string()))
        })
    }
}

/// The inboxes.
#[derive(Clone)]
pub struct Inbox {
    broker: Arc<dyn Append>,
    appends: UnderWay,
}

/// What the envelope says about a message from outside.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// Its id: the same for every repetition of the same request or event.
    pub id: MessageId,
    /// What it belongs to.
    pub correlation: CorrelationId,
    /// When it was made.
    pub at: Timestamp,
    /// The trace it continues.
    pub trace: TraceContext,
}

impl From {
    /// Of a request about an order.
    #[must_use]
    pub fn about(order: OrderId, id: MessageId, at: Timestamp, headers: &HeaderMap) -> Self {
        Self::concerning(order.as_uuid(), id, at, headers)
    }

    /// Of a request about whatever has this id.
    #[must_use]
    pub fn concerning(subject: Uuid, id: MessageId, at: Timestamp, headers: &HeaderMap) -> Self {
        Self { id, correlation: CorrelationId::from_uuid(subject), at, trace: trace::of(headers) }
    }
}

impl Inbox {
    /// Inboxes on this broker; what it has not acknowledged is counted.
    #[must_use]
    pub fn new(broker: Arc<dyn Append>, appends: UnderWay) -> Self {
        Self { broker, appends }
    }

    /// Sends a message about an order and returns once it is safe.
    ///
    /// # Errors
    /// A problem that says the fate is unknown, never that the message was rejected: it may be in the topic. Sent again
    /// it has the same id, and the workers know repetitions.
    pub async fn send<T: Topic>(&self, order: OrderId, message: impl Into<T>, from: From) -> Result<(), Problem> {
        self.send_to(&order.to_string(), message.into(), from).await
    }

    /// As [`Inbox::send`], to an aggregate that is no order's.
    ///
    /// # Errors
    /// The same.
    pub async fn send_to<T: Topic>(&self, key: &str, message: T, from: From) -> Result<(), Problem> {
        let origin = Origin::first(from.id, from.correlation, from.at, from.trace);
        let outgoing = Outgoing::new(key, &message, origin).map_err(|error| Problem::new(INTERNAL).because(error))?;
        let _under_way = self.appends.begin(outgoing.payload.len());
        self.broker.append(outgoing).await.map_err(|error| {
            metrics::counter!("ingress_appends_unknown_total", "topic" => T::TOPIC).increment(1);
            let advice = "the request may or may not have been taken: retry with the same Idempotency-Key";
            Problem::new(FATE_UNKNOWN).detail(advice).retry_after(1).because(error)
        })
    }
}
