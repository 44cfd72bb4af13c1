//! All messages in one list, for the tools and tests that go through every one of them.

use apache_avro::{AvroSchema, Schema};
use serde_json::Value;
use shared::{
    avro::{AvroError, Fingerprint, Versions},
    message::Body,
};

use crate::{
    cash, catalog, coupons, disputes, imports, inventory, invoicing, order_events, orders, payments, returns,
    settlements, shipping,
};

/// One message of the contract.
pub struct Registered {
    /// The struct's name, which is the schema's.
    pub name: &'static str,
    /// The committed schemas.
    pub versions: fn() -> Result<&'static Versions, AvroError>,
    /// The schema that the struct has now.
    pub current: fn() -> Schema,
    /// Reads a body into the struct and shows it as JSON.
    pub decode: fn(Fingerprint, &[u8]) -> Result<Value, AvroError>,
    /// Writes a body from the struct's JSON form.
    pub encode: fn(Value) -> Result<Vec<u8>, AvroError>,
}

fn decode<T: Body>(fingerprint: Fingerprint, body: &[u8]) -> Result<Value, AvroError> {
    let message: T = T::versions()?.decode(fingerprint, body)?;
    serde_json::to_value(message).map_err(not_json)
}

fn encode<T: Body>(json: Value) -> Result<Vec<u8>, AvroError> {
    let message: T = serde_json::from_value(json).map_err(not_json)?;
    T::versions()?.encode(&message)
}

fn not_json(error: serde_json::Error) -> AvroError {
    AvroError::UnknownSchema(format!("JSON form: {error}"))
}

macro_rules! registry {
    ($($module:ident::{$($name:ident),+ $(,)?};)+) => {
        /// Every message of the contract.
        pub const MESSAGES: &[Registered] = &[$($(Registered {
            name: stringify!($name),
            versions: <$module::$name as Body>::versions,
            current: <$module::$name as AvroSchema>::get_schema,
            decode: decode::<$module::$name>,
            encode: encode::<$module::$name>,
        },)+)+];
    };
}

registry! {
    cash::{RecordCash, RecordPayout, BookCash};
    catalog::{PutProduct, ChangeProduct, FitProduct, TraceReplacement, ReviewProduct, WithdrawReview, ModerateReview, ProductChanged};
    disputes::{DisputeReported, PaymentDisputed, OrderDisputed};
    coupons::{DeactivateCoupon, PutCoupon, RedeemCoupon, ReleaseCoupon};
    imports::{
        CheckImport, ImportChecked, ImportUnreadable, StartImport, CancelImport, ApplyChunk, RowApplied, RowRefused,
        CustomersApplied, StepUnanswered, UploadCleared, ImportCleared, ImportDeadlineReached,
    };
    inventory::{CommitStock, ReceiveStock, RecountStock, ReleaseStock, ReserveStock, ReturnStock};
    invoicing::{IssueInvoice, IssueCreditNote, CreditInvoice, ReplaceInvoice};
    order_events::{OrderMoved, OrderRefunded, ReturnMoved};
    orders::{
        PlaceOrder, CancelOrder, RefundOrder, CouponRedeemed, CouponRefused, StockReserved, StockRefused, PaymentReady, PaymentDelayed, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentPartlyRefunded, RefundRefused, InvoiceIssued, CreditNoteIssued, InvoiceCredited, PaymentDeclined, PayOrder,
        CorrectInvoice, InvoiceReplaced, ReplacementRefused,
        ShipmentBooked, ShipmentRefused, ShipmentPickedUp,
        ShipmentDelivered, ShipmentCancelled, ShipmentCancelRefused, OrderDeadlineReached,
    };
    payments::{RequestPayment, CancelPayment, RefundPayment, GatewayReported, GatewayAnswered, PaymentDeadlineReached};
    settlements::{SettlementReported};
    returns::{RequestReturn, WithdrawReturn, DecideReturn, ReceiveReturn};
    shipping::{BookShipment, CancelShipment, CarrierReported, CarrierAnswered, ShipmentDeadlineReached};
}
