//! `shipping.inbox`: commands of the process manager, the carriers' webhooks and their answers to our own calls. Keyed by
//! order id.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{body, topic};

use crate::{
    ids::OrderId,
    types::{Address, Money, Timestamp},
};

topic! {
    /// Everything that can happen to a shipment.
    pub enum ShippingMessage = "shipping.inbox" {
        /// An order's parcel is to be fetched.
        BookShipment,
        /// An order's parcel is to stay here.
        CancelShipment,
        /// A carrier reported where the parcel is.
        CarrierReported,
        /// A carrier answered a call of ours.
        CarrierAnswered,
        /// The time a shipment's state allows has run out.
        ShipmentDeadlineReached,
    }
}

/// Have a carrier fetch the parcel. Answered by `ShipmentBooked` or `ShipmentRefused`, later `ShipmentPickedUp` and
/// `ShipmentDelivered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct BookShipment {
    /// The order.
    pub order_id: OrderId,
    /// Where it goes.
    pub address: Address,
    /// What it weighs, in grams.
    pub weight_grams: i64,
    /// What the carrier collects on delivery; zero for a paid order.
    pub collect: Money,
}

/// Stop the parcel. Answered by `ShipmentCancelled` or `ShipmentCancelRefused`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CancelShipment {
    /// The order.
    pub order_id: OrderId,
}

/// Where a parcel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ParcelState {
    Booked,
    PickedUp,
    InTransit,
    OutForDelivery,
    Delivered,
    Cancelled,
}

/// A webhook: signature already verified over the raw bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CarrierReported {
    /// The carrier.
    pub carrier: String,
    /// The carrier's id of the event; one effect each.
    pub event_id: String,
    /// The carrier's name for the shipment.
    pub shipment_ref: String,
    /// Where the parcel is.
    pub state: ParcelState,
    /// When the carrier saw it there.
    pub seen_at: Timestamp,
}

/// The calls we make to a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum CarrierCall {
    Book,
    Cancel,
}

/// A carrier's answer to a call of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct CarrierAnswered {
    /// The order.
    pub order_id: OrderId,
    /// What we asked.
    pub call: CarrierCall,
    /// How it ended.
    pub outcome: crate::payments::CallOutcome,
    /// The carrier's name for the shipment; empty unless done.
    pub shipment_ref: String,
    /// What the customer tracks the parcel by; empty unless booked.
    pub tracking_number: String,
    /// The carrier's reason; empty when done.
    pub error_code: String,
}

/// The time that the shipment's state allows has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ShipmentDeadlineReached {
    /// The order.
    pub order_id: OrderId,
    /// The deadline that was reached; stale if the shipment has another by now.
    pub due_at: Timestamp,
}

body!(BookShipment: "../avro/BookShipment.v1.avsc");
body!(CancelShipment: "../avro/CancelShipment.v1.avsc");
body!(CarrierReported: "../avro/CarrierReported.v1.avsc");
body!(CarrierAnswered: "../avro/CarrierAnswered.v1.avsc");
body!(ShipmentDeadlineReached: "../avro/ShipmentDeadlineReached.v1.avsc");
