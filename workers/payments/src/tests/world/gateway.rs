//! The gateways of the world: their books, and what they do when they are asked.

use schemas::{
    payments::{CallOutcome, GatewayPayment, GatewayState},
    types::GatewayName,
};
use shared::{engine::PendingEffect, id::MessageId};

use super::{super::bench::reported, World};
use crate::effect::{Ask, GatewayEffect, Target};

/// One payment in the gateway's own books.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) gateway: GatewayName,
    pub(super) gateway_ref: String,
    pub(super) state: GatewayState,
    pub(super) amount: i64,
    pub(super) captured: i64,
    pub(super) refunded: i64,
    /// What somebody gave back at the gateway.
    pub(super) by_hand: i64,
    pub(super) captures: u32,
}

impl Entry {
    pub(super) fn capture(&mut self) {
        self.state = GatewayState::Captured;
        self.captured = self.amount;
        self.captures += 1;
    }

    pub(super) fn refund(&mut self, minor: i64) {
        self.refunded += minor;
        if self.refunded == self.captured {
            self.state = GatewayState::Refunded;
        }
    }
}

impl World {
    pub(super) fn post(&mut self, place: usize) {
        let (gateway, seen) = (self.books[place].gateway, self.describe(&self.books[place]));
        self.travelling.push((MessageId::generate(), MessageId::generate(), reported(gateway, seen).into()));
    }

    /// The gateway does what it is asked, by its own rules.
    pub(super) fn execute(&mut self, call: &PendingEffect<GatewayEffect>) -> (CallOutcome, Option<GatewayPayment>) {
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
}
