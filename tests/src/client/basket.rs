//! What a customer orders.

use serde_json::{Value, json};

use crate::catalog::Catalog;

/// The body of `POST /orders` in the making.
#[derive(Debug, Clone)]
pub struct Basket {
    items: Vec<Value>,
    payment_method: &'static str,
    reference: String,
    coupon: Option<String>,
}

impl Basket {
    /// These parts and how many of each, to be paid by Stripe.
    #[must_use]
    pub fn of(catalog: &Catalog, parts: &[(&str, u32)]) -> Self {
        let item =
            |(sku, quantity): &(&str, u32)| json!({ "product_id": catalog.product_id(sku), "quantity": quantity });
        Self {
            items: parts.iter().map(item).collect(),
            payment_method: "stripe",
            reference: String::new(),
            coupon: None,
        }
    }

    /// Paid by `stripe`, `razorpay` or `cod`.
    #[must_use]
    pub fn paid_by(mut self, method: &'static str) -> Self {
        self.payment_method = method;
        self
    }

    /// With this coupon.
    #[must_use]
    pub fn with_coupon(mut self, code: &str) -> Self {
        self.coupon = Some(code.to_owned());
        self
    }

    /// With a word of the client's in the address, by which the order is found again whatever the shop answered.
    #[must_use]
    pub fn marked(mut self, reference: &str) -> Self {
        reference.clone_into(&mut self.reference);
        self
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut address = address();
        address["line2"] = json!(self.reference);
        let mut body = json!({ "items": self.items, "address": address, "payment_method": self.payment_method });
        if let Some(code) = &self.coupon {
            body["coupon"] = json!(code);
        }
        body
    }
}

/// Where the customers live.
#[must_use]
pub fn address() -> Value {
    json!({
        "name": "Asha Kulkarni", "phone": "+919812345678", "line1": "14, Fergusson College Road", "line2": "Shivajinagar",
        "city": "Pune", "state_code": "27", "pincode": "411001",
    })
}
