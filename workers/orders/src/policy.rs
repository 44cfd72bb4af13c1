//! How long an order may stay in each state, how often it may be tried to pay it, and how long goods may be returned.

use std::time::Duration;

use schemas::types::{GatewayName, OrderStatus};
use serde::Deserialize;
use shared::config::{ConfigError, Environment, Section};

/// The limits, section `[orders]` of the configuration. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How long stock is held for an order that is not paid, and how long the stock's answers are awaited; then the
    /// order expires.
    pub payment_window_seconds: u64,
    /// How long our own workers and the gateways may take over what needs no customer; then the order counts as stuck.
    pub stuck_after_seconds: u64,
    /// How long a carrier may take to fetch a parcel; then the order counts as stuck.
    pub pickup_within_seconds: u64,
    /// How long a parcel may be on its way; then the order counts as stuck.
    pub delivery_within_seconds: u64,
    /// How long after delivery goods can be returned.
    pub return_window_seconds: u64,
    /// How long the goods of an approved return may take to come; then the return lapses.
    pub return_goods_within_seconds: u64,
    /// How many attempts at paying it an order may have, the first included.
    pub payment_attempts: usize,
    /// The gateway that is asked first where the customer leaves it to the shop.
    pub card_gateway: GatewayName,
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

impl Default for Policy {
    fn default() -> Self {
        Self {
            payment_window_seconds: 1_200,
            stuck_after_seconds: HOUR,
            pickup_within_seconds: 3 * DAY,
            delivery_within_seconds: 14 * DAY,
            return_window_seconds: 7 * DAY,
            return_goods_within_seconds: 14 * DAY,
            payment_attempts: 10,
            card_gateway: GatewayName::Stripe,
        }
    }
}

impl Section for Policy {
    /// Checks that every limit leaves some time, and an attempt.
    fn check(&self, _: Environment) -> Result<(), ConfigError> {
        let limits = [
            ("payment_window_seconds", self.payment_window_seconds),
            ("stuck_after_seconds", self.stuck_after_seconds),
            ("pickup_within_seconds", self.pickup_within_seconds),
            ("delivery_within_seconds", self.delivery_within_seconds),
            ("return_window_seconds", self.return_window_seconds),
            ("return_goods_within_seconds", self.return_goods_within_seconds),
        ];
        if self.payment_attempts == 0 {
            return Err(ConfigError::about("orders.payment_attempts", "is 0; an order needs at least one"));
        }
        match limits.iter().find(|(_, seconds)| *seconds == 0) {
            Some((name, _)) => Err(ConfigError::about(&format!("orders.{name}"), "is 0; give it at least one second")),
            None => Ok(()),
        }
    }
}

impl Policy {
    pub(crate) const fn return_window(&self) -> Duration {
        Duration::from_secs(self.return_window_seconds)
    }

    pub(crate) const fn return_goods_within(&self) -> Duration {
        Duration::from_secs(self.return_goods_within_seconds)
    }

    /// How long an order may stay in a state; `None` where it may rest for ever.
    #[must_use]
    pub fn limit(&self, status: OrderStatus) -> Option<Duration> {
        use OrderStatus as S;
        let seconds = match status {
            S::Accepted | S::Reserving | S::AwaitingPayment => self.payment_window_seconds,
            S::Paid | S::Confirmed | S::Cancelling => self.stuck_after_seconds,
            S::Packed => self.pickup_within_seconds,
            S::Shipped => self.delivery_within_seconds,
            S::Delivered | S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => return None,
        };
        Some(Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_states_that_something_follows_have_a_limit() {
        for status in OrderStatus::ALL {
            assert_eq!(Policy::default().limit(status).is_none(), status.is_terminal(), "{status:?}");
        }
    }

    #[test]
    fn an_unpaid_order_has_twenty_minutes_unless_configured_otherwise() {
        assert_eq!(Policy::default().limit(OrderStatus::AwaitingPayment), Some(Duration::from_secs(20 * 60)));
        let policy: Policy = serde_json::from_str(r#"{"payment_window_seconds": 60}"#).unwrap();
        assert_eq!(policy.limit(OrderStatus::AwaitingPayment), Some(Duration::from_secs(60)));
        assert_eq!(policy.stuck_after_seconds, Policy::default().stuck_after_seconds);
    }

    #[test]
    fn a_limit_without_any_time_is_refused_by_name() {
        let refusal = |policy: Policy| policy.check(Environment::Production).map_err(|error| error.to_string());
        assert_eq!(refusal(Policy::default()), Ok(()));
        let policy = Policy { pickup_within_seconds: 0, ..Policy::default() };
        assert!(refusal(policy).unwrap_err().contains("SPAREPARTS_ORDERS__PICKUP_WITHIN_SECONDS"));
        let policy = Policy { payment_attempts: 0, ..Policy::default() };
        assert!(refusal(policy).unwrap_err().contains("SPAREPARTS_ORDERS__PAYMENT_ATTEMPTS"));
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(serde_json::from_str::<Policy>(r#"{"payment_window": 60}"#).is_err());
    }
}
