//! The attempts at paying an order: how the customer may pay it, and what came of each attempt. The newest counts.

use serde::{Deserialize, Serialize};

use crate::{
    documents::Order,
    ids::OrderId,
    types::{OrderStatus, PaymentMethod, Timestamp},
};

/// One attempt, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAttempt {
    /// Names it for clients; begins with the order's id.
    pub attempt_id: String,
    /// 1, 2 and so on.
    pub number: i32,
    /// How it is to be paid.
    pub method: PaymentMethod,
    /// The gateway's name for the payment; empty before it has one, and for cash.
    pub gateway_ref: String,
    /// How far it has come.
    pub state: AttemptState,
    /// Why the last try to pay it was declined, or why it came to nothing; empty otherwise.
    pub code: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Requests that found it to be what they asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<String>,
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// It is being made ready.
    Asked,
    /// It can be paid: at the gateway, or in cash on delivery.
    Ready,
    /// It paid for the order.
    Paid,
    /// Another counts in its place; whatever comes of it goes back.
    Superseded,
    /// It came to nothing for good.
    Failed,
    /// The order ended before it was paid.
    Withdrawn,
    /// It was never made.
    Refused,
}

impl AttemptState {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Ready => "ready",
            Self::Paid => "paid",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::Refused => "refused",
        }
    }

    /// Whether the customer can still pay it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Ready)
    }
}

/// What it means to pay an order by some method now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextAttempt {
    /// The attempt of this number can still be paid that way: nothing new is made.
    Same(i32),
    /// A new one.
    New,
}

/// Why an order cannot be paid by a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unpayable {
    /// It is paid, or sold for cash, or has ended.
    #[error("the order does not wait for payment any more")]
    NotAwaitingPayment,
    /// Its total has a fee for cash in it.
    #[error("the order's total has the fee for paying in cash in it; cancel the order and place another")]
    HasCashFee,
    /// There were enough.
    #[error("there were as many attempts as an order may have")]
    TooManyAttempts,
}

impl Unpayable {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAwaitingPayment => "not_awaiting_payment",
            Self::HasCashFee => "has_cash_fee",
            Self::TooManyAttempts => "too_many_attempts",
        }
    }
}

impl PaymentAttempt {
    /// The attempt that an order begins with.
    #[must_use]
    pub fn first(order_id: OrderId, method: PaymentMethod, created_at: Timestamp) -> Self {
        Self::new(attempt_id(order_id, "1"), 1, method, created_at)
    }

    /// An attempt of which nothing is known yet.
    #[must_use]
    pub const fn new(attempt_id: String, number: i32, method: PaymentMethod, created_at: Timestamp) -> Self {
        Self {
            attempt_id,
            number,
            method,
            gateway_ref: String::new(),
            state: AttemptState::Asked,
            code: String::new(),
            created_at,
            repeated: Vec::new(),
        }
    }

    /// Whether this is what came of the request of this name.
    #[must_use]
    pub fn answers(&self, attempt_id: &str) -> bool {
        self.attempt_id == attempt_id || self.repeated.iter().any(|repeated| repeated == attempt_id)
    }
}

/// A name for an attempt: that of its order, and of the attempt within it.
#[must_use]
pub fn attempt_id(order_id: OrderId, name: &str) -> String {
    format!("{order_id}-{name}")
}

/// The order that an attempt of this name belongs to.
#[must_use]
pub fn order_of_attempt(attempt_id: &str) -> Option<OrderId> {
    const ORDER_ID: usize = 36;
    let (order, name) = attempt_id.split_at_checked(ORDER_ID)?;
    name.strip_prefix('-').filter(|name| !name.is_empty())?;
    order.parse().ok()
}

impl Order {
    /// Its attempts. An order from before they were kept has the one that it began with.
    #[must_use]
    pub fn payment_attempts(&self) -> Vec<PaymentAttempt> {
        if self.attempts.is_empty() { vec![self.only_attempt()] } else { self.attempts.clone() }
    }

    fn only_attempt(&self) -> PaymentAttempt {
        let first = PaymentAttempt::first(self.order_id, self.payment_method, self.placed_at);
        let gateway_ref = self.payment.as_ref().map(|payment| payment.gateway_ref.clone()).unwrap_or_default();
        let state = match self.status {
            OrderStatus::Accepted | OrderStatus::Reserving => AttemptState::Asked,
            OrderStatus::AwaitingPayment => AttemptState::Ready,
            _ if self.payment.as_ref().is_some_and(|payment| payment.captured.minor > 0) => AttemptState::Paid,
            OrderStatus::Rejected | OrderStatus::Expired | OrderStatus::PaymentFailed | OrderStatus::Cancelled => {
                AttemptState::Withdrawn
            }
            _ => AttemptState::Ready,
        };
        PaymentAttempt { gateway_ref, state, ..first }
    }

    /// The attempt that counts.
    #[must_use]
    pub fn current_attempt(&self) -> Option<PaymentAttempt> {
        self.payment_attempts().into_iter().rev().find(|attempt| attempt.state != AttemptState::Refused)
    }

    /// What it means to pay it by this method now; `most` is how many attempts it may have.
    ///
    /// # Errors
    /// [`Unpayable`].
    pub fn next_attempt(&self, method: PaymentMethod, most: usize) -> Result<NextAttempt, Unpayable> {
        use OrderStatus as S;
        if !matches!(self.status, S::Accepted | S::Reserving | S::AwaitingPayment) {
            return Err(Unpayable::NotAwaitingPayment);
        }
        let current = self.current_attempt().filter(|current| current.method == method && current.state.is_open());
        if let Some(current) = current {
            return Ok(NextAttempt::Same(current.number));
        }
        if method != PaymentMethod::Cod && self.totals.cod_fee.minor > 0 {
            return Err(Unpayable::HasCashFee);
        }
        let made = self.payment_attempts().iter().filter(|attempt| attempt.state != AttemptState::Refused).count();
        if made < most { Ok(NextAttempt::New) } else { Err(Unpayable::TooManyAttempts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_attempt_names_its_order() {
        let order = OrderId::generate();
        assert_eq!(order_of_attempt(&attempt_id(order, "1")), Some(order));
        assert_eq!(order_of_attempt(&attempt_id(order, "1f-2")), Some(order));
        let plain = order.to_string();
        for other in ["", "1", plain.as_str(), &format!("{plain}-"), &format!("{plain}1"), &"é".repeat(40)] {
            assert_eq!(order_of_attempt(other), None, "{other}");
        }
    }

    #[test]
    fn states_are_stored_under_the_names_that_answers_have() {
        use AttemptState::{Asked, Failed, Paid, Ready, Refused, Superseded, Withdrawn};
        for state in [Asked, Ready, Paid, Superseded, Failed, Withdrawn, Refused] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }
}
