//! The attempts at paying an order: how the customer may pay it, and what came of each attempt. The newest counts.

use serde::{Deserialize, Serialize};

use crate::{
    documents::Order,
    ids::OrderId,
    types::{GatewayName, OrderStatus, PaymentMethod, Timestamp},
};

/// One attempt, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAttempt {
    /// Names it for clients; begins with the order's id.
    pub attempt_id: String,
    /// 1, 2 and so on.
    pub number: i32,
    /// How it is to be paid: at the gateway where it was made, or else at the one that is asked first.
    pub method: PaymentMethod,
    /// Whether the customer leaves the gateway to the shop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_gateway: bool,
    /// The gateway that was to make it, where another has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_over_from: Option<GatewayName>,
    /// Why it cannot be paid yet, while its gateway cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
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

/// No gateway that may make an attempt can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// The one that is tried next.
    pub gateway: GatewayName,
    /// When.
    pub retry_at: Timestamp,
}

/// How a customer wants to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentChoice {
    /// Through Stripe.
    Stripe,
    /// Through Razorpay.
    Razorpay,
    /// In cash to the carrier.
    Cod,
    /// Through whichever gateway the shop finds.
    Card,
}

impl PaymentChoice {
    /// What was chosen, as messages carry it.
    #[must_use]
    pub const fn of(method: PaymentMethod, any_gateway: bool) -> Self {
        match method {
            PaymentMethod::Cod => Self::Cod,
            PaymentMethod::Stripe | PaymentMethod::Razorpay if any_gateway => Self::Card,
            PaymentMethod::Stripe => Self::Stripe,
            PaymentMethod::Razorpay => Self::Razorpay,
        }
    }

    /// The method; where the gateway is left to the shop, `card` through this one.
    #[must_use]
    pub const fn method(self, card: GatewayName) -> PaymentMethod {
        match self {
            Self::Stripe => PaymentMethod::Stripe,
            Self::Razorpay => PaymentMethod::Razorpay,
            Self::Cod => PaymentMethod::Cod,
            Self::Card => PaymentMethod::through(card),
        }
    }

    /// Whether the gateway is left to the shop.
    #[must_use]
    pub const fn is_any_gateway(self) -> bool {
        matches!(self, Self::Card)
    }
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
            any_gateway: false,
            failed_over_from: None,
            delay: None,
            gateway_ref: String::new(),
            state: AttemptState::Asked,
            code: String::new(),
            created_at,
            repeated: Vec::new(),
        }
    }

    /// How the customer chose to pay by it.
    #[must_use]
    pub const fn choice(&self) -> PaymentChoice {
        PaymentChoice::of(self.method, self.any_gateway)
    }

    /// Whether who chose so can have been given this one. What is paid by card may be paid at any gateway; what may still be
    /// made at any is not one at a certain gateway.
    #[must_use]
    pub fn fits(&self, choice: PaymentChoice) -> bool {
        let may_move = self.any_gateway && self.state == AttemptState::Asked;
        match choice {
            PaymentChoice::Card => self.method != PaymentMethod::Cod,
            PaymentChoice::Stripe | PaymentChoice::Razorpay => {
                !may_move && PaymentChoice::of(self.method, false) == choice
            }
            PaymentChoice::Cod => self.method == PaymentMethod::Cod,
        }
    }

    /// The gateway that cannot be reached for it.
    #[must_use]
    pub fn unavailable(&self) -> Option<Delay> {
        self.delay.filter(|_| self.state == AttemptState::Asked)
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

    /// The gateway that is asked first to take what is left to the shop: `usual`, unless that is what the customer waits for.
    #[must_use]
    pub fn card_gateway(&self, usual: GatewayName) -> GatewayName {
        let waits_for = self.current_attempt().and_then(|current| current.unavailable()).map(|delay| delay.gateway);
        let others = GatewayName::ALL.into_iter().find(|gateway| Some(*gateway) != waits_for);
        if waits_for == Some(usual) { others.unwrap_or(usual) } else { usual }
    }

    /// What it means to pay it so now; `most` is how many attempts it may have. Who leaves the gateway to the shop need not
    /// wait for one that cannot be reached: then there is a new attempt, which begins elsewhere.
    ///
    /// # Errors
    /// [`Unpayable`].
    pub fn next_attempt(&self, choice: PaymentChoice, most: usize) -> Result<NextAttempt, Unpayable> {
        use OrderStatus as S;
        if !matches!(self.status, S::Accepted | S::Reserving | S::AwaitingPayment) {
            return Err(Unpayable::NotAwaitingPayment);
        }
        let is_same = |current: &PaymentAttempt| {
            let waits = choice.is_any_gateway() && current.unavailable().is_some();
            current.state.is_open() && current.fits(choice) && !waits
        };
        if let Some(current) = self.current_attempt().filter(is_same) {
            return Ok(NextAttempt::Same(current.number));
        }
        if choice != PaymentChoice::Cod && self.totals.cod_fee.minor > 0 {
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
    fn a_choice_is_what_messages_make_of_it_and_back() {
        use PaymentChoice::{Card, Cod, Razorpay, Stripe};
        for (choice, name) in [(Stripe, "stripe"), (Razorpay, "razorpay"), (Cod, "cod"), (Card, "card")] {
            assert_eq!(serde_json::to_value(choice).unwrap(), name);
            for gateway in GatewayName::ALL {
                assert_eq!(PaymentChoice::of(choice.method(gateway), choice.is_any_gateway()), choice);
            }
        }
    }

    #[test]
    fn what_may_still_be_made_anywhere_is_nothing_at_a_certain_gateway() {
        use PaymentChoice::{Card, Cod, Razorpay, Stripe};
        let at = Timestamp::from_millis(0);
        let plain = PaymentAttempt::first(OrderId::generate(), PaymentMethod::Stripe, at);
        let card = PaymentAttempt { any_gateway: true, ..plain.clone() };
        let made = PaymentAttempt { state: AttemptState::Ready, ..card.clone() };
        let fits = |attempt: &PaymentAttempt| [Stripe, Razorpay, Cod, Card].map(|choice| attempt.fits(choice));
        assert_eq!(fits(&plain), [true, false, false, true]);
        assert_eq!(fits(&card), [false, false, false, true]);
        assert_eq!(fits(&made), [true, false, false, true]);
    }
}
