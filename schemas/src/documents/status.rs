//! An order, as a status read shows it.

use serde::{Deserialize, Serialize};

use super::{Decline, Order};
use crate::{
    attempts::Delay,
    ids::{OrderId, UserId},
    types::{GatewayName, Money, OrderStatus, Timestamp},
};

/// What a status read answers from: kept in Redis under the order's id with the document's version, rebuilt from
/// [`Order`] at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusView {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is; never shown to anybody else.
    pub user_id: UserId,
    /// Where it stands.
    pub status: OrderStatus,
    /// Since when.
    pub since: Timestamp,
    /// Why, as a stable code; empty where the state says it all.
    pub reason: String,
    /// What the client's payment form needs while the order awaits payment.
    pub payment: Option<PaymentPrompt>,
    /// What the customer waits for, while no gateway can be reached that may take the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delayed: Option<DelayedPayment>,
}

/// A payment that cannot be made yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayedPayment {
    /// The attempt.
    pub attempt_id: String,
    /// What it waits for.
    #[serde(flatten)]
    pub delay: Delay,
}

/// What a client needs to let the customer pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPrompt {
    /// The gateway.
    pub gateway: GatewayName,
    /// The gateway's name for the payment.
    pub gateway_ref: String,
    /// Stripe's client secret; empty for other gateways.
    pub client_secret: String,
    /// How much.
    pub amount: Money,
    /// Why the customer's last try to pay came to nothing, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_decline: Option<Decline>,
    /// The attempt that this is; empty in what was kept before there were several.
    #[serde(default)]
    pub attempt_id: String,
}

impl Order {
    /// The order as a status read shows it.
    #[must_use]
    pub fn status_view(&self) -> StatusView {
        let last = self.history.last();
        let current = self.current_attempt();
        let delayed = current
            .filter(|_| !self.status.is_terminal())
            .and_then(|attempt| Some(DelayedPayment { delay: attempt.unavailable()?, attempt_id: attempt.attempt_id }));
        StatusView {
            delayed,
            order_id: self.order_id,
            user_id: self.user_id,
            status: self.status,
            since: last.map_or(self.placed_at, |step| step.at),
            reason: last.map(|step| step.reason.clone()).unwrap_or_default(),
            payment: self.payment.as_ref().filter(|_| self.status == OrderStatus::AwaitingPayment).map(|payment| {
                PaymentPrompt {
                    gateway: payment.gateway,
                    gateway_ref: payment.gateway_ref.clone(),
                    client_secret: payment.client_secret.clone(),
                    amount: self.totals.grand_total,
                    last_decline: payment.last_decline.clone(),
                    attempt_id: self.current_attempt().map(|attempt| attempt.attempt_id).unwrap_or_default(),
                }
            }),
        }
    }
}
