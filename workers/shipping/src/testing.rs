//! What the tests of this crate share: an order, its messages and a small stand-in for the engine.

use std::{collections::HashMap, time::Duration};

use schemas::{
    ids::OrderId,
    orders::OrdersMessage,
    payments::CallOutcome,
    shipping::{
        BookShipment, CancelShipment, CarrierAnswered, CarrierCall, CarrierReported, ParcelState, ShippingMessage,
    },
    types::{Address, Money, Timestamp},
};
use shared::{
    engine::{Handler, Outbox, Refusal},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Position, Topic},
    trace::TraceContext,
};

use crate::{
    effect::Effect,
    handler::Shipping,
    limits::Limits,
    shipment::{Parcel, Shipment},
    step::Rules,
};

/// The limits of the default settings.
pub const LIMITS: Limits = Limits {
    answer: Duration::from_secs(900),
    ask_again: Duration::from_secs(30),
    pickup: Duration::from_secs(72 * 3_600),
    report: Duration::from_secs(7 * 86_400),
};

/// What the carrier calls the shipment.
pub const REF: &str = "shp_1";

/// The order of all tests.
pub fn order() -> OrderId {
    OrderId::from_uuid(Uuid::from_u64_pair(7, 1))
}

/// Its parcel.
pub fn parcel() -> Parcel {
    Parcel {
        address: Address {
            name: "Asha Rao".to_owned(),
            phone: "+919800000001".to_owned(),
            line1: "12 MG Road".to_owned(),
            line2: String::new(),
            city: "Pune".to_owned(),
            state_code: "27".to_owned(),
            pincode: "411001".to_owned(),
        },
        weight_grams: 1_800,
        collect: Money::inr(0),
    }
}

/// The order's parcel is to be fetched.
pub fn book() -> ShippingMessage {
    let Parcel { address, weight_grams, collect } = parcel();
    BookShipment { order_id: order(), address, weight_grams, collect }.into()
}

/// It is to stay here.
pub fn cancel() -> ShippingMessage {
    CancelShipment { order_id: order() }.into()
}

/// The carrier answers a call.
pub fn answer(call: CarrierCall, outcome: CallOutcome) -> ShippingMessage {
    let done = outcome == CallOutcome::Done;
    CarrierAnswered {
        order_id: order(),
        call,
        outcome,
        shipment_ref: if done { REF.to_owned() } else { String::new() },
        tracking_number: if done { "SIM1".to_owned() } else { String::new() },
        error_code: if done { String::new() } else { "unserviceable".to_owned() },
    }
    .into()
}

/// The carrier reports, as one event per state.
pub fn report(state: ParcelState) -> ShippingMessage {
    CarrierReported {
        carrier: "swift".to_owned(),
        event_id: format!("cev_{state:?}"),
        shipment_ref: REF.to_owned(),
        state,
        seen_at: Timestamp::from_millis(0),
    }
    .into()
}

/// The worker with one shipment, one message at a time.
pub struct Desk {
    /// The shipment.
    pub shipment: Option<Shipment>,
    /// The names of everything the order was told, in order.
    pub told: Vec<&'static str>,
    /// The calls made, in order.
    pub calls: Vec<Effect>,
    /// The time of the next message; a second passes with each.
    pub now: Timestamp,
}

impl Default for Desk {
    fn default() -> Self {
        Self { shipment: None, told: Vec::new(), calls: Vec::new(), now: Timestamp::from_millis(1_000) }
    }
}

impl Desk {
    /// Handles messages that make sense.
    pub fn after(messages: impl IntoIterator<Item = ShippingMessage>) -> Self {
        let mut desk = Self::default();
        for message in messages {
            desk.handle(message).unwrap();
        }
        desk
    }

    /// Handles one message.
    pub fn handle(&mut self, message: ShippingMessage) -> Result<(), Refusal> {
        self.now = self.now.plus(Duration::from_secs(1));
        let delivery = Delivery {
            id: MessageId::generate(),
            causation: MessageId::generate(),
            correlation: CorrelationId::generate(),
            aggregate_id: order().to_string(),
            at: self.now,
            position: Position { partition: 0, offset: 0 },
            trace: TraceContext::start(),
            message,
        };
        let rows = HashMap::new();
        let mut out = Outbox::new(&delivery, &rows);
        let handler = Shipping::new(Rules { carrier: "swift", limits: LIMITS });
        self.shipment = handler.handle(self.shipment.clone(), &delivery, &mut out)?;
        let (messages, calls, _) = out.contents();
        for sent in messages {
            let sent: Delivery<OrdersMessage> =
                Delivery::decode(&sent.payload, delivery.position, self.now, None).unwrap();
            assert_eq!(sent.aggregate_id, order().to_string());
            self.told.push(sent.message.name());
        }
        self.calls.extend(calls.iter().map(|call| call.effect.clone()));
        Ok(())
    }

    /// Lets the shipment's deadline pass.
    pub fn deadline_passes(&mut self) {
        let Some(due_at) = self.shipment.as_ref().and_then(|shipment| shipment.deadline) else { return };
        self.now = self.now.max(due_at);
        let handler = Shipping::new(Rules { carrier: "swift", limits: LIMITS });
        self.handle(handler.deadline_reached(&order().to_string(), due_at).unwrap()).unwrap();
        let next = self.shipment.as_ref().and_then(|shipment| shipment.deadline);
        assert_ne!(next, Some(due_at), "a deadline that was reached is no deadline any more");
    }

    /// The shipment.
    pub fn shipment(&self) -> &Shipment {
        self.shipment.as_ref().unwrap()
    }

    /// What was asked of the carrier, in order.
    pub fn asked(&self) -> Vec<CarrierCall> {
        self.calls.iter().map(|call| call.ask.call()).collect()
    }
}
