//! The carrier's own books: which parcels it was asked to fetch, and where they are.

use std::collections::BTreeMap;

use schemas::{
    ids::OrderId,
    payments::CallOutcome,
    shipping::{CarrierAnswered, CarrierReported, ParcelState, ShippingMessage},
    types::Timestamp,
};
use shared::{
    engine::{PendingEffect, Tried},
    id::{CorrelationId, MessageId},
    message::{Origin, Outgoing},
};
use shipping::{
    carrier::swift::Swift,
    effect::{Ask, Effect},
    handler::Shipping,
};

use super::{Caller, Outside};
use crate::{
    chance::Chance,
    world::{Surroundings, a_trace},
};

/// The carrier.
#[derive(Debug, Default)]
pub struct Carrier {
    /// The parcels by the carrier's name for them.
    pub parcels: BTreeMap<String, Parcel>,
    /// Webhooks on their way.
    pub webhooks: Vec<Outgoing>,
    answers: BTreeMap<String, Option<String>>,
    events: u64,
}

/// One parcel.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Whose.
    pub order_id: OrderId,
    /// Where it is.
    pub state: ParcelState,
}

/// The way to the carrier.
#[derive(Debug, Clone, Copy)]
pub struct CarrierCalls;

/// An address in so many cannot be reached.
const UNREACHABLE: u32 = 40;

impl Caller<Shipping> for CarrierCalls {
    fn call(self, effect: &PendingEffect<Effect>, _: Tried, around: &mut Surroundings) -> Option<ShippingMessage> {
        let effect = &effect.effect;
        let Surroundings { chance, now, outside: Outside { carrier, .. }, .. } = around;
        let done = match &effect.ask {
            Ask::Book { .. } => carrier.book(effect, chance),
            Ask::Cancel { shipment_ref } => carrier.cancel(shipment_ref, *now),
        };
        let outcome = if done.is_some() { CallOutcome::Done } else { CallOutcome::Refused };
        Some(answered(effect, outcome, done.unwrap_or_default()))
    }

    fn unanswered(self, effect: &Effect) -> ShippingMessage {
        answered(effect, CallOutcome::Unknown, String::new())
    }
}

fn answered(effect: &Effect, outcome: CallOutcome, shipment_ref: String) -> ShippingMessage {
    let error_code = if outcome == CallOutcome::Done { String::new() } else { "simulated".to_owned() };
    let tracking_number = shipment_ref.clone();
    let (order_id, call) = (effect.order_id, effect.ask.call());
    CarrierAnswered { order_id, call, outcome, shipment_ref, tracking_number, error_code }.into()
}

impl Carrier {
    /// Once per key, a refusal too.
    fn book(&mut self, effect: &Effect, chance: &mut Chance) -> Option<String> {
        let next = format!("SW{}", self.answers.len());
        let answer = self
            .answers
            .entry(effect.idempotency_key.clone())
            .or_insert_with(|| if chance.one_in(UNREACHABLE) { None } else { Some(next) });
        if let Some(shipment_ref) = answer {
            let parcel = Parcel { order_id: effect.order_id, state: ParcelState::Booked };
            self.parcels.entry(shipment_ref.clone()).or_insert(parcel);
        }
        answer.clone()
    }

    fn cancel(&mut self, shipment_ref: &str, now: Timestamp) -> Option<String> {
        match self.parcels.get(shipment_ref)?.state {
            ParcelState::Booked => self.move_to(shipment_ref, ParcelState::Cancelled, now),
            ParcelState::Cancelled => {}
            _ => return None,
        }
        Some(shipment_ref.to_owned())
    }

    /// The van comes by: some parcel goes on to its next place. False if none can.
    pub fn van_moves(&mut self, chance: &mut Chance, now: Timestamp) -> bool {
        let all = || self.parcels.iter().filter_map(|(name, parcel)| Some((name, next(parcel.state)?)));
        let chosen = all().nth(chance.pick(all().count()));
        let Some((name, state)) = chosen.map(|(name, state)| (name.clone(), state)) else { return false };
        self.move_to(&name, state, now);
        true
    }

    fn move_to(&mut self, shipment_ref: &str, state: ParcelState, now: Timestamp) {
        let Some(parcel) = self.parcels.get_mut(shipment_ref) else { return };
        parcel.state = state;
        self.events += 1;
        let event_id = format!("ev_{}", self.events);
        let id = MessageId::of_fact(&format!("{}/{event_id}", Swift::NAME));
        let report = CarrierReported {
            carrier: Swift::NAME.to_owned(),
            event_id,
            shipment_ref: shipment_ref.to_owned(),
            state,
            seen_at: now,
        };
        let message: ShippingMessage = report.into();
        let origin = Origin::first(id, CorrelationId::from_uuid(id.as_uuid()), now, a_trace());
        let key = parcel.order_id.to_string();
        self.webhooks.push(Outgoing::new(&key, &message, origin).expect("a report fits its schema"));
    }
}

const fn next(state: ParcelState) -> Option<ParcelState> {
    match state {
        ParcelState::Booked => Some(ParcelState::PickedUp),
        ParcelState::PickedUp => Some(ParcelState::InTransit),
        ParcelState::InTransit => Some(ParcelState::OutForDelivery),
        ParcelState::OutForDelivery => Some(ParcelState::Delivered),
        ParcelState::Delivered | ParcelState::Cancelled => None,
    }
}
