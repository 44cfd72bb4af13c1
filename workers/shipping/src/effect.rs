//! The calls to a carrier that the rules ask for.

use schemas::{ids::OrderId, shipping::CarrierCall};
use serde::{Deserialize, Serialize};
use shared::id::MessageId;

use crate::shipment::{Parcel, Shipment, Status};

/// A call to a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Whose parcel.
    pub order_id: OrderId,
    /// Which carrier.
    pub carrier: String,
    /// The same whenever this call is made for this order, so that asking again can never book two parcels: the
    /// engine's own key changes with the message that asks.
    pub idempotency_key: String,
    /// What is asked.
    pub ask: Ask,
}

/// What a carrier is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Ask {
    /// To fetch a parcel.
    Book {
        /// The parcel.
        parcel: Parcel,
    },
    /// To leave it here.
    Cancel {
        /// The carrier's name for the shipment.
        shipment_ref: String,
    },
}

impl Ask {
    /// The call's name in messages.
    #[must_use]
    pub const fn call(&self) -> CarrierCall {
        match self {
            Self::Book { .. } => CarrierCall::Book,
            Self::Cancel { .. } => CarrierCall::Cancel,
        }
    }
}

impl Effect {
    /// The call that a shipment's state waits for, if it waits for one.
    #[must_use]
    pub fn awaited_by(shipment: &Shipment) -> Option<Self> {
        let ask = match shipment.status {
            Status::Booking => Ask::Book { parcel: shipment.parcel.clone()? },
            Status::Cancelling => Ask::Cancel { shipment_ref: shipment.shipment_ref.clone()? },
            _ => return None,
        };
        Some(Self {
            order_id: shipment.order_id,
            carrier: shipment.carrier.clone(),
            idempotency_key: idempotency_key(shipment.order_id, &ask),
            ask,
        })
    }
}

fn idempotency_key(order_id: OrderId, ask: &Ask) -> String {
    let call = match ask {
        Ask::Book { .. } => "book",
        Ask::Cancel { .. } => "cancel",
    };
    MessageId::of_fact(&format!("shipment/{order_id}/{call}")).to_string()
}
