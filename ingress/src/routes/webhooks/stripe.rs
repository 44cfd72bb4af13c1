//! `POST /webhooks/stripe`

use shared::time::Timestamp;
use std::sync::Arc;

use super::intake::{Outcome, disbelieved, hand_on_gateway_event, header, ignore, malformed, unix_seconds};
use crate::{
    app::App,
    extract::RawBody,
    webhooks::{Reading, signature, stripe},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
};

const SOURCE: &str = "stripe";
const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// Takes an event from Stripe.
#[utoipa::path(post, path = "/webhooks/stripe", tag = "webhooks", request_body = Object, responses(
    (status = 200, description = "The event is safe, or means nothing to the shop"),
))]
pub async fn stripe_event(State(app): State<Arc<App>>, headers: HeaderMap, RawBody(body): RawBody) -> Outcome {
    let proof = header(&headers, &SIGNATURE).unwrap_or_default();
    signature::verify_timestamped(proof, &body, &app.settings.stripe_secrets(Timestamp::now()), unix_seconds())
        .map_err(|reason| disbelieved(SOURCE, reason))?;
    let event = match stripe::read(&body).map_err(|reason| malformed(SOURCE, &reason))? {
        Reading::Ignored(kind) => return ignore(SOURCE, &kind),
        Reading::Event(event) => event,
    };
    hand_on_gateway_event(&app, SOURCE, event, &headers).await
}
