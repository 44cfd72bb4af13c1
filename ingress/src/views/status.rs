//! Statuses.

use schemas::{
    attempts::Delay,
    documents::{DelayedPayment, PaymentPrompt},
    ids::OrderId,
    types::{GatewayName, Money, OrderStatus, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{GatewayDoc, MoneyDoc, OrderStatusDoc, order::DeclineView};
use crate::read_models::Snapshot;

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusBody {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// Where.
    #[schema(value_type = OrderStatusDoc)]
    status: OrderStatus,
    /// Counts the order's changes; never goes backwards.
    version: i64,
    /// Since when.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Why, as a stable code, where the state does not say it all.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    reason: String,
    /// What the payment form needs while the order awaits payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<Prompt>,
    /// What cannot be paid yet, while no gateway can be reached that may take it: the customer may wait, or choose otherwise
    /// by `POST /orders/{id}/payments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_unavailable: Option<Unavailable>,
}

/// A payment that waits for a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GatewayUnavailable)]
pub struct Unavailable {
    /// The attempt: `/payments/{payment_id}`.
    payment_id: String,
    /// The one that is tried next.
    #[schema(value_type = GatewayDoc)]
    gateway: GatewayName,
    /// When.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    retry_at: Timestamp,
}

impl From<DelayedPayment> for Unavailable {
    fn from(delayed: DelayedPayment) -> Self {
        let DelayedPayment { attempt_id, delay: Delay { gateway, retry_at } } = delayed;
        Self { payment_id: attempt_id, gateway, retry_at }
    }
}

/// What the payment form needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PaymentPrompt)]
pub struct Prompt {
    /// At which gateway.
    #[schema(value_type = GatewayDoc)]
    gateway: GatewayName,
    /// The gateway's name for the payment: Stripe's payment intent, Razorpay's order.
    gateway_ref: String,
    /// The attempt that this is: `/payments/{payment_id}`.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    payment_id: String,
    /// Stripe's client secret.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    client_secret: String,
    /// What is to be paid.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// Why the customer's last try came to nothing, if it did; they may try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_decline: Option<DeclineView>,
}

impl From<PaymentPrompt> for Prompt {
    fn from(prompt: PaymentPrompt) -> Self {
        Self {
            gateway: prompt.gateway,
            gateway_ref: prompt.gateway_ref,
            payment_id: prompt.attempt_id,
            client_secret: prompt.client_secret,
            amount: prompt.amount,
            last_decline: prompt.last_decline.map(DeclineView::from),
        }
    }
}

impl From<Snapshot> for StatusBody {
    /// Leaves out whose order it is.
    fn from(snapshot: Snapshot) -> Self {
        let view = snapshot.view;
        Self {
            order_id: view.order_id,
            status: view.status,
            version: snapshot.version,
            since: view.since,
            reason: view.reason,
            payment: view.payment.map(Prompt::from),
            gateway_unavailable: view.delayed.map(Unavailable::from),
        }
    }
}
