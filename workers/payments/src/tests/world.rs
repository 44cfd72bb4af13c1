//! A payment against a model of a gateway, under schedules that proptest invents: calls executed or not, answered,
//! refused or left in the dark; webhooks lost, doubled and shuffled; customers who pay, are declined, pay something else
//! or try again at either gateway; cancellations at any moment. In the end the gateways' own ledger decides.

mod checks;
mod gateway;
mod moves;

use std::{collections::HashSet, time::Duration};

use proptest::prelude::*;
use schemas::{
    orders::OrdersMessage,
    payments::{CallOutcome, CancelPayment, GatewayAnswered, GatewayState, PaymentsMessage, RefundPayment},
    types::{GatewayName, Money},
};
use shared::{engine::PendingEffect, id::MessageId};

use self::{
    checks::check_the_books,
    gateway::Entry,
    moves::{Move, moves},
};
use super::bench::{AMOUNT, Bench, PATIENCE, answered};
use crate::effect::{Ask, GatewayEffect, Target};

struct World {
    bench: Bench,
    books: Vec<Entry>,
    /// Calls the engine has open, by their place among the bench's calls.
    open: Vec<usize>,
    /// What is on its way to the inbox: its cause, the message, and the ids the engine has let through.
    travelling: Vec<(MessageId, MessageId, PaymentsMessage)>,
    arrived: HashSet<MessageId>,
    calls_seen: usize,
    /// The creations of which it is certain that nothing was made.
    not_made: HashSet<MessageId>,
    /// How many attempts the order has made.
    attempts: i32,
    /// How many refunds were asked for.
    refunds: usize,
    /// Those of them for which there was room.
    fitting: Vec<String>,
}

impl World {
    fn new(any_gateway: bool) -> Self {
        let mut bench = Bench::new();
        if any_gateway {
            bench.card_attempt(1, GatewayName::Stripe);
        } else {
            bench.request();
        }
        let mut world = Self {
            bench,
            books: Vec::new(),
            open: Vec::new(),
            travelling: Vec::new(),
            arrived: HashSet::new(),
            calls_seen: 0,
            not_made: HashSet::new(),
            attempts: 1,
            refunds: 0,
            fitting: Vec::new(),
        };
        world.notice();
        world
    }

    /// Takes note of the calls the last step asked for, and checks what must hold at every moment.
    fn notice(&mut self) {
        self.open.extend(self.calls_seen..self.bench.calls.len());
        self.calls_seen = self.bench.calls.len();
        self.no_attempt_is_made_twice();
        let open = self.open.iter().map(|call| &self.bench.calls[*call].effect.ask);
        let captures: Vec<&Target> = open.filter_map(captured_by).collect();
        let distinct: HashSet<_> = captures.iter().collect();
        assert_eq!(distinct.len(), captures.len(), "two captures of one payment at once");
        let payment = self.bench.state();
        for holding in std::iter::once(&payment.main).chain(&payment.strays) {
            assert!(holding.held_minor() >= 0 && holding.refunded_minor >= 0);
            assert!(holding.promised_minor() <= holding.held_minor() || holding.flight.is_some());
        }
        assert_eq!(payment.deadline.is_none(), payment.is_at_rest(), "a state that may change has a deadline");
        let told = self.bench.told_names();
        let count = |name| told.iter().filter(|told| **told == name).count();
        assert!(count("PaymentCaptured") <= 1, "the order is told once that it is paid");
        for attempt in 1..=self.attempts {
            let of_attempt = |told: &&OrdersMessage| match told {
                OrdersMessage::PaymentReady(told) => told.attempt == attempt,
                _ => false,
            };
            assert!(self.bench.told.iter().filter(of_attempt).count() <= 1, "made ready twice");
            let failed =
                |told: &&OrdersMessage| matches!(told, OrdersMessage::PaymentFailed(f) if f.attempt == attempt);
            assert!(self.bench.told.iter().filter(failed).count() <= 1, "failed twice");
        }
        for told in &self.bench.told {
            if let OrdersMessage::PaymentCaptured(told) = told {
                let main = self.books.iter().find(|entry| entry.gateway_ref == told.gateway_ref).unwrap();
                assert_eq!((told.amount, main.captured, main.amount), (Money::inr(AMOUNT), AMOUNT, AMOUNT));
                assert!(told.attempt == payment.main.attempt && payment.main.is_at(main.gateway, &main.gateway_ref));
            }
        }
    }

    /// What may have been made at one gateway is not made at another.
    fn no_attempt_is_made_twice(&self) {
        let creations: Vec<_> = self.bench.calls.iter().filter(|call| attempt_of(call).is_some()).collect();
        for (place, later) in creations.iter().enumerate() {
            for earlier in &creations[..place] {
                let elsewhere = earlier.effect.gateway != later.effect.gateway;
                let same = attempt_of(earlier) == attempt_of(later);
                assert!(!(same && elsewhere) || self.not_made.contains(&earlier.id), "{earlier:?} {later:?}");
            }
        }
    }

    fn make(&mut self, step: Move) {
        match step {
            Move::Answer(n) => self.with_open(n, |world, call| {
                let (outcome, seen) = world.execute(&call);
                let message = answered(&call, outcome, seen).into();
                world.travelling.push((call.id, call.id.derive("outcome"), message));
            }),
            Move::Swallow(n) => self.with_open(n, |world, call| {
                world.execute(&call);
                world.leave_in_the_dark(&call);
            }),
            Move::Lose(n) => self.with_open(n, |world, call| world.leave_in_the_dark(&call)),
            Move::NotMade(n) => self.with_open(n, |world, call| world.turn_away(&call, CallOutcome::Unknown)),
            Move::Refuse(n) => self.with_open(n, |world, call| world.turn_away(&call, CallOutcome::Refused)),
            Move::Deliver(n) => self.deliver(n, false),
            Move::Double(n) => self.deliver(n, true),
            Move::Drop(n) => self.drop_webhook(n),
            Move::Pay(n, off) => self.customer(n, GatewayState::Authorized, off),
            Move::Decline(n) => self.customer(n, GatewayState::Declined, 0),
            Move::CaptureByHand(n) => self.capture_by_hand(n),
            Move::GiveBackByHand(n, minor) => self.give_back_by_hand(n, minor),
            Move::Refund(minor) => self.refund(minor),
            Move::Attempt(gateway) => {
                self.attempts += 1;
                self.bench.attempt(self.attempts, gateway);
            }
            Move::CardAttempt(gateway) => {
                self.attempts += 1;
                self.bench.card_attempt(self.attempts, gateway);
            }
            Move::Cancel => self.bench.give(CancelPayment { order_id: self.bench.order }).unwrap(),
            Move::Wait if self.bench.state().deadline.is_some() => {
                self.engine_gives_up();
                self.bench.wait();
            }
            Move::Wait => {}
        }
        self.notice();
    }

    fn with_open(&mut self, n: usize, act: impl FnOnce(&mut Self, PendingEffect<GatewayEffect>)) {
        if !self.open.is_empty() {
            let call = self.open.remove(n % self.open.len());
            let call = self.bench.calls[call].clone();
            act(self, call);
        }
    }

    /// The engine's patience with a call is shorter than the payment's.
    fn engine_gives_up(&mut self) {
        let payment = self.bench.state();
        let now = payment.deadline.unwrap().plus(Duration::from_secs(1));
        let holdings = std::iter::once(&payment.main).chain(&payment.strays);
        let flights = holdings.filter_map(|holding| holding.flight.as_ref());
        let late: Vec<_> = flights.filter(|flight| flight.asked_at.plus(PATIENCE.call) < now).map(|f| f.id).collect();
        let calls = &self.bench.calls;
        let (given_up, open) = self.open.iter().partition(|call| late.contains(&calls[**call].id));
        self.open = open;
        let given_up: Vec<usize> = given_up;
        for call in given_up {
            let call = self.bench.calls[call].clone();
            self.leave_in_the_dark(&call);
        }
    }

    fn leave_in_the_dark(&mut self, call: &PendingEffect<GatewayEffect>) {
        let message = answered(call, CallOutcome::Unknown, None).into();
        self.travelling.push((call.id, call.id.derive("outcome"), message));
    }

    /// No payment is made, and everybody knows. Any other call is lost.
    fn turn_away(&mut self, call: &PendingEffect<GatewayEffect>, outcome: CallOutcome) {
        if attempt_of(call).is_none() {
            return self.leave_in_the_dark(call);
        }
        self.not_made.insert(call.id);
        let message = GatewayAnswered { not_made: true, ..answered(call, outcome, None) };
        self.travelling.push((call.id, call.id.derive("outcome"), message.into()));
    }

    fn deliver(&mut self, n: usize, again: bool) {
        if self.travelling.is_empty() {
            return;
        }
        let place = n % self.travelling.len();
        let (cause, id, message) = if again { self.travelling[place].clone() } else { self.travelling.remove(place) };
        // The engine gives an aggregate each message once.
        if self.arrived.insert(id) {
            self.bench.give_from(cause, message).unwrap();
        }
    }

    /// Webhooks get lost; the engine does not lose an answer. Those about a payment we never heard of are spared: nobody
    /// could ask the gateway about it. (No customer can pay such a one either, but for the hands of this model.) So are those of
    /// money that was given back by hand, which at rest reconciliation alone would find.
    fn drop_webhook(&mut self, n: usize) {
        if self.travelling.is_empty() {
            return;
        }
        let place = n % self.travelling.len();
        let payment = self.bench.state();
        let known = |gateway_ref: &str| {
            std::iter::once(&payment.main).chain(&payment.strays).any(|holding| holding.gateway_ref == gateway_ref)
        };
        let by_hand = |gateway_ref: &str| self.books.iter().any(|e| e.gateway_ref == gateway_ref && e.by_hand > 0);
        let PaymentsMessage::GatewayReported(event) = &self.travelling[place].2 else { return };
        if known(&event.payment.gateway_ref) && !by_hand(&event.payment.gateway_ref) {
            self.travelling.remove(place);
        }
    }

    fn customer(&mut self, n: usize, state: GatewayState, off: i64) {
        if self.books.is_empty() {
            return;
        }
        let place = n % self.books.len();
        let entry = &mut self.books[place];
        if matches!(entry.state, GatewayState::AwaitingCustomer | GatewayState::Declined) {
            entry.state = state;
            entry.amount += off;
            self.post(place);
        }
    }

    fn capture_by_hand(&mut self, n: usize) {
        if self.books.is_empty() {
            return;
        }
        let place = n % self.books.len();
        if self.books[place].state == GatewayState::Authorized {
            self.books[place].capture();
            self.post(place);
        }
    }

    fn give_back_by_hand(&mut self, n: usize, minor: i64) {
        if self.books.is_empty() {
            return;
        }
        let place = n % self.books.len();
        let entry = &mut self.books[place];
        if entry.captured - entry.refunded >= minor {
            entry.refund(minor);
            entry.by_hand += minor;
            self.post(place);
        }
    }

    fn refund(&mut self, minor: i64) {
        self.refunds += 1;
        let (order_id, refund_id) = (self.bench.order, format!("refund {}", self.refunds));
        let payment = self.bench.state();
        let promised: i64 = payment.main.parts.iter().map(|part| part.minor).sum();
        if payment.paid && !payment.cancel_requested && promised + minor <= AMOUNT {
            self.fitting.push(refund_id.clone());
        }
        self.bench.give(RefundPayment { order_id, refund_id, amount: Money::inr(minor) }).unwrap();
    }

    /// Everything arrives, every call is answered, time runs until nothing is due any more.
    fn come_to_rest(&mut self) {
        for _ in 0..200 {
            while !self.open.is_empty() || !self.travelling.is_empty() {
                self.make(Move::Answer(0));
                self.make(Move::Deliver(0));
            }
            let payment = self.bench.state();
            if payment.deadline.is_none() {
                return;
            }
            if payment.rechecks > 20 && !payment.cancel_requested {
                // The customer never pays: the order gives up, as orders do.
                self.make(Move::Cancel);
            }
            self.make(Move::Wait);
        }
        panic!("never comes to rest: {:#?}", self.bench.state());
    }
}

/// The attempt that a call is to make.
const fn attempt_of(call: &PendingEffect<GatewayEffect>) -> Option<i32> {
    if let Ask::Create { attempt, .. } = call.effect.ask { Some(attempt) } else { None }
}

fn captured_by(ask: &Ask) -> Option<&Target> {
    if let Ask::Capture { target, .. } = ask { Some(target) } else { None }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_money_is_where_the_order_says(moves in moves(), any_gateway in any::<bool>()) {
        let mut world = World::new(any_gateway);
        for step in moves {
            world.make(step);
        }
        world.come_to_rest();
        check_the_books(&world);
    }
}
