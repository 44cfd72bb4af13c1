//! The Orders endpoints.

use super::Razorpay;
use super::error::RazorpayError;
use super::mutate::perform;
use super::payment::{LEAST_AMOUNT, Order, OrderTerms};
use super::render::{Collection, OrderEntity, PaymentEntity};
use crate::clock::unix_millis;
use crate::ids::fresh;
use crate::ledger::Labels;
use crate::web::json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use std::sync::Arc;

type Shared = State<Arc<Razorpay>>;

/// The body of `POST /v1/orders`. The API refuses fields that it does not document, and so does this.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    amount: i64,
    currency: String,
    receipt: Option<String>,
    #[serde(default, deserialize_with = "notes")]
    notes: Labels,
    #[serde(default, deserialize_with = "flag")]
    payment_capture: bool,
    /// The newer way to say how the order's payments are captured; outranks `payment_capture`.
    payment: Option<CaptureSettings>,
    /// Makes a repeated creation with one receipt return the first order.
    #[serde(default, deserialize_with = "flag")]
    unique_receipt: bool,
}

/// <https://razorpay.com/docs/payments/payments/capture-settings/api/>
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaptureSettings {
    capture: CaptureMode,
    /// Understood, but no authorisation here lives long enough to expire.
    #[serde(default, rename = "capture_options")]
    _options: CaptureOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CaptureMode {
    Manual,
    Automatic,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaptureOptions {
    #[serde(rename = "automatic_expiry_period")]
    _automatic_expiry_period: Option<u32>,
    #[serde(rename = "manual_expiry_period")]
    _manual_expiry_period: Option<u32>,
    #[serde(rename = "refund_speed")]
    _refund_speed: Option<String>,
}

/// Notes come as an object, or as an empty array for none.
pub(super) fn notes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Object(Labels),
        Array([(); 0]),
    }
    Ok(match Option::<Either>::deserialize(deserializer)? {
        Some(Either::Object(labels)) => labels,
        Some(Either::Array([])) | None => Labels::new(),
    })
}

/// Flags come as booleans or, from older clients, as 0 and 1.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Flag(bool),
        Number(u8),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Flag(flag) => flag,
        Either::Number(number) => number != 0,
    })
}

impl Wish {
    fn captures_at_once(&self) -> bool {
        self.payment.as_ref().map_or(self.payment_capture, |payment| payment.capture == CaptureMode::Automatic)
    }

    fn parse(body: &Bytes) -> Result<Self, RazorpayError> {
        let wish: Self = serde_json::from_slice(body).map_err(|error| RazorpayError::malformed(&error))?;
        if wish.amount < LEAST_AMOUNT {
            return Err(RazorpayError::field("amount", "Order amount less than minimum amount allowed"));
        }
        if wish.currency.len() != 3 || !wish.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(RazorpayError::field("currency", "Currency is not supported"));
        }
        if wish.receipt.as_ref().is_some_and(|receipt| receipt.len() > 40) {
            return Err(RazorpayError::field("receipt", "The receipt may not be greater than 40 characters."));
        }
        if wish.notes.len() > 15 {
            return Err(RazorpayError::field("notes", "Number of fields in notes should be less than or equal to 15"));
        }
        Ok(wish)
    }
}

/// `POST /v1/orders`
pub(super) async fn create(State(razorpay): Shared, body: Bytes) -> Response {
    match Wish::parse(&body) {
        Err(error) => error.response(),
        Ok(wish) => perform(razorpay, move |razorpay| open(razorpay, wish), show).await,
    }
}

fn show(order: &Order) -> Response {
    json(StatusCode::OK, &OrderEntity::of(order))
}

fn open(razorpay: &Arc<Razorpay>, wish: Wish) -> Result<Order, RazorpayError> {
    let mut book = razorpay.book();
    if let (true, Some(receipt)) = (wish.unique_receipt, &wish.receipt)
        && let Some(first) = book.with_receipt(receipt).into_iter().next()
    {
        let same = first.terms.amount == wish.amount && first.terms.currency == wish.currency;
        let reused = || RazorpayError::field("receipt", "Order receipt should be unique.");
        return if same { Ok(first) } else { Err(reused()) };
    }
    let now = unix_millis();
    let captures_at_once = wish.captures_at_once();
    let order = Order::new(OrderTerms {
        id: fresh("order_", 14),
        amount: wish.amount,
        currency: wish.currency,
        receipt: wish.receipt,
        notes: Arc::new(wish.notes),
        captures_at_once,
        created_at: now / 1_000,
    });
    book.open(order.clone(), now);
    drop(book);
    razorpay.expect_payment(order.terms.id.clone());
    Ok(order)
}

/// `GET /v1/orders/{id}`
pub(super) async fn retrieve(State(razorpay): Shared, Path(id): Path<String>) -> Response {
    let found = razorpay.book().order(&id);
    match found {
        Some(order) => show(&order),
        None => RazorpayError::missing().response(),
    }
}

/// `GET /v1/orders/{id}/payments`
pub(super) async fn payments(State(razorpay): Shared, Path(id): Path<String>) -> Response {
    let found = razorpay.book().payments_of(&id);
    match found {
        Some(payments) => {
            json(StatusCode::OK, &Collection::of(payments.iter().map(PaymentEntity::of).collect::<Vec<_>>()))
        }
        None => RazorpayError::missing().response(),
    }
}

/// The query of `GET /v1/orders`.
#[derive(Deserialize)]
pub(super) struct Filter {
    receipt: Option<String>,
    count: Option<usize>,
}

/// `GET /v1/orders`, of one receipt or the latest.
pub(super) async fn list(State(razorpay): Shared, Query(filter): Query<Filter>) -> Response {
    let count = filter.count.unwrap_or(10).min(100);
    let orders = match &filter.receipt {
        Some(receipt) => razorpay.book().with_receipt(receipt),
        None => razorpay.book().latest(count),
    };
    json(StatusCode::OK, &Collection::of(orders.iter().take(count).map(OrderEntity::of).collect::<Vec<_>>()))
}
