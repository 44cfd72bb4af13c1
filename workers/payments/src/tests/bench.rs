//! One payment on a workbench: hand it messages, look at what it does.

use std::{collections::HashMap, time::Duration};

use schemas::{
    ids::OrderId,
    ledger::LedgerEntry,
    orders::OrdersMessage,
    payments::{
        CallOutcome, CancelPayment, GatewayAnswered, GatewayCall, GatewayPayment, GatewayReported, GatewayState,
        PaymentDeadlineReached, PaymentsMessage, RequestPayment,
    },
    types::{GatewayName, Money, Timestamp},
};
use shared::{
    engine::{Handler, Outbox, PendingEffect, Refusal},
    id::{CorrelationId, MessageId},
    message::{Delivery, Position},
    trace::TraceContext,
};

use crate::{Patience, Payment, Payments, effect::GatewayEffect};

pub const AMOUNT: i64 = 318_200;

pub const PATIENCE: Patience = Patience {
    customer: Duration::from_secs(60),
    call: Duration::from_secs(30),
    retry: Duration::from_secs(5),
    longest: Duration::from_secs(900),
};

pub struct Bench {
    pub order: OrderId,
    pub payment: Option<Payment>,
    /// Everything the order was told, oldest first.
    pub told: Vec<OrdersMessage>,
    /// Every call asked for, oldest first.
    pub calls: Vec<PendingEffect<GatewayEffect>>,
    /// Everything that was booked, oldest first.
    pub ledger: Vec<LedgerEntry>,
    clock: Timestamp,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            order: OrderId::generate(),
            payment: None,
            told: Vec::new(),
            calls: Vec::new(),
            ledger: Vec::new(),
            clock: Timestamp::from_millis(1_000_000),
        }
    }

    /// A payment that the customer can make, with its creation answered.
    pub fn awaiting_customer() -> Self {
        let mut bench = Self::new();
        bench.request();
        bench.done(0, bench.seen(GatewayState::AwaitingCustomer));
        bench
    }

    /// A payment whose capture is under way as call number 1.
    pub fn capturing() -> Self {
        let mut bench = Self::awaiting_customer();
        bench.report(bench.seen(GatewayState::Authorized));
        bench
    }

    /// A payment that was captured and told.
    pub fn captured() -> Self {
        let mut bench = Self::capturing();
        bench.done(1, bench.seen(GatewayState::Captured));
        bench
    }

    pub fn request(&mut self) {
        self.attempt(1, GatewayName::Stripe);
    }

    /// The order wants to be paid, by its attempt of this number.
    pub fn attempt(&mut self, attempt: i32, gateway: GatewayName) {
        self.give(self.wish(attempt, gateway, false)).unwrap();
    }

    /// The same, where the gateway is left to the shop.
    pub fn card_attempt(&mut self, attempt: i32, gateway: GatewayName) {
        self.give(self.wish(attempt, gateway, true)).unwrap();
    }

    fn wish(&self, attempt: i32, gateway: GatewayName, any_gateway: bool) -> RequestPayment {
        RequestPayment { order_id: self.order, gateway, amount: Money::inr(AMOUNT), attempt, any_gateway }
    }

    pub fn cancel(&mut self) {
        self.give(CancelPayment { order_id: self.order }).unwrap();
    }

    pub fn report(&mut self, payment: GatewayPayment) {
        self.try_report(payment).unwrap();
    }

    pub fn try_report(&mut self, payment: GatewayPayment) -> Result<(), Refusal> {
        self.give(reported(GatewayName::Stripe, payment))
    }

    pub fn done(&mut self, call: usize, payment: GatewayPayment) {
        self.answer(call, CallOutcome::Done, Some(payment));
    }

    pub fn refused(&mut self, call: usize) {
        self.answer(call, CallOutcome::Refused, None);
    }

    pub fn unknown(&mut self, call: usize) {
        self.answer(call, CallOutcome::Unknown, None);
    }

    pub fn not_made(&mut self, call: usize) {
        let effect = self.calls[call].clone();
        let answer = GatewayAnswered { not_made: true, ..answered(&effect, CallOutcome::Unknown, None) };
        self.give_from(effect.id, answer).unwrap();
    }

    fn answer(&mut self, call: usize, outcome: CallOutcome, payment: Option<GatewayPayment>) {
        let effect = self.calls[call].clone();
        let message = answered(&effect, outcome, payment);
        self.give_from(effect.id, message).unwrap();
    }

    /// Lets time run to the payment's deadline.
    pub fn wait(&mut self) {
        let due_at = self.payment.as_ref().unwrap().deadline.expect("nothing to wait for");
        self.clock = self.clock.max(due_at);
        self.give(PaymentDeadlineReached { order_id: self.order, due_at }).unwrap();
    }

    pub fn give(&mut self, message: impl Into<PaymentsMessage>) -> Result<(), Refusal> {
        self.give_from(MessageId::generate(), message)
    }

    pub fn give_from(&mut self, causation: MessageId, message: impl Into<PaymentsMessage>) -> Result<(), Refusal> {
        self.clock = self.clock.plus(Duration::from_millis(1));
        let delivery = Delivery {
            id: MessageId::generate(),
            causation,
            correlation: CorrelationId::generate(),
            aggregate_id: self.order.to_string(),
            at: self.clock,
            position: Position { partition: 0, offset: 0 },
            trace: TraceContext::start(),
            message: message.into(),
        };
        let rows = HashMap::new();
        let mut out = Outbox::new(&delivery, &rows);
        self.payment = Payments { patience: PATIENCE }.handle(self.payment.clone(), &delivery, &mut out)?;
        let (messages, effects, rows) = out.contents();
        self.calls.extend_from_slice(effects);
        self.ledger.extend(rows.iter().filter_map(|row| row.entry().cloned()));
        for message in messages {
            let position = Position { partition: 0, offset: 0 };
            self.told.push(Delivery::decode(&message.payload, position, self.clock, None).unwrap().message);
        }
        Ok(())
    }

    /// The payment as the gateway describes it when all is right.
    pub fn seen(&self, state: GatewayState) -> GatewayPayment {
        let captured = matches!(state, GatewayState::Captured | GatewayState::Refunded);
        GatewayPayment {
            gateway_ref: "pi_1".to_owned(),
            payment_ref: "pi_1".to_owned(),
            order_ref: self.order.to_string(),
            state,
            amount_minor: AMOUNT,
            captured_minor: if captured { AMOUNT } else { 0 },
            refunded_minor: if state == GatewayState::Refunded { AMOUNT } else { 0 },
            currency: "inr".to_owned(),
            failure_code: if state == GatewayState::Declined { "card_declined".to_owned() } else { String::new() },
            client_secret: if state == GatewayState::AwaitingCustomer {
                "pi_1_secret".to_owned()
            } else {
                String::new()
            },
        }
    }

    /// The kinds of all calls so far.
    pub fn asked(&self) -> Vec<GatewayCall> {
        self.calls.iter().map(|call| call.effect.ask.call()).collect()
    }

    pub fn state(&self) -> &Payment {
        self.payment.as_ref().unwrap()
    }

    /// The names of all messages to the order so far.
    pub fn told_names(&self) -> Vec<&'static str> {
        use shared::message::Topic;
        self.told.iter().map(Topic::name).collect()
    }
}

pub fn reported(gateway: GatewayName, payment: GatewayPayment) -> GatewayReported {
    GatewayReported { gateway, event_id: "evt".to_owned(), event_type: "payment_intent.updated".to_owned(), payment }
}

pub fn answered(
    effect: &PendingEffect<GatewayEffect>,
    outcome: CallOutcome,
    payment: Option<GatewayPayment>,
) -> GatewayAnswered {
    let error_code = if outcome == CallOutcome::Done { String::new() } else { "because".to_owned() };
    let GatewayEffect { order_id, gateway, ask } = &effect.effect;
    let (order_id, call, gateway) = (*order_id, ask.call(), Some(*gateway));
    GatewayAnswered { order_id, call, outcome, payment, error_code, gateway, not_made: false }
}
