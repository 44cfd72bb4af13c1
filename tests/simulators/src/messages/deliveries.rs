//! Taking messages, and reading those that were taken.

use super::book::{Delivery, Message, Taken};
use super::{Provider, problem};
use crate::clock::unix_millis;
use crate::faults::Fate;
use crate::web::{hang_up, header_text, json, see_through};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// `POST /v1/messages`
pub(super) async fn take(State(provider): State<Arc<Provider>>, headers: HeaderMap, body: Bytes) -> Response {
    let message = match serde_json::from_slice::<Message>(&body) {
        Ok(message) => message,
        Err(error) => return problem(StatusCode::BAD_REQUEST, "malformed", &error.to_string()),
    };
    if let Some(fault) = message.fault(header_text(&headers, "idempotency-key")) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "unfit", fault);
    }
    see_through(deliver(provider, message)).await
}

/// Delivers a message and answers as the fault switches say.
async fn deliver(provider: Arc<Provider>, message: Message) -> Response {
    provider.switches.pause().await;
    if provider.switches.declines() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "no_capacity", "no line is free; try again later");
    }
    let id = message.id.clone();
    if provider.book().take(message, unix_millis()) == Taken::Other {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "id_reused", "the id belongs to another message");
    }
    match provider.switches.fate() {
        Fate::Answer => json(StatusCode::ACCEPTED, &serde_json::json!({ "id": id })),
        Fate::Error500 => problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong"),
        Fate::HangUp => hang_up(Duration::from_millis(provider.switches.current().timeout_hold_ms)).await,
    }
}

/// The query of `GET /_sim/messages`.
#[derive(Deserialize)]
pub(super) struct Filter {
    to: Option<String>,
}

/// `GET /_sim/messages?to=`: what was delivered, the newest first.
pub(super) async fn read(State(provider): State<Arc<Provider>>, Query(filter): Query<Filter>) -> Response {
    let book = provider.book();
    let wanted = |delivery: &&Delivery| filter.to.as_ref().is_none_or(|to| *to == delivery.message.to);
    json(StatusCode::OK, &book.all().iter().rev().filter(wanted).collect::<Vec<_>>())
}
