//! The documents that one daemon writes and another reads: the contract of the stores, as the messages are that of the
//! topics. Each stands under `state` (an aggregate) or `row` (a row) of what the engine stores.

mod order;
mod papers;
mod product;
mod status;

pub use self::{
    order::{
        Cancellation, CouponState, Credit, Decline, DocumentRef, Move, Order, OrderCoupon, OrderPayment, OrderShipment,
        ToCredit,
    },
    papers::{CreditNote, Invoice, Seller},
    product::{Product, StockReceipt},
    status::{DelayedPayment, PaymentPrompt, StatusView},
};
