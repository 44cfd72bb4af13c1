//! The Payments endpoints.

use super::Razorpay;
use super::book::PaymentRecord;
use super::error::RazorpayError;
use super::event::{Kind, RazorpayEvent};
use super::mutate::perform;
use super::payment::{Order, Payment, Refusal};
use super::render::{Collection, PaymentEntity};
use crate::clock::unix_millis;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
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

/// The query of `GET /v1/payments`. Times are Unix seconds; both ends are included.
#[derive(Deserialize)]
pub(super) struct Filter {
    from: Option<i64>,
    to: Option<i64>,
    count: Option<usize>,
    skip: Option<usize>,
}

/// `GET /v1/payments`, newest first.
pub(super) async fn list(State(razorpay): Shared, Query(filter): Query<Filter>) -> Response {
    let (from, to) = (filter.from.unwrap_or(i64::MIN), filter.to.unwrap_or(i64::MAX));
    let book = razorpay.book();
    let made = book.payments.iter().rev().map(|record| &record.payment);
    let wanted = made.filter(|payment| (from..=to).contains(&payment.terms.created_at));
    let page = wanted.skip(filter.skip.unwrap_or(0)).take(filter.count.unwrap_or(10).min(100));
    json(StatusCode::OK, &Collection::of(page.map(PaymentEntity::of).collect::<Vec<_>>()))
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
