//! The Refunds endpoints.

use super::Razorpay;
use super::book::Refund;
use super::error::RazorpayError;
use super::event::{Kind, RazorpayEvent};
use super::mutate::perform;
use super::orders::notes;
use super::render::{Collection, RefundEntity};
use crate::clock::unix_millis;
use crate::idempotency::{Claim, fingerprint};
use crate::ids::fresh;
use crate::ledger::Labels;
use crate::web::{header_text, json};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// <https://razorpay.com/docs/api/refunds/normal-refunds-idempotent>
const KEY_HEADER: &str = "x-refund-idempotency";
const SHORTEST_KEY: usize = 10;

type Shared = State<Arc<Razorpay>>;

/// The body of `POST /v1/payments/{id}/refund`; it may be empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    amount: Option<i64>,
    #[serde(deserialize_with = "notes")]
    notes: Labels,
    receipt: Option<String>,
    speed: Option<String>,
}

impl Wish {
    fn parse(body: &Bytes) -> Result<Self, RazorpayError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let wish: Self = serde_json::from_slice(body).map_err(|error| RazorpayError::malformed(&error))?;
        match wish.speed.as_deref() {
            None | Some("normal" | "optimum") => Ok(wish),
            Some(_) => Err(RazorpayError::field("speed", "The speed must be normal or optimum")),
        }
    }
}

/// `POST /v1/payments/{id}/refund`
pub(super) async fn create(
    State(razorpay): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let read = Wish::parse(&body).and_then(|wish| Ok((wish, key(&headers)?)));
    let (wish, key) = match read {
        Ok(read) => read,
        Err(error) => return error.response(),
    };
    if let Some(key) = &key {
        match razorpay.refund_keys.claim(key, fingerprint(&id, &body[..])) {
            Claim::New => {}
            Claim::Replay(refund) => return show(&refund),
            Claim::InUse => return RazorpayError::key_in_use().response(),
            Claim::Mismatch => return RazorpayError::key_reused().response(),
        }
    }
    perform(razorpay, move |razorpay| keyed(razorpay, &id, wish, key), show).await
}

/// The idempotency key, which must be long enough and of plain characters.
fn key(headers: &HeaderMap) -> Result<Option<String>, RazorpayError> {
    let plain = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match header_text(headers, KEY_HEADER) {
        None => Ok(None),
        Some(key) if key.len() >= SHORTEST_KEY && plain(key) => Ok(Some(key.to_owned())),
        Some(_) => Err(RazorpayError::bad_request(
            "The idempotency key must be at least 10 characters of letters, digits, hyphens and underscores",
        )),
    }
}

fn show(refund: &Arc<Refund>) -> Response {
    json(StatusCode::OK, &RefundEntity::of(refund))
}

/// Refunds under a claimed key. A refused refund frees its key: it made nothing that could be repeated.
fn keyed(razorpay: &Razorpay, payment: &str, wish: Wish, key: Option<String>) -> Result<Arc<Refund>, RazorpayError> {
    let refund = give_back(razorpay, payment, wish, key.clone());
    if let Some(key) = key {
        match &refund {
            Ok(refund) => razorpay.refund_keys.finish(&key, Arc::clone(refund)),
            Err(_) => razorpay.refund_keys.release(&key),
        }
    }
    refund
}

fn give_back(
    razorpay: &Razorpay,
    payment: &str,
    wish: Wish,
    key: Option<String>,
) -> Result<Arc<Refund>, RazorpayError> {
    let mut book = razorpay.book();
    let (record, _) = book.payment_and_order(payment).ok_or_else(RazorpayError::missing)?;
    let amount = record.payment.refund(wish.amount)?;
    let payment = record.payment.clone();
    let refund = book.add_refund(Refund {
        id: fresh("rfnd_", 14),
        amount,
        payment: payment.clone(),
        notes: wish.notes,
        receipt: wish.receipt,
        key,
        at_ms: unix_millis(),
    });
    razorpay.outbox.post(RazorpayEvent::now(Kind::RefundProcessed(payment, Arc::clone(&refund))));
    Ok(refund)
}

/// `GET /v1/refunds/{id}`
pub(super) async fn retrieve(State(razorpay): Shared, Path(id): Path<String>) -> Response {
    let found = razorpay.book().refund(&id);
    match found {
        Some(refund) => show(&refund),
        None => RazorpayError::missing().response(),
    }
}

/// `GET /v1/payments/{id}/refunds`
pub(super) async fn of_payment(State(razorpay): Shared, Path(id): Path<String>) -> Response {
    let found = razorpay.book().refunds_of(&id);
    match found {
        Some(refunds) => {
            let items: Vec<_> = refunds.iter().map(|refund| RefundEntity::of(refund)).collect();
            json(StatusCode::OK, &Collection::of(items))
        }
        None => RazorpayError::missing().response(),
    }
}
