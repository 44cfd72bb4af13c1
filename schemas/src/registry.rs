//! All messages in one list, for the tools and tests that go through every one of them.

use apache_avro::{AvroSchema, Schema};
use shared::{
    avro::{AvroError, Versions},
    message::Body,
};

use crate::{catalog, inventory, invoicing, order_events, orders, payments, shipping};

/// One message of the contract.
pub struct Registered {
    /// The struct's name, which is the schema's.
    pub name: &'static str,
    /// The committed schemas.
    pub versions: fn() -> Result<&'static Versions, AvroError>,
    /// The schema that the struct has now.
    pub current: fn() -> Schema,
}

macro_rules! registry {
    ($($module:ident::{$($name:ident),+ $(,)?};)+) => {
        /// Every message of the contract.
        pub const MESSAGES: &[Registered] = &[$($(Registered {
            name: stringify!($name),
            versions: <$module::$name as Body>::versions,
            current: <$module::$name as AvroSchema>::get_schema,
        },)+)+];
    };
}

registry! {
    catalog::{PutProduct, ProductChanged};
    inventory::{ReceiveStock, ReserveStock, ReleaseStock, CommitStock};
    invoicing::{IssueInvoice, IssueCreditNote};
    order_events::{OrderMoved};
    orders::{
        PlaceOrder, CancelOrder, StockReserved, StockRefused, PaymentReady, PaymentCaptured, PaymentFailed,
        PaymentRefunded, InvoiceIssued, CreditNoteIssued, ShipmentBooked, ShipmentRefused, ShipmentPickedUp,
        ShipmentDelivered, ShipmentCancelled, ShipmentCancelRefused, OrderDeadlineReached,
    };
    payments::{RequestPayment, CancelPayment, GatewayReported, GatewayAnswered, PaymentDeadlineReached};
    shipping::{BookShipment, CancelShipment, CarrierReported, CarrierAnswered, ShipmentDeadlineReached};
}
