//! The Payments endpoints.

use super::Razorpay;
use super::book::PaymentRecord;
use super::error::RazorpayError;
use super::event::{Kind, RazorpayEvent};
use super::mutate::perform;
use super::payment::{Order, Payment, Refusal};
use super::render::PaymentEntity;
use crate::clock::unix_millis;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

type Shared = State<Arc<Razorpay>>;

/// The body of `POST /v1/payments/{id}/capture`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    amount: i64,
    #[serde(default = "rupees")]
    currency: String,
}

fn rupees() -> String {
    "INR".to_owned()
}

fn show(payment: &Payment) -> Response {
    json(StatusCode::OK, &PaymentEntity::of(payment))
}

/// `GET /v1/payments/{id}`
pub(super) async fn retrieve(State(razorpay): Shared, Path(id): Path<String>) -> Response {
    let found = razorpay.book().payment(&id);
    match found {
        Some(payment) => show(&payment),
        None => RazorpayError::missing().response(),
    }
}

/// `POST /v1/payments/{id}/capture`
pub(super) async fn capture(State(razorpay): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    match serde_json::from_slice::<Wish>(&body) {
        Err(error) => RazorpayError::malformed(&error).response(),
        Ok(wish) => {
            let effect = move |razorpay: &Arc<Razorpay>| {
                let mut book = razorpay.book();
                let (record, order) = book.payment_and_order(&id).ok_or_else(RazorpayError::missing)?;
                razorpay.take(record, order, wish.amount, &wish.currency)?;
                Ok(record.payment.clone())
            };
            perform(razorpay, effect, show).await
        }
    }
}

impl Razorpay {
    /// Takes an authorised payment, keeps the books and posts the events.
    pub(super) fn take(
        &self,
        record: &mut PaymentRecord,
        order: &mut Order,
        amount: i64,
        currency: &str,
    ) -> Result<(), Refusal> {
        let paid = record.payment.capture(order, amount, currency)?;
        record.captured_ms = Some(unix_millis());
        self.outbox.post(RazorpayEvent::now(Kind::Captured(record.payment.clone())));
        if paid {
            self.outbox.post(RazorpayEvent::now(Kind::OrderPaid(record.payment.clone(), order.clone())));
        }
        Ok(())
    }
}
