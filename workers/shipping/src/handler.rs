//! What the worker does with each message.

use schemas::{
    ids::OrderId,
    shipping::{ShipmentDeadlineReached, ShippingMessage},
    types::Timestamp,
};
use shared::{
    engine::{Handler, NoRow, Outbox, Refusal},
    message::Delivery,
};

use crate::{
    answers, booking,
    effect::Effect,
    overdue,
    shipment::Shipment,
    step::{Rules, Step},
    tracking,
};

/// The rules of the shipping worker.
#[derive(Debug, Clone, Copy)]
pub struct Shipping {
    rules: Rules,
}

impl Shipping {
    /// A worker with these rules.
    #[must_use]
    pub const fn new(rules: Rules) -> Self {
        Self { rules }
    }
}

impl Handler for Shipping {
    type State = Shipment;
    type Message = ShippingMessage;
    type Effect = Effect;
    type Row = NoRow;

    fn handle(
        &self,
        state: Option<Shipment>,
        delivery: &Delivery<ShippingMessage>,
        out: &mut Outbox<'_, Effect, NoRow>,
    ) -> Result<Option<Shipment>, Refusal> {
        check_key(delivery)?;
        let step = &mut Step { at: delivery.at, rules: &self.rules, out };
        match &delivery.message {
            ShippingMessage::BookShipment(command) => Ok(Some(booking::book(state, command, step))),
            ShippingMessage::CancelShipment(command) => Ok(Some(booking::cancel(state, command, step))),
            ShippingMessage::CarrierReported(report) => tracking::reported(state, report, step).map(Some),
            ShippingMessage::CarrierAnswered(answer) => answers::answered(state, answer, step).map(Some),
            ShippingMessage::ShipmentDeadlineReached(reached) => Ok(overdue::deadline_reached(state, reached, step)),
        }
    }

    fn deadline_reached(&self, aggregate_id: &str, due_at: Timestamp) -> Option<ShippingMessage> {
        let order_id = aggregate_id.parse().ok()?;
        Some(ShipmentDeadlineReached { order_id, due_at }.into())
    }
}

/// A message under another order's key would move the wrong parcel.
fn check_key(delivery: &Delivery<ShippingMessage>) -> Result<(), Refusal> {
    match order_of(&delivery.message) {
        Some(order_id) if order_id.to_string() != delivery.aggregate_id => {
            Err(Refusal::new("wrong_key", format!("a message about {order_id} was sent to another order")))
        }
        _ => Ok(()),
    }
}

const fn order_of(message: &ShippingMessage) -> Option<OrderId> {
    match message {
        ShippingMessage::BookShipment(command) => Some(command.order_id),
        ShippingMessage::CancelShipment(command) => Some(command.order_id),
        ShippingMessage::CarrierAnswered(answer) => Some(answer.order_id),
        ShippingMessage::ShipmentDeadlineReached(reached) => Some(reached.order_id),
        // A carrier cites its own name for the shipment.
        ShippingMessage::CarrierReported(_) => None,
    }
}
