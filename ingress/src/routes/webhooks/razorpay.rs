//! `POST /webhooks/razorpay`

use shared::time::Timestamp;
use std::sync::Arc;

use super::intake::{Outcome, disbelieved, hand_on_gateway_event, header, ignore, malformed};
use crate::{
    app::App,
    extract::RawBody,
    webhooks::{Reading, razorpay, signature},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
};

const SOURCE: &str = "razorpay";
const SIGNATURE: HeaderName = HeaderName::from_static("x-razorpay-signature");
const EVENT_ID: HeaderName = HeaderName::from_static("x-razorpay-event-id");

/// Takes an event from Razorpay.
#[utoipa::path(post, path = "/webhooks/razorpay", tag = "webhooks", request_body = Object, responses(
    (status = 200, description = "The event is safe, or means nothing to the shop"),
))]
pub async fn razorpay_event(State(app): State<Arc<App>>, headers: HeaderMap, RawBody(body): RawBody) -> Outcome {
    let proof = header(&headers, &SIGNATURE).unwrap_or_default();
    signature::verify_plain(proof, &body, &app.settings.razorpay_secrets(Timestamp::now()))
        .map_err(|reason| disbelieved(SOURCE, reason))?;
    let reading = razorpay::read(&body, header(&headers, &EVENT_ID)).map_err(|reason| malformed(SOURCE, &reason))?;
    let event = match reading {
        Reading::Ignored(kind) => return ignore(SOURCE, &kind),
        Reading::Event(event) => event,
    };
    hand_on_gateway_event(&app, SOURCE, event, &headers).await
}
