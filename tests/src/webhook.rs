//! Webhooks of the tests' own making: signed as a gateway signs them, or deliberately not.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::RequestBuilder;
use serde_json::Value;
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
        let (header, value) = self.signature(&body, self.secret(), now());
        self.unsigned(shop, &body).header(header, value)
    }
}

/// The time in Unix seconds.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn digest(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key is long enough");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}
