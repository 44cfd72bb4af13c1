//! What the tests share: one order of two parts, the messages about it, and a journey through `step`.

mod commands;
mod journey;
mod paths;
mod random;
mod world;

use schemas::{
    attempts::attempt_id,
    cash::{RecordCash, RecordPayout},
    ids::{OrderId, ProductId, Sku, UserId},
    orders::{
        AppliedCoupon, CancelOrder, CorrectInvoice, CouponRedeemed, CouponRefused, CreditNoteIssued, InvoiceCredited,
        InvoiceIssued, InvoiceReplaced, OrderDeadlineReached, PayOrder, PaymentCaptured, PaymentDeclined,
        PaymentDelayed, PaymentFailed, PaymentPartlyRefunded, PaymentReady, PaymentRefunded, PlaceOrder, RefundOrder,
        RefundRefused, RefundedUnits, ReplacementRefused, ShipmentBooked, ShipmentCancelRefused, ShipmentCancelled,
        ShipmentDelivered, ShipmentPickedUp, ShipmentRefused, StockRefused, StockReserved,
    },
    returns::{
        DecideReturn, ReceiveReturn, ReceivedUnits, RequestReturn, ReturnDecision, ReturnReason, ReturnedUnits,
        WithdrawReturn,
    },
    types::{Address, GatewayName, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};
use shared::id::Uuid;

pub(crate) use journey::Journey;

/// 2026-11-14T09:20:00Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_794_648_000_000);
/// What the order comes to, in paise.
pub(crate) const TOTAL: Money = Money { minor: 318_200, currency: schemas::types::Currency::INR };

const ORDER: OrderId = OrderId::from_uuid(Uuid::from_u128(0x0192_c1de_7a4c_7b6e_8f3a_2d1c_0b9a_8e7f));

fn sku(name: &str) -> Sku {
    name.parse().unwrap()
}

fn line(name: &str, quantity: i32) -> OrderLine {
    OrderLine {
        product_id: ProductId::from_uuid(Uuid::from_u128(7)),
        sku: sku(name),
        name: name.to_lowercase(),
        hsn: "87083000".to_owned(),
        quantity,
        unit_price: Money::inr(120_000),
        gst_basis_points: 2_800,
        weight_grams: 750,
        taxable: Money::inr(120_000),
        cgst: Money::inr(0),
        sgst: Money::inr(0),
        igst: Money::inr(33_600),
        total: Money::inr(153_600),
        discount: Money::inr(0),
        cess_basis_points: 0,
        cess: Money::inr(0),
        price_list: PriceList::Retail,
        tax_inclusive: false,
        non_returnable: false,
    }
}

fn address() -> Address {
    Address {
        name: "Asha Rao".to_owned(),
        phone: "+919800000000".to_owned(),
        line1: "12 MG Road".to_owned(),
        line2: String::new(),
        city: "Pune".to_owned(),
        state_code: "27".to_owned(),
        pincode: "411001".to_owned(),
    }
}

fn totals() -> Totals {
    let zero = Money::inr(0);
    Totals {
        taxable: zero,
        cgst: zero,
        sgst: zero,
        igst: zero,
        shipping: zero,
        cod_fee: zero,
        grand_total: TOTAL,
        discount: zero,
        cess: zero,
        shipping_tax: None,
        cod_fee_tax: None,
        round_off: zero,
    }
}

fn place_parts(order_id: OrderId, payment_method: PaymentMethod, lines: Vec<OrderLine>) -> PlaceOrder {
    PlaceOrder {
        order_id,
        user_id: UserId::from_uuid(Uuid::from_u128(42)),
        lines,
        totals: totals(),
        address: address(),
        payment_method,
        placed_at: START,
        buyer_gstin: String::new(),
        coupon: None,
        any_gateway: false,
    }
}

/// Three oil filters and a brake pad, in the order the customer put them into the cart.
pub(crate) fn place(payment_method: PaymentMethod) -> PlaceOrder {
    place_parts(ORDER, payment_method, vec![line("OIL-FILTER", 3), line("BRAKE-PAD", 1)])
}

fn applied(code: &str) -> AppliedCoupon {
    AppliedCoupon { code: code.parse().unwrap(), discount: Money::inr(10_000) }
}

pub(crate) fn coupon_redeemed() -> CouponRedeemed {
    CouponRedeemed { order_id: ORDER }
}

pub(crate) fn coupon_refused(code: &str) -> CouponRefused {
    CouponRefused { order_id: ORDER, code: code.to_owned() }
}

pub(crate) fn reserved(name: &str) -> StockReserved {
    StockReserved { order_id: ORDER, sku: sku(name) }
}

pub(crate) fn refused(name: &str) -> StockRefused {
    StockRefused { order_id: ORDER, sku: sku(name), available: 0 }
}

fn payment_ready() -> PaymentReady {
    PaymentReady {
        order_id: ORDER,
        gateway_ref: "pi_1".to_owned(),
        client_secret: "pi_1_secret".to_owned(),
        attempt: 1,
        gateway: None,
    }
}

pub(crate) fn payment_captured(amount: Money) -> PaymentCaptured {
    PaymentCaptured { order_id: ORDER, amount, gateway_ref: "pi_1".to_owned(), attempt: 1, gateway: None }
}

pub(crate) fn payment_failed() -> PaymentFailed {
    PaymentFailed { order_id: ORDER, code: "gateway_refused".to_owned(), attempt: 1 }
}

fn payment_declined() -> PaymentDeclined {
    PaymentDeclined { order_id: ORDER, attempt: 1, code: "card_declined".to_owned(), declined_at: START }
}

pub(crate) fn payment_refunded(amount: Money) -> PaymentRefunded {
    PaymentRefunded { order_id: ORDER, amount }
}

/// The customer wants to pay so; `name` is the attempt's.
fn pay_order(name: &str, method: PaymentMethod) -> PayOrder {
    PayOrder { order_id: ORDER, attempt_id: attempt_id(ORDER, name), method, any_gateway: false }
}

/// The customer wants to pay, and leaves the gateway to the shop.
fn pay_by_card(name: &str) -> PayOrder {
    PayOrder { any_gateway: true, ..pay_order(name, PaymentMethod::Stripe) }
}

fn payment_delayed(attempt: i32, gateway: GatewayName) -> PaymentDelayed {
    let retry_at = START.plus(std::time::Duration::from_secs(60));
    PaymentDelayed { order_id: ORDER, attempt, gateway, retry_at }
}

/// An amount in paise, or one brake pad.
pub(crate) fn refund_order(refund_id: &str, paise: Option<i64>) -> RefundOrder {
    let unit = RefundedUnits { sku: sku("BRAKE-PAD"), quantity: 1 };
    RefundOrder {
        order_id: ORDER,
        refund_id: refund_id.to_owned(),
        amount: paise.map(Money::inr),
        lines: if paise.is_some() { Vec::new() } else { vec![unit] },
        reason: "scratched".to_owned(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

pub(crate) fn partly_refunded(refund_id: &str, paise: i64) -> PaymentPartlyRefunded {
    PaymentPartlyRefunded { order_id: ORDER, amount: Money::inr(paise), refund_id: refund_id.to_owned() }
}

/// Cash taken so many seconds after the order was placed.
pub(crate) fn record_cash(instalment_id: &str, paise: i64, taken_after: u64) -> RecordCash {
    RecordCash {
        order_id: ORDER,
        instalment_id: instalment_id.to_owned(),
        amount: Money::inr(paise),
        received_at: START.plus(std::time::Duration::from_secs(taken_after)),
        received_by: "bluedart".to_owned(),
        reference: format!("receipt {instalment_id}"),
        note: "counted twice".to_owned(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

pub(crate) fn record_payout(refund_id: &str) -> RecordPayout {
    RecordPayout {
        order_id: ORDER,
        refund_id: refund_id.to_owned(),
        reference: "UTR 1".to_owned(),
        paid_at: START,
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

fn refund_refused(refund_id: &str) -> RefundRefused {
    RefundRefused { order_id: ORDER, refund_id: refund_id.to_owned(), code: "exceeds_payment".to_owned() }
}

/// Units of the order's parts, asked to be returned a second after it was placed.
fn request_return(return_id: &str, units: &[(&str, i32)]) -> RequestReturn {
    let line = |(name, quantity): &(&str, i32)| ReturnedUnits { sku: sku(name), quantity: *quantity };
    RequestReturn {
        order_id: ORDER,
        return_id: return_id.to_owned(),
        lines: units.iter().map(line).collect(),
        reason: ReturnReason::DoesNotFit,
        comment: String::new(),
        asked_at: START.plus(std::time::Duration::from_secs(1)),
    }
}

fn withdraw_return(return_id: &str) -> WithdrawReturn {
    WithdrawReturn { order_id: ORDER, return_id: return_id.to_owned() }
}

fn decide_return(return_id: &str, decision: ReturnDecision) -> DecideReturn {
    let admin_id = UserId::from_uuid(Uuid::from_u128(1));
    DecideReturn { order_id: ORDER, return_id: return_id.to_owned(), decision, reason: String::new(), admin_id }
}

/// Units by part: to sell again, and to write off.
fn receive_return(return_id: &str, units: &[(&str, i32, i32)]) -> ReceiveReturn {
    let line = |(name, restock, write_off): &(&str, i32, i32)| ReceivedUnits {
        sku: sku(name),
        restock: *restock,
        write_off: *write_off,
    };
    ReceiveReturn {
        order_id: ORDER,
        return_id: return_id.to_owned(),
        lines: units.iter().map(line).collect(),
        note: String::new(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

pub(crate) fn invoice_issued() -> InvoiceIssued {
    InvoiceIssued { order_id: ORDER, number: "INV/26-27/000001".to_owned() }
}

/// The right buyer of an invoice, which differs from the order's in the name.
fn correct_invoice(replacement_id: &str, number: &str) -> CorrectInvoice {
    CorrectInvoice {
        order_id: ORDER,
        replacement_id: replacement_id.to_owned(),
        invoice_number: number.to_owned(),
        address: Address { name: "Rao Motors Private Limited".to_owned(), ..address() },
        buyer_gstin: "27AAPFU0939F1ZV".to_owned(),
        reason: "bought for the company".to_owned(),
        admin_id: UserId::from_uuid(Uuid::from_u128(1)),
    }
}

fn invoice_replaced(replacement_id: &str, number: &str) -> InvoiceReplaced {
    let (replacement_id, number) = (replacement_id.to_owned(), number.to_owned());
    InvoiceReplaced { order_id: ORDER, replacement_id, number, issued_at: START }
}

fn replacement_refused(replacement_id: &str, code: &str) -> ReplacementRefused {
    let (replacement_id, code) = (replacement_id.to_owned(), code.to_owned());
    ReplacementRefused { order_id: ORDER, replacement_id, code }
}

fn credit_note_issued() -> CreditNoteIssued {
    CreditNoteIssued { order_id: ORDER, number: "CRN/26-27/000001".to_owned() }
}

fn invoice_credited(number: &str, earlier: i32, paise: i64) -> InvoiceCredited {
    let (number, total) = (number.to_owned(), Money::inr(paise));
    InvoiceCredited { order_id: ORDER, number, earlier, total, issued_at: START }
}

pub(crate) fn shipment_booked() -> ShipmentBooked {
    ShipmentBooked { order_id: ORDER, carrier: "bluedart".to_owned(), tracking_number: "BD1".to_owned() }
}

fn shipment_refused() -> ShipmentRefused {
    ShipmentRefused { order_id: ORDER, reason: "pincode not served".to_owned() }
}

pub(crate) fn picked_up() -> ShipmentPickedUp {
    ShipmentPickedUp { order_id: ORDER }
}

pub(crate) fn delivered() -> ShipmentDelivered {
    ShipmentDelivered { order_id: ORDER }
}

pub(crate) fn shipment_cancelled() -> ShipmentCancelled {
    ShipmentCancelled { order_id: ORDER }
}

pub(crate) fn cancel_refused() -> ShipmentCancelRefused {
    ShipmentCancelRefused { order_id: ORDER }
}

pub(crate) fn cancel_order() -> CancelOrder {
    CancelOrder { order_id: ORDER, reason: "ordered the wrong part".to_owned() }
}

fn deadline_reached(due_at: Timestamp) -> OrderDeadlineReached {
    OrderDeadlineReached { order_id: ORDER, due_at }
}
