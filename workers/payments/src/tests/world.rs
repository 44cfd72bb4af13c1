//! A payment against a model of a gateway, under schedules that proptest invents: calls executed or not, answered,
//! refused or left in the dark; webhooks lost, doubled and shuffled; customers who pay, are declined, pay something else
//! or try again at either gateway; cancellations at any moment. In the end the gateways' own ledger decides.

mod checks;

use std::{collections::HashSet, time::Duration};

use proptest::prelude::*;
use schemas::{
    orders::OrdersMessage,
    payments::{
        CallOutcome, CancelPayment, GatewayAnswered, GatewayPayment, GatewayState, PaymentsMessage, RefundPayment,
    },
    types::{GatewayName, Money},
};
use shared::{engine::PendingEffect, id::MessageId};

use self::checks::check_the_books;
use super::bench::{AMOUNT, Bench, PATIENCE, answered, reported};
use crate::effect::{Ask, GatewayEffect, Target};

/// One payment in the gateway's own books.
#[derive(Debug, Clone)]
struct Entry {
    gateway: GatewayName,
    gateway_ref: String,
    state: GatewayState,
    amount: i64,
    captured: i64,
    refunded: i64,
    /// What somebody gave back at the gateway.
    by_hand: i64,
    captures: u32,
}

/// One move of the world. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Move {
    /// The gateway executes an open call and its answer travels.
    Answer(usize),
    /// It executes the call, but the engine's patience runs out: the fate is unknown.
    Swallow(usize),
    /// It does not even see the call.
    Lose(usize),
    /// It certainly does not make a payment, and may later.
    NotMade(usize),
    /// It will not make a payment.
    Refuse(usize),
    /// A travelling message arrives.
    Deliver(usize),
    /// It arrives and remains on its way: posted twice.
    Double(usize),
    /// It never arrives.
    Drop(usize),
    /// The customer pays, with the amount off by so much.
    Pay(usize, i64),
    Decline(usize),
    /// Somebody captures at the gateway by hand.
    CaptureByHand(usize),
    /// Somebody gives so much back at the gateway by hand.
    GiveBackByHand(usize, i64),
    /// The order wants so much to go back.
    Refund(i64),
    /// The order wants to be paid by another attempt, at this gateway.
    Attempt(GatewayName),
    /// By another attempt, at this gateway or whichever makes it.
    CardAttempt(GatewayName),
    Cancel,
    Wait,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let n = 0usize..8;
    let one = prop_oneof![
        6 => n.clone().prop_map(Move::Answer),
        2 => n.clone().prop_map(Move::Swallow),
        1 => n.clone().prop_map(Move::Lose),
        2 => n.clone().prop_map(Move::NotMade),
        1 => n.clone().prop_map(Move::Refuse),
        6 => n.clone().prop_map(Move::Deliver),
        2 => n.clone().prop_map(Move::Double),
        1 => n.clone().prop_map(Move::Drop),
        4 => n.clone().prop_map(|n| Move::Pay(n, 0)),
        1 => n.clone().prop_map(|n| Move::Pay(n, -1)),
        1 => n.clone().prop_map(Move::Decline),
        1 => n.clone().prop_map(Move::CaptureByHand),
        1 => (n, 1..AMOUNT).prop_map(|(n, minor)| Move::GiveBackByHand(n, minor)),
        3 => (1..AMOUNT).prop_map(Move::Refund),
        1 => (AMOUNT..2 * AMOUNT).prop_map(Move::Refund),
        1 => Just(Move::Attempt(GatewayName::Stripe)),
        2 => Just(Move::Attempt(GatewayName::Razorpay)),
        1 => Just(Move::CardAttempt(GatewayName::Stripe)),
        1 => Just(Move::CardAttempt(GatewayName::Razorpay)),
        1 => Just(Move::Cancel),
        2 => Just(Move::Wait),
    ];
    proptest::collection::vec(one, 0..60)
}

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

    fn post(&mut self, place: usize) {
        let (gateway, seen) = (self.books[place].gateway, self.describe(&self.books[place]));
        self.travelling.push((MessageId::generate(), MessageId::generate(), reported(gateway, seen).into()));
    }

    /// The gateway does what it is asked, by its own rules.
    fn execute(&mut self, call: &PendingEffect<GatewayEffect>) -> (CallOutcome, Option<GatewayPayment>) {
        let place = match &call.effect.ask {
            Ask::Create { amount, .. } => Some(self.create(call.effect.gateway, amount.minor)),
            Ask::Capture { target, amount } => {
                self.change(target, |entry| entry.state == GatewayState::Authorized && entry.amount == amount.minor, {
                    Entry::capture
                })
            }
            Ask::Void { target } => self.change(
                target,
                |entry| entry.state != GatewayState::Voided && entry.captured == 0,
                |entry| entry.state = GatewayState::Voided,
            ),
            Ask::Refund { target, amount, before_minor } => {
                let (minor, before) = (amount.minor, before_minor.unwrap());
                let at_rest = |entry: &Entry| entry.captured - entry.refunded >= minor && entry.refunded <= before;
                // Where more has gone back than we knew of, our own call looks and does nothing.
                self.change(target, at_rest, |entry| entry.refund(minor)).or_else(|| self.find(target))
            }
            Ask::Query { target } => self.find(target),
        };
        match place {
            Some(place) => (CallOutcome::Done, Some(self.describe(&self.books[place]))),
            None => (CallOutcome::Refused, None),
        }
    }

    fn create(&mut self, gateway: GatewayName, amount: i64) -> usize {
        let gateway_ref = format!("pi_{}", self.books.len());
        let state = GatewayState::AwaitingCustomer;
        let (captured, refunded, by_hand, captures) = (0, 0, 0, 0);
        self.books.push(Entry { gateway, gateway_ref, state, amount, captured, refunded, by_hand, captures });
        self.books.len() - 1
    }

    fn change(
        &mut self,
        target: &Target,
        allowed: impl FnOnce(&Entry) -> bool,
        act: impl FnOnce(&mut Entry),
    ) -> Option<usize> {
        let place = self.find(target)?;
        if !allowed(&self.books[place]) {
            return None;
        }
        act(&mut self.books[place]);
        self.post(place);
        Some(place)
    }

    fn find(&self, target: &Target) -> Option<usize> {
        self.books.iter().position(|entry| entry.gateway_ref == target.gateway_ref)
    }

    fn describe(&self, entry: &Entry) -> GatewayPayment {
        GatewayPayment {
            gateway_ref: entry.gateway_ref.clone(),
            payment_ref: entry.gateway_ref.clone(),
            amount_minor: entry.amount,
            captured_minor: entry.captured,
            refunded_minor: entry.refunded,
            ..self.bench.seen(entry.state)
        }
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

impl Entry {
    fn capture(&mut self) {
        self.state = GatewayState::Captured;
        self.captured = self.amount;
        self.captures += 1;
    }

    fn refund(&mut self, minor: i64) {
        self.refunded += minor;
        if self.refunded == self.captured {
            self.state = GatewayState::Refunded;
        }
    }
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
