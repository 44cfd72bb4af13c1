//! What all webhooks have in common: nothing is answered 2xx before the event is safe in a worker's inbox.

use axum::{
    Json as Answer,
    http::{HeaderMap, HeaderName},
};
use schemas::{ids::OrderId, payments::PaymentsMessage};
use serde::Serialize;
use shared::{id::MessageId, message::Topic, time::Timestamp};
use utoipa::ToSchema;

use crate::{
    app::App,
    inbox,
    problem::{INVALID_SIGNATURE, MALFORMED_EVENT, Problem},
    webhooks::{GatewayEvent, Malformed, signature::Disbelief},
};

/// The event was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// Always true.
    received: bool,
}

/// What a webhook answers.
pub type Outcome = Result<Answer<Received>, Problem>;

/// The answer to an event that is taken, or that means nothing to us.
pub const RECEIVED: Outcome = Ok(Answer(Received { received: true }));

/// One signed event, as the intake sees it.
pub struct Arrival<'a> {
    /// Who sent it, for metrics and logs.
    pub source: &'static str,
    /// The sender's id of it; one effect each.
    pub event_id: &'a str,
    /// Our order, if it could be found.
    pub order: Option<OrderId>,
}

/// The value of a header that is sent once.
pub fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Hands an event to the worker `T`. One that is signed but of no order of ours is somebody else's on the same account:
/// taken, counted, and left alone, for repeating it would change nothing.
pub async fn hand_on<T: Topic>(app: &App, arrival: Arrival<'_>, message: impl Into<T>, headers: &HeaderMap) -> Outcome {
    let Arrival { source, event_id, order } = arrival;
    let Some(order) = order else {
        metrics::counter!("webhooks_unmatched_total", "source" => source).increment(1);
        tracing::warn!(source, event_id, "a signed event is of no order of ours");
        return RECEIVED;
    };
    let id = MessageId::of_fact(&format!("{source}/{event_id}"));
    let from = inbox::From::about(order, id, Timestamp::now(), headers);
    app.inbox.send::<T>(order, message, from).await?;
    metrics::counter!("webhooks_taken_total", "source" => source).increment(1);
    RECEIVED
}

/// Hands a payment gateway's event to the payments worker, under the order that it names or whose payment it names.
pub async fn hand_on_gateway_event(
    app: &App,
    source: &'static str,
    event: GatewayEvent,
    headers: &HeaderMap,
) -> Outcome {
    let (order_ref, gateway_ref) = event.names();
    let order = match named_order(order_ref) {
        Some(order) => Some(order),
        None => app.references.order_of_payment(gateway_ref).await?,
    };
    let event_id = event.id().to_owned();
    hand_on::<PaymentsMessage>(app, Arrival { source, event_id: &event_id, order }, event, headers).await
}

/// Counts an event of a type that means nothing to us.
pub fn ignore(source: &'static str, kind: &str) -> Outcome {
    metrics::counter!("webhooks_ignored_total", "source" => source).increment(1);
    tracing::debug!(source, kind, "event ignored");
    RECEIVED
}

/// The answer to a webhook that is not believed.
pub fn disbelieved(source: &'static str, reason: Disbelief) -> Problem {
    metrics::counter!("webhooks_refused_total", "source" => source).increment(1);
    Problem::new(INVALID_SIGNATURE).detail(reason.to_string())
}

/// The answer to a signed body that cannot be read.
pub fn malformed(source: &'static str, reason: &Malformed) -> Problem {
    metrics::counter!("webhooks_refused_total", "source" => source).increment(1);
    tracing::warn!(source, %reason, "a signed webhook cannot be read");
    Problem::new(MALFORMED_EVENT).detail(reason.to_string())
}

/// The order that an event names itself.
pub fn named_order(reference: &str) -> Option<OrderId> {
    reference.parse().ok()
}

/// Now, as signatures count time.
pub fn unix_seconds() -> i64 {
    Timestamp::now().as_millis().div_euclid(1000)
}
