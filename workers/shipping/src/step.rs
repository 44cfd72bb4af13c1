//! What the rules have at hand while they move a shipment by one message.

use schemas::{
    ids::OrderId,
    orders::{OrdersMessage, ShipmentCancelRefused, ShipmentCancelled},
    types::Timestamp,
};
use shared::engine::{NoRow, Outbox};

use crate::{
    effect::Effect,
    limits::Limits,
    shipment::{Shipment, Status},
};

/// What the worker is set up with.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The carrier that new parcels go with.
    pub carrier: &'static str,
    /// How long a shipment may stay where it is.
    pub limits: Limits,
}

/// One message being handled: its time, the rules, and where what it causes goes.
pub struct Step<'s, 'o> {
    /// The message's time.
    pub at: Timestamp,
    /// The rules.
    pub rules: &'s Rules,
    /// What it causes.
    pub out: &'s mut Outbox<'o, Effect, NoRow>,
}

impl Step<'_, '_> {
    /// Tells the order something.
    pub fn tell(&mut self, order_id: OrderId, message: impl Into<OrdersMessage>) {
        self.out.send::<OrdersMessage>(&order_id.to_string(), message);
    }

    /// Brings the shipment to a state.
    pub fn enter(&self, shipment: &mut Shipment, status: Status) {
        shipment.enter(status, self.at, &self.rules.limits);
    }

    /// Makes the call that the shipment's state waits for.
    pub fn ask(&mut self, shipment: &Shipment) {
        if let Some(effect) = Effect::awaited_by(shipment) {
            self.out.call(effect);
        }
    }

    /// Makes the awaited call once more, after a wait.
    pub fn ask_later(&self, shipment: &mut Shipment) {
        shipment.unknown_calls = shipment.unknown_calls.saturating_add(1);
        shipment.deadline = Some(self.at.plus(self.rules.limits.wait_after(shipment.unknown_calls)));
    }

    /// The parcel stays here, and the order hears it.
    pub fn stays_here(&mut self, shipment: &mut Shipment) {
        shipment.cancel_requested = false;
        self.enter(shipment, Status::Cancelled);
        self.tell(shipment.order_id, ShipmentCancelled { order_id: shipment.order_id });
    }

    /// The parcel cannot be stopped, and the order hears it.
    pub fn cannot_be_stopped(&mut self, shipment: &mut Shipment) {
        shipment.cancel_requested = false;
        self.tell(shipment.order_id, ShipmentCancelRefused { order_id: shipment.order_id });
    }
}
