//! `POST /webhooks/carriers/{carrier}`

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
};
use schemas::shipping::ShippingMessage;
use shared::time::Timestamp;

use super::intake::{Arrival, Outcome, disbelieved, hand_on, header, ignore, malformed, named_order, unix_seconds};
use crate::{
    app::App,
    extract::{Path, RawBody},
    problem::{NOT_FOUND, Problem},
    webhooks::{Reading, carrier, signature},
};

const SOURCE: &str = "carrier";
const SIGNATURE: HeaderName = HeaderName::from_static("x-carrier-signature");

/// Takes a tracking event from a carrier.
#[utoipa::path(post, path = "/webhooks/carriers/{carrier}", tag = "webhooks", request_body = Object,
    params(("carrier" = String, Path)),
    responses(
        (status = 200, description = "The event is safe, or means nothing to the shop"),
        (status = 404, description = "not_found"),
    ))]
pub async fn carrier_event(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Outcome {
    let proof = header(&headers, &SIGNATURE).unwrap_or_default();
    signature::verify_timestamped(proof, &body, &app.settings.carrier_secrets(Timestamp::now()), unix_seconds())
        .map_err(|reason| disbelieved(SOURCE, reason))?;
    if !is_carrier_name(&name) {
        return Err(Problem::new(NOT_FOUND));
    }
    let tracking = match carrier::read(&body, &name).map_err(|reason| malformed(SOURCE, &reason))? {
        Reading::Ignored(kind) => return ignore(SOURCE, &kind),
        Reading::Event(tracking) => tracking,
    };
    let order = match named_order(&tracking.reference) {
        Some(order) => Some(order),
        None => app.references.order_of_shipment(&tracking.reported.shipment_ref).await?,
    };
    // Two carriers may give two events the same id.
    let event_id = format!("{name}/{}", tracking.reported.event_id);
    let arrival = Arrival { source: SOURCE, event_id: &event_id, order };
    hand_on::<ShippingMessage>(&app, arrival, tracking.reported, &headers).await
}

fn is_carrier_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}
