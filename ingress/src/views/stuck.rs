//! What is stuck.

use schemas::types::Timestamp;
use serde::Serialize;
use shared::engine::{DeadLetter, Parked};
use utoipa::ToSchema;

use crate::read_models::Overdue;

/// What may be stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StuckKind {
    /// An order.
    Order,
    /// A payment.
    Payment,
    /// A shipment.
    Shipment,
    /// A file that was brought in.
    Import,
    /// A message that went aside.
    DeadLetter,
    /// A key whose messages wait behind one that went aside.
    ParkedKey,
}

/// One thing that waits for longer than it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StuckItem {
    /// What it is.
    pub kind: StuckKind,
    /// It.
    pub id: String,
    /// Where it stands: a state, or a dead letter's code.
    pub state: String,
    /// What it waits for.
    pub waits_for: String,
    /// Since when it should have gone on.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// All that waits for longer than it should, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct StuckList {
    /// Each.
    pub items: Vec<StuckItem>,
    /// How long after its deadline something counts as stuck, in seconds.
    pub grace_seconds: i64,
}

impl From<Overdue> for StuckItem {
    fn from(overdue: Overdue) -> Self {
        let Overdue { collection, id, status, since } = overdue;
        let (kind, waits_for) = match collection {
            "orders" => (StuckKind::Order, order_waits_for(&status)),
            "payments" => (StuckKind::Payment, payment_waits_for(&status)),
            "imports" => (StuckKind::Import, import_waits_for(&status)),
            _ => (StuckKind::Shipment, shipment_waits_for(&status)),
        };
        Self { kind, id, state: status, waits_for: waits_for.to_owned(), since }
    }
}

impl From<DeadLetter> for StuckItem {
    fn from(letter: DeadLetter) -> Self {
        let waits_for = "an operator: mend the cause and replay it, or discard it".to_owned();
        Self { kind: StuckKind::DeadLetter, id: letter.id, state: letter.code, waits_for, since: letter.died_at }
    }
}

impl From<Parked> for StuckItem {
    fn from(parked: Parked) -> Self {
        let (state, waits_for) = match parked.blocked {
            true => ("blocked", format!("an operator: replay or discard number {} of {}", parked.head, parked.name)),
            false => ("going_on", "its worker: those that waited are on their way".to_owned()),
        };
        Self { kind: StuckKind::ParkedKey, id: parked.id, state: state.to_owned(), waits_for, since: parked.since }
    }
}

fn order_waits_for(status: &str) -> &'static str {
    match status {
        "accepted" | "reserving" => "coupons and inventory: its coupon, if any, and stock for its lines",
        "awaiting_payment" => "the customer: payment",
        "paid" => "invoicing: the invoice",
        "confirmed" => "shipping: a carrier that takes the parcel",
        "packed" => "the carrier: fetching the parcel",
        "shipped" => "the carrier: delivery",
        "cancelling" => "shipping, invoicing and payments: the parcel, the credit note and the money back",
        _ => "nothing",
    }
}

fn payment_waits_for(status: &str) -> &'static str {
    match status {
        "creating" => "the gateway: an answer to the new payment",
        "awaiting_customer" => "the customer, or the gateway's word about them",
        "capturing" => "the gateway: the capture",
        "voiding" => "the gateway: the void",
        "refunding" => "the gateway: the refund",
        _ => "the gateway: an answer",
    }
}

fn import_waits_for(status: &str) -> &'static str {
    match status {
        "checking" => "imports: the check of the file",
        "checked" => "imports: to notice that nobody starts it",
        _ => "catalog, inventory or imports: answers to its rows; look for a dead letter or a parked key",
    }
}

fn shipment_waits_for(status: &str) -> &'static str {
    match status {
        "booking" => "the carrier: an answer to the booking",
        "cancelling" => "the carrier: an answer to the cancellation",
        "booked" => "the carrier: fetching the parcel",
        _ => "the carrier: news of the parcel",
    }
}

#[cfg(test)]
mod tests {
    use schemas::types::OrderStatus;

    use super::*;

    #[test]
    fn every_state_that_an_order_may_be_stuck_in_says_what_it_waits_for() {
        for status in OrderStatus::ALL {
            assert_eq!(order_waits_for(status.as_str()) == "nothing", status.is_terminal(), "{status:?}");
        }
    }
}
