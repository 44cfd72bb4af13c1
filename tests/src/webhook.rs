//! Webhooks of the tests' own making: signed as a gateway signs them, or deliberately not.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stack::Stack;

/// Who posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the gateways")]
pub enum Sender {
    Stripe,
    Razorpay,
    Carrier,
}

impl Sender {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Razorpay, Self::Carrier];

    /// The sender's name, as the shop calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Razorpay => "razorpay",
            Self::Carrier => "carrier",
        }
    }

    /// The id of an event of this sender.
    #[must_use]
    pub fn event_id(self, id: &str) -> String {
        let prefix = match self {
            Self::Stripe => "evt_",
            Self::Razorpay => "",
            Self::Carrier => "cev_",
        };
        format!("{prefix}{id}")
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Razorpay => "razorpay",
            Self::Carrier => "carriers/swift",
        }
    }

    /// The demo's secret.
    #[must_use]
    pub const fn secret(self) -> &'static str {
        match self {
            Self::Stripe => "whsec_demo",
            Self::Razorpay => "rzp_whsec_demo",
            Self::Carrier => "carrier_whsec_demo",
        }
    }

    /// The signature's header and value for a body, made with this secret at this time (Unix seconds).
    #[must_use]
    pub fn signature(self, body: &str, secret: &str, at: u64) -> (&'static str, String) {
        let timestamped = || format!("t={at},v1={}", digest(secret, &format!("{at}.{body}")));
        match self {
            Self::Stripe => ("stripe-signature", timestamped()),
            Self::Razorpay => ("x-razorpay-signature", digest(secret, body)),
            Self::Carrier => ("x-carrier-signature", timestamped()),
        }
    }

    /// A post of this body without any signature.
    pub fn unsigned(self, shop: &Stack, body: &str) -> RequestBuilder {
        let request = shop.http().post(format!("{}/api/v1/webhooks/{}", shop.api(), self.path()));
        request.header("content-type", "application/json").body(body.to_owned())
    }

    /// A post of this event, signed as the real sender does it.
    pub fn signed(self, shop: &Stack, event: &Value) -> RequestBuilder {
        let body = event.to_string();
        let (header, value) = self.signature(&body, self.secret(), shop.now_seconds());
        self.unsigned(shop, &body).header(header, value)
    }
}

/// A plausible event about an order: it is paid for, or has arrived. Razorpay's id is no part of the body.
#[must_use]
pub fn event(sender: Sender, id: &str, order: &str) -> Value {
    match sender {
        Sender::Stripe => json!({ "id": sender.event_id(id), "type": "payment_intent.succeeded", "data": { "object": {
            "id": format!("pi_{id}"), "amount": 100, "amount_received": 100, "currency": "inr", "status": "succeeded",
            "metadata": { "order_id": order } } } }),
        Sender::Razorpay => json!({ "event": "payment.captured", "payload": { "payment": { "entity": {
            "id": format!("pay_{id}"), "order_id": format!("order_{id}"), "amount": 100, "currency": "INR",
            "status": "captured", "notes": { "order_id": order } } } } }),
        Sender::Carrier => json!({ "id": sender.event_id(id), "type": "shipment.delivered", "data": {
            "shipment_id": format!("shp_{id}"), "reference": order, "status": "delivered", "occurred_at": now() } }),
    }
}

/// The time in Unix seconds.
#[must_use]
pub fn now() -> u64 {
    unix_millis().unsigned_abs() / 1_000
}

/// The time in Unix milliseconds.
#[must_use]
pub fn unix_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn digest(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key is long enough");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
