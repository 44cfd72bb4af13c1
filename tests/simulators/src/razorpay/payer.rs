//! The customer and their bank.

use super::Razorpay;
use super::error::RazorpayError;
use super::event::{Kind, RazorpayEvent};
use super::payment::{OrderTerms, Payment, PaymentStatus, PaymentTerms};
use super::render::PaymentEntity;
use crate::clock::unix_millis;
use crate::ids::fresh;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// How often a customer who pays on their own tries; then they go away.
const MOST_TRIES: u32 = 4;

/// How the customer's try ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// The bank promises the money, unless chance declines.
    #[default]
    Authorized,
    /// The bank declines.
    Failed,
}

/// The body of `POST /_sim/orders/{id}/pay`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Try {
    method: String,
    outcome: Outcome,
    /// Minor units to pay instead of the order's amount.
    amount: Option<i64>,
}

impl Default for Try {
    fn default() -> Self {
        Self { method: "card".to_owned(), outcome: Outcome::Authorized, amount: None }
    }
}

/// `POST /_sim/orders/{id}/pay`: the customer goes through the checkout.
pub(super) async fn pay(State(razorpay): State<Arc<Razorpay>>, Path(id): Path<String>, body: Bytes) -> Response {
    let read = if body.is_empty() { Ok(Try::default()) } else { serde_json::from_slice(&body) };
    let paid = read.map_err(|error| RazorpayError::malformed(&error)).and_then(|attempt| razorpay.pay(&id, attempt));
    match paid {
        Ok(payment) => json(StatusCode::OK, &PaymentEntity::of(&payment)),
        Err(error) => error.response(),
    }
}

impl Razorpay {
    /// The customer tries to pay an order; the payment as it stands afterwards.
    fn pay(self: &Arc<Self>, order: &str, attempt: Try) -> Result<Payment, RazorpayError> {
        if attempt.amount.is_some_and(|amount| amount < 1) {
            return Err(RazorpayError::field("amount", "The amount must be at least 1"));
        }
        let now = unix_millis();
        let make = |terms: &Arc<OrderTerms>| {
            let order = Arc::clone(terms);
            let amount = attempt.amount.unwrap_or(order.amount);
            Payment::new(PaymentTerms {
                id: fresh("pay_", 14),
                order,
                amount,
                method: attempt.method,
                created_at: now / 1_000,
            })
        };
        let payment = self.book().attempt(order, now, make).ok_or_else(RazorpayError::missing)??;
        let approved = attempt.outcome == Outcome::Authorized && !self.switches.declines();
        let id = payment.terms.id.clone();
        match self.switches.late_authorization() {
            None => Ok(self.settle(&id, approved).unwrap_or(payment)),
            Some(delay) => {
                self.settle_after(delay, id, approved);
                Ok(payment)
            }
        }
    }

    /// The bank answers; the payment as it stands afterwards, unless it is gone.
    fn settle(&self, id: &str, approved: bool) -> Option<Payment> {
        let mut book = self.book();
        let (record, order) = book.payment_and_order(id)?;
        if !record.payment.settle(approved) {
            return Some(record.payment.clone());
        }
        let kind: fn(Payment) -> Kind = if approved { Kind::Authorized } else { Kind::Failed };
        self.outbox.post(RazorpayEvent::now(kind(record.payment.clone())));
        if approved && order.terms.captures_at_once {
            let (amount, currency) = (record.payment.terms.amount, order.terms.currency.clone());
            // Refused when another payment won the order meanwhile; then this one stays authorised.
            let _ = self.take(record, order, amount, &currency);
        }
        Some(record.payment.clone())
    }

    fn settle_after(self: &Arc<Self>, delay: Duration, id: String, approved: bool) {
        let razorpay = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            razorpay.settle(&id, approved);
        });
    }

    /// Lets the customer of a fresh order pay on their own, if customers do. One who is declined tries again.
    pub(super) fn expect_payment(self: &Arc<Self>, order: String) {
        let Some(patience) = self.setup.auto_pay else { return };
        let razorpay = Arc::clone(self);
        tokio::spawn(async move {
            for _ in 0..MOST_TRIES {
                tokio::time::sleep(patience).await;
                // Refused when a test has paid the order already.
                match razorpay.pay(&order, Try::default()) {
                    Ok(payment) if payment.status == PaymentStatus::Failed => {}
                    _ => return,
                }
            }
        });
    }
}
