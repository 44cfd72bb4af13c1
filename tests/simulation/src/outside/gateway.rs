//! The gateways' own books: what was authorised, captured and given back, whatever anybody was told.

use std::collections::{BTreeMap, HashMap};

use payments::{
    Payments,
    effect::{Ask, GatewayEffect, Target},
    gateway::{not_done, not_sent},
};
use schemas::{
    ids::OrderId,
    payments::{CallOutcome, GatewayAnswered, GatewayPayment, GatewayReported, GatewayState as S, PaymentsMessage},
    types::{GatewayName, Money, Timestamp},
};
use shared::{
    engine::{PendingEffect, Tried},
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing},
};

use super::Caller;
use crate::world::{Surroundings, a_trace};

/// Both gateways.
#[derive(Debug, Default)]
pub struct Gateway {
    /// The payments by the gateway's name for them.
    pub books: BTreeMap<String, Entry>,
    /// Webhooks on their way.
    pub webhooks: Vec<Outgoing>,
    created: HashMap<MessageId, String>,
    refunds: HashMap<MessageId, i64>,
    events: u64,
    down: Option<GatewayName>,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which gateway.
    pub gateway: GatewayName,
    /// For which order.
    pub order_id: OrderId,
    /// The amount asked for.
    pub amount: Money,
    /// Where it stands.
    pub state: S,
    /// The money taken, in minor units.
    pub captured: i64,
    /// The money given back, in minor units.
    pub refunded: i64,
    /// How often it was captured.
    pub captures: u32,
    payment_ref: String,
}

/// The way to the gateways.
#[derive(Debug, Clone, Copy)]
pub struct GatewayCalls;

impl Caller<Payments> for GatewayCalls {
    fn call(
        self,
        effect: &PendingEffect<GatewayEffect>,
        tried: Tried,
        around: &mut Surroundings,
    ) -> Option<PaymentsMessage> {
        if around.outside.gateway.is_down(effect.effect.gateway) {
            return self.turn_away(&effect.effect, tried, around);
        }
        let payment = around.outside.gateway.execute(effect.id, &effect.effect, around.now);
        let outcome = if payment.is_some() { CallOutcome::Done } else { CallOutcome::Refused };
        Some(answered(&effect.effect, outcome, payment))
    }

    fn unanswered(self, effect: &GatewayEffect) -> PaymentsMessage {
        answered(effect, CallOutcome::Unknown, None)
    }
}

impl GatewayCalls {
    /// A gateway that is down: nothing is sent, it turns calls away, or it says nothing and may have done what it was asked.
    fn turn_away(self, effect: &GatewayEffect, tried: Tried, around: &mut Surroundings) -> Option<PaymentsMessage> {
        around.tell(|| format!("{} is down", effect.gateway.as_str()));
        match around.chance.pick(3) {
            0 => not_sent(effect, tried).ok(),
            1 => not_done(effect, tried, "simulated").ok(),
            _ => None,
        }
    }
}

fn answered(effect: &GatewayEffect, outcome: CallOutcome, payment: Option<GatewayPayment>) -> PaymentsMessage {
    let error_code = if outcome == CallOutcome::Done { String::new() } else { "simulated".to_owned() };
    let (order_id, call, gateway) = (effect.order_id, effect.ask.call(), Some(effect.gateway));
    GatewayAnswered { order_id, call, outcome, payment, error_code, gateway, not_made: false }.into()
}

impl Gateway {
    /// Whether calls to it come to nothing at present.
    #[must_use]
    pub fn is_down(&self, gateway: GatewayName) -> bool {
        self.down == Some(gateway)
    }

    /// From now on this one, or none, is down.
    pub fn set_down(&mut self, gateway: Option<GatewayName>) {
        self.down = gateway;
    }

    /// Does what is asked, once per key; `None` if it refuses.
    fn execute(&mut self, key: MessageId, effect: &GatewayEffect, now: Timestamp) -> Option<GatewayPayment> {
        match &effect.ask {
            Ask::Create { amount, .. } => Some(self.create(key, effect, *amount)),
            Ask::Capture { target, amount } => self.capture(target, *amount, now),
            Ask::Void { target } => self.void(target, now),
            Ask::Refund { target, amount, before_minor } => self.refund(key, target, (*amount, *before_minor), now),
            Ask::Query { target } => self.describe(&target.gateway_ref),
        }
    }

    fn create(&mut self, key: MessageId, effect: &GatewayEffect, amount: Money) -> GatewayPayment {
        let name = format!("{}_{}", effect.gateway.as_str(), self.created.len());
        let gateway_ref = self.created.entry(key).or_insert(name).clone();
        self.books.entry(gateway_ref.clone()).or_insert_with(|| Entry {
            gateway: effect.gateway,
            order_id: effect.order_id,
            amount,
            state: S::AwaitingCustomer,
            captured: 0,
            refunded: 0,
            captures: 0,
            payment_ref: String::new(),
        });
        let seen = self.describe(&gateway_ref).expect("it was just made");
        GatewayPayment { client_secret: format!("{gateway_ref}_secret"), ..seen }
    }

    fn capture(&mut self, target: &Target, amount: Money, now: Timestamp) -> Option<GatewayPayment> {
        let entry = self.books.get_mut(&target.gateway_ref)?;
        match entry.state {
            S::Authorized if entry.amount == amount => {
                entry.captured = amount.minor;
                entry.captures += 1;
                self.move_to(&target.gateway_ref, S::Captured, now);
            }
            // "Already captured" is looked up and found to be so.
            S::Captured | S::Refunded => {}
            _ => return None,
        }
        self.describe(&target.gateway_ref)
    }

    fn void(&mut self, target: &Target, now: Timestamp) -> Option<GatewayPayment> {
        let entry = self.books.get(&target.gateway_ref)?;
        match entry.state {
            S::AwaitingCustomer | S::Authorized | S::Declined => self.move_to(&target.gateway_ref, S::Voided, now),
            S::Voided => {}
            S::Captured | S::Refunded => return None,
        }
        self.describe(&target.gateway_ref)
    }

    fn refund(
        &mut self,
        key: MessageId,
        target: &Target,
        (amount, before_minor): (Money, Option<i64>),
        now: Timestamp,
    ) -> Option<GatewayPayment> {
        let entry = self.books.get_mut(&target.gateway_ref)?;
        let moved = before_minor.is_some_and(|before| entry.refunded > before);
        if !self.refunds.contains_key(&key) && !moved && entry.captured - entry.refunded >= amount.minor {
            self.refunds.insert(key, amount.minor);
            entry.refunded += amount.minor;
            let state = if entry.refunded == entry.captured { S::Refunded } else { S::Captured };
            self.move_to(&target.gateway_ref, state, now);
        }
        self.describe(&target.gateway_ref)
    }

    /// The customer does something about a payment that waits for one: authorises it, or is declined.
    pub fn customer_acts(&mut self, gateway_ref: &str, pays: bool, now: Timestamp) {
        let Some(entry) = self.books.get_mut(gateway_ref) else { return };
        if !matches!(entry.state, S::AwaitingCustomer | S::Declined) {
            return;
        }
        if pays {
            entry.payment_ref = match entry.gateway {
                GatewayName::Stripe => gateway_ref.to_owned(),
                GatewayName::Razorpay => format!("pay_{gateway_ref}"),
            };
        }
        self.move_to(gateway_ref, if pays { S::Authorized } else { S::Declined }, now);
    }

    /// Moves a payment and posts it.
    fn move_to(&mut self, gateway_ref: &str, state: S, now: Timestamp) {
        let Some(entry) = self.books.get_mut(gateway_ref) else { return };
        entry.state = state;
        let (gateway, order_id) = (entry.gateway, entry.order_id);
        self.events += 1;
        let event_id = format!("evt_{}", self.events);
        let Some(payment) = self.describe(gateway_ref) else { return };
        let id = MessageId::of_fact(&format!("{}/{event_id}", gateway.as_str()));
        let event_type = format!("{state:?}");
        let message: PaymentsMessage = GatewayReported { gateway, event_id, event_type, payment }.into();
        let origin = Origin::first(id, CorrelationId::from_uuid(id.as_uuid()), now, a_trace());
        self.webhooks.push(Outgoing::new(&order_id.to_string(), &message, origin).expect("a report fits its schema"));
    }

    fn describe(&self, gateway_ref: &str) -> Option<GatewayPayment> {
        let entry = self.books.get(gateway_ref)?;
        let failure_code = if entry.state == S::Declined { "card_declined" } else { "" };
        Some(GatewayPayment {
            gateway_ref: gateway_ref.to_owned(),
            payment_ref: entry.payment_ref.clone(),
            order_ref: entry.order_id.to_string(),
            state: entry.state,
            amount_minor: entry.amount.minor,
            captured_minor: entry.captured,
            refunded_minor: entry.refunded,
            currency: "INR".to_owned(),
            failure_code: failure_code.to_owned(),
            client_secret: String::new(),
        })
    }
}
