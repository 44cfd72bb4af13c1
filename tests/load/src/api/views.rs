//! The answers, with the fields that these clients read and no others: parsing costs time that the shop could use.

use serde::Deserialize;
use uuid::Uuid;

use super::Status;

#[derive(Deserialize)]
pub(super) struct AccessToken {
    pub(super) access_token: String,
    /// Seconds.
    pub(super) expires_in: u64,
}

#[derive(Deserialize)]
pub(super) struct ProductPage {
    pub(super) items: Vec<Product>,
    pub(super) next_cursor: Option<String>,
}

/// A product on the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Product {
    /// What an order names it by.
    pub product_id: Uuid,
    /// The shop's name for it.
    pub sku: String,
    /// Its name in addresses.
    #[serde(default)]
    pub slug: String,
    /// The customers' name for it.
    pub name: String,
    /// Its category.
    #[serde(default)]
    pub category: String,
    /// The price of one, before tax.
    pub price: Price,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Price {
    /// Minor units: paise for rupees.
    pub minor: i64,
    /// The ISO 4217 code.
    pub currency: String,
}

/// The receipt for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Placed {
    /// The order.
    pub order_id: Uuid,
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusView {
    /// The state.
    pub status: Status,
    /// What the customer needs to pay, while the shop waits for it.
    #[serde(default)]
    pub payment: Option<Payment>,
}

/// What a customer needs to pay.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Payment {
    /// `stripe` or `razorpay`.
    pub gateway: String,
    /// The gateway's name for the payment.
    pub gateway_ref: String,
    /// Stripe's client secret.
    #[serde(default)]
    pub client_secret: String,
    /// How much.
    pub amount: Price,
}

/// An order with its history.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrderView {
    /// Where it stands.
    pub status: Status,
    /// Every state it was in, oldest first.
    pub history: Vec<History>,
    /// The invoice, once issued.
    #[serde(default)]
    pub invoice: Option<Invoice>,
}

impl OrderView {
    /// The invoice's number, once issued.
    #[must_use]
    pub fn invoice_number(&self) -> Option<&str> {
        self.invoice.as_ref().map(|invoice| invoice.number.as_str())
    }
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct History {
    /// The state it came to.
    pub status: Status,
    /// When.
    pub at: jiff::Timestamp,
    /// Why, as a code; empty where the state says it all.
    #[serde(default)]
    pub reason: String,
}

/// A numbered document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Invoice {
    /// Its number.
    pub number: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_nobody_reads_do_no_harm() {
        let answer = r#"{"order_id":"01890a5d-ac96-774b-bcce-b302099a8057","status":"awaiting_payment","version":3,
            "since":"2026-01-02T03:04:05.678Z","reason":"","payment":{"gateway":"stripe","gateway_ref":"pi_1",
            "client_secret":"pi_1_secret","amount":{"minor":318200,"currency":"INR"}}}"#;
        let view: StatusView = serde_json::from_str(answer).unwrap();
        assert_eq!(view.status, Status::AwaitingPayment);
        assert_eq!(view.payment.unwrap().amount.minor, 318_200);
    }
}
