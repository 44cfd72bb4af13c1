//! What the worker keeps of one order's payment.

use schemas::{
    ids::OrderId,
    payments::GatewayState,
    types::{GatewayName, Money, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::engine::State;

use crate::{
    cash::CashMoved,
    dispute::Dispute,
    holding::{Holding, Want},
    settlement::SettledLine,
};

/// The payment of one order, in the collection `payments` under the order's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The order.
    pub order_id: OrderId,
    /// What the order costs.
    pub amount: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The payment that counts: that of the newest attempt.
    #[serde(flatten)]
    pub main: Holding,
    /// Payments for the same order that do not count (an earlier attempt, one created twice, a customer who paid twice):
    /// all goes back.
    pub strays: Vec<Holding>,
    /// What the customer disputes at their bank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// What the gateway settled of it, in the order in which it was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<SettledLine>,
    /// What came in in cash, and was paid out again, in the order in which the process manager decided it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cash: Vec<CashMoved>,
    /// Whether the order no longer wants to be paid.
    pub cancel_requested: bool,
    /// Why it will not be paid by this attempt, as the order was told.
    pub failure: Option<String>,
    /// Whether the order was told that it is paid; it is told once.
    pub paid: bool,
    /// How much the order was told to have gone back, in minor units.
    #[serde(default)]
    pub told_refunded_minor: i64,
    /// Whether the order was told that nothing is held any more, and that is still so.
    pub released: bool,
    /// How often the deadline was reached since the status changed.
    #[serde(rename = "attempts")]
    pub rechecks: u32,
    /// When the gateway is asked again if nothing is heard; `None` at rest.
    pub deadline: Option<Timestamp>,
}

/// Where a payment stands. It rests in `Captured`, `Voided`, `Refunded` and `Failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The gateway was asked for a payment.
    Creating,
    /// The customer can pay.
    AwaitingCustomer,
    /// The customer's bank promised the money; we are taking it.
    Capturing,
    /// The money is ours.
    Captured,
    /// Nothing was taken, and we are making sure that nothing will be.
    Voiding,
    /// Nothing was taken.
    Voided,
    /// The money is going back.
    Refunding,
    /// All that was taken went back.
    Refunded,
    /// It came to nothing: refused, voided or not what the order asked for. Nothing is held.
    Failed,
}

impl State for Payment {
    const COLLECTION: &'static str = "payments";

    fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    fn is_stuck(&self) -> bool {
        self.rechecks >= STUCK_AFTER && self.status != PaymentStatus::AwaitingCustomer
    }
}

/// A gateway that was asked so often and has not settled it should be asked by a person. A customer may take their time:
/// the order's own deadline ends that.
const STUCK_AFTER: u32 = 5;

impl Payment {
    /// A payment of which nothing is known yet.
    #[must_use]
    pub fn new(order_id: OrderId, main: Holding, amount: Money) -> Self {
        Self {
            order_id,
            amount,
            status: PaymentStatus::Creating,
            main,
            strays: Vec::new(),
            disputes: Vec::new(),
            settled: Vec::new(),
            cash: Vec::new(),
            cancel_requested: false,
            failure: None,
            paid: false,
            told_refunded_minor: 0,
            released: false,
            rechecks: 0,
            deadline: None,
        }
    }

    /// That of an order for cash, which no gateway knows: nothing is wanted of any, and the order need not be told.
    #[must_use]
    pub fn at_no_gateway(order_id: OrderId, nothing: Money) -> Self {
        let status = PaymentStatus::Voided;
        Self { status, cancel_requested: true, released: true, ..Self::new(order_id, Holding::new(None, 1), nothing) }
    }

    /// Another attempt takes the place of the one that counted. Nothing of that one counts any more: what can be voided is
    /// voided, and money that comes all the same goes back.
    pub fn supersede(&mut self, next: Holding) {
        self.strays.push(std::mem::replace(&mut self.main, next));
        self.failure = None;
        self.rechecks = 0;
    }

    /// A payment from before its holdings knew their gateways had but one.
    #[must_use]
    pub fn with_gateways(mut self) -> Self {
        let gateway = self.main.gateway;
        self.strays.iter_mut().filter(|stray| stray.gateway.is_none()).for_each(|stray| stray.gateway = gateway);
        self
    }

    /// Whether any of it is, or was to be, at this gateway.
    #[must_use]
    pub fn is_at(&self, gateway: GatewayName) -> bool {
        self.holdings().any(|holding| holding.was_asked_of(gateway))
    }

    /// What the shop wants of it.
    #[must_use]
    pub const fn want(&self) -> Want {
        if self.cancel_requested || self.failure.is_some() { Want::Nothing } else { Want::Money }
    }

    /// Whether nothing is left to do about it or its strays.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.main.is_settled(self.want()) && self.strays.iter().all(|stray| stray.is_settled(Want::Nothing))
    }

    /// Whether the order is to be told that nothing is held: because it asked, or because all that it was paid with went
    /// back without its asking, by somebody's hand at the gateway.
    #[must_use]
    pub const fn owes_release(&self) -> bool {
        self.cancel_requested || (self.paid && self.main.held_minor() == 0)
    }

    /// Whether it may stay as it is for ever: settled, and not waiting for a customer.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.is_settled() && (self.paid || self.want() == Want::Nothing)
    }

    /// Where it stands, by what is wanted and known.
    #[must_use]
    pub fn standing(&self) -> PaymentStatus {
        match self.want() {
            Want::Money if self.paid && self.main.held_minor() == 0 => PaymentStatus::Refunded,
            Want::Money if self.paid && self.main.promised_minor() > 0 => PaymentStatus::Refunding,
            Want::Money if self.paid => PaymentStatus::Captured,
            Want::Money => match self.main.known {
                None => PaymentStatus::Creating,
                Some(GatewayState::Authorized) => PaymentStatus::Capturing,
                Some(_) => PaymentStatus::AwaitingCustomer,
            },
            Want::Nothing if self.has_taken_money() && !(self.is_settled() && self.main.is_gone()) => {
                PaymentStatus::Refunding
            }
            Want::Nothing if !self.is_settled() => PaymentStatus::Voiding,
            Want::Nothing if self.main.captured_minor > 0 => PaymentStatus::Refunded,
            Want::Nothing if self.failure.is_some() => PaymentStatus::Failed,
            Want::Nothing => PaymentStatus::Voided,
        }
    }

    /// What the customer has back, by our hand or by their bank's.
    #[must_use]
    pub fn given_back(&self) -> Money {
        Money { minor: self.main.refunded_minor + self.main.held_minor().min(self.main.lost_minor), ..self.amount }
    }

    /// Every payment at the gateway.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        std::iter::once(&self.main).chain(&self.strays)
    }

    /// Every payment at the gateway, with what is wanted of it.
    pub fn holdings_mut(&mut self) -> impl Iterator<Item = (&mut Holding, Want)> {
        let want = self.want();
        let strays = self.strays.iter_mut().map(|stray| (stray, Want::Nothing));
        std::iter::once((&mut self.main, want)).chain(strays)
    }

    fn has_taken_money(&self) -> bool {
        self.holdings().any(|holding| holding.captured_minor > 0)
    }
}
