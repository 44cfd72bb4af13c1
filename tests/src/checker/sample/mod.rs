//! A small sound run, for tests that spoil it.

mod topics;
mod watched;

use schemas::{
    ledger::{Account, Occasion},
    types::{
        OrderStatus::{self, *},
        PaymentMethod,
    },
};
use shared::id::MessageId;

use super::{
    Answered, Booked, Coupon, CouponUser, CreditNote, Facts, GatewayPayment, Invoice, MoneyMoved, Movement, Order,
    OrderCoupon, OrderLine, Parcel, Redemption, Request, Reservation, Returned, Stock, check,
};

pub(super) const PADS: &str = "PADS";
pub(super) const HOT: &str = "HOT";
pub(super) const LAMP: &str = "LAMP";
/// Where in [`Facts::orders`] the delivered Stripe order is.
pub(super) const DELIVERED: usize = 0;
/// Where the refunded Razorpay order is.
pub(super) const REFUNDED: usize = 1;
/// Where the delivered order for cash is.
pub(super) const CASH: usize = 2;
/// Where the order is that was refused for want of a part.
pub(super) const REJECTED: usize = 3;
/// Where the expired order is that was paid for too late.
pub(super) const LATE: usize = 4;
/// Where the order for cash is of which everything came back.
pub(super) const RETURNED: usize = 5;

const TOTAL: i64 = 318_200;
/// 21 September 2026.
const TODAY: i64 = 1_790_000_000_000;

/// One order delivered, one cancelled and refunded, one for cash, one refused for want of a part, one paid too late, one
/// returned.
pub(super) fn sound() -> Facts {
    let mut facts = Facts::default();
    let bought = [Accepted, Reserving, AwaitingPayment, Paid, Confirmed, Packed, Shipped, Delivered];
    sell(&mut facts, "a", PaymentMethod::Stripe, &bought, &[(PADS, 2)]);
    let cancelled = [Accepted, Reserving, AwaitingPayment, Paid, Confirmed, Packed, Cancelling, Refunded];
    sell(&mut facts, "b", PaymentMethod::Razorpay, &cancelled, &[(PADS, 1)]);
    let cash = [Accepted, Reserving, Confirmed, Packed, Shipped, Delivered];
    sell(&mut facts, "c", PaymentMethod::Cod, &cash, &[(HOT, 1)]);
    place(&mut facts, "d", PaymentMethod::Stripe, &[Accepted, Reserving, Rejected], &[(HOT, 1)]);
    facts.reservations.push(Reservation { available_at_refusal: Some(0), ..reservation("d", HOT, 1, "refused") });
    pay_too_late(&mut facts, "e");
    come_back(&mut facts, "f", &cash);
    facts.ledger = facts.payments.iter().flat_map(|payment| booked(payment).chain(settled(payment))).collect();
    facts.ledger.extend(settled_twice(&facts.payments[0]));
    facts.orders[CASH].cash = vec![TOTAL / 2; 2];
    facts.ledger.extend(facts.orders.iter().flat_map(booked_in_cash));
    facts.delivered = [(PADS.to_owned(), 10), (HOT.to_owned(), 1), (LAMP.to_owned(), 3)].into();
    let lamps = Stock { written_off: 1, ..stock(LAMP, 3, 2, 0) };
    facts.stock = vec![stock(PADS, 10, 8, 2), stock(HOT, 1, 0, 1), lamps];
    facts.stock.iter().for_each(|stock| facts.samples.note(stock));
    facts.movements.insert(0, movement(LAMP, "delivery-3", [3, 3, 0, 0]));
    facts.movements.insert(0, movement(PADS, "delivery-1", [10, 10, 0, 0]));
    facts.movements.insert(0, movement(HOT, "delivery-2", [1, 1, 0, 0]));
    give_coupons(&mut facts);
    topics::add(&mut facts);
    watched::add(&mut facts);
    facts
}

/// The delivered order uses the coupon, the refunded one gave it back, and a further one wanted it in between.
fn give_coupons(facts: &mut Facts) {
    const CODE: &str = "MONSOON";
    place(facts, "g", PaymentMethod::Cod, &[Accepted, Reserving, Rejected], &[(PADS, 1)]);
    let states = [(DELIVERED, "used", 0), (REFUNDED, "given_back", 0), (facts.orders.len() - 1, "refused", 1)];
    for (order, state, used_before) in states {
        let order = &mut facts.orders[order];
        order.coupon = Some(OrderCoupon { code: CODE.to_owned(), state: state.to_owned() });
        facts.redemptions.push(Redemption {
            code: CODE.to_owned(),
            order_id: order.id.clone(),
            user_id: "asha".to_owned(),
            state: state.to_owned(),
            refusal: (state == "refused").then(|| "used_up".to_owned()),
            used_before,
        });
    }
    facts.coupons = vec![Coupon { code: CODE.to_owned(), total_limit: Some(1), user_limit: Some(1), used: 1 }];
    facts.coupon_users = vec![CouponUser { code: CODE.to_owned(), user_id: "asha".to_owned(), used: 1 }];
}

/// It was delivered for cash and paid, and both units came back, one of them broken; half of the money was paid out.
fn come_back(facts: &mut Facts, id: &str, path: &[OrderStatus]) {
    sell(facts, id, PaymentMethod::Cod, path, &[(LAMP, 2)]);
    let order = facts.orders.last_mut().unwrap();
    (order.cash, order.paid_out, order.credited) = (vec![TOTAL], vec![TOTAL / 2], TOTAL / 2);
    order.returned = vec![Returned { sku: LAMP.to_owned(), restocked: 1, written_off: 1 }];
    facts.reservations.last_mut().unwrap().returned = 2;
    let back = Movement { written_off: 1, ..movement(LAMP, &format!("take-back-{id}"), [0, 1, 0, -2]) };
    facts.movements.push(back);
    let invoice_number = order.invoice.clone().unwrap();
    let (number, order_id) = ("CRN2627-00000002".to_owned(), id.to_owned());
    let note = CreditNote { number, order_id, issued_at: TODAY, invoice_number, grand_total: TOTAL / 2 };
    facts.credit_notes.push(note);
}

/// It expired, and then the customer's bank said yes.
fn pay_too_late(facts: &mut Facts, id: &str) {
    place(facts, id, PaymentMethod::Razorpay, &[Accepted, Reserving, AwaitingPayment, Expired], &[(PADS, 1)]);
    facts.reservations.push(reservation(id, PADS, 1, "released"));
    facts.movements.push(movement(PADS, &format!("reserve-{id}"), [0, -1, 1, 0]));
    facts.movements.push(movement(PADS, &format!("release-{id}"), [0, 1, -1, 0]));
    facts.payments.push(payment(id, TOTAL));
    let order = facts.orders.last_mut().unwrap();
    (order.captured, order.refunded) = (TOTAL, TOTAL);
}

fn payment(id: &str, refunded: i64) -> GatewayPayment {
    let moved = |amount: i64| if amount > 0 { vec![MoneyMoved { amount, at_ms: TODAY }] } else { Vec::new() };
    GatewayPayment {
        payment_id: format!("pay_{id}"),
        order_id: Some(id.to_owned()),
        currency: "inr".to_owned(),
        authorized: TOTAL,
        captured: TOTAL,
        refunded,
        captures: moved(TOTAL),
        refunds: moved(refunded),
        disputes: Vec::new(),
    }
}

/// What the shop books of a payment.
fn booked(payment: &GatewayPayment) -> impl Iterator<Item = Booked> + use<> {
    let of = payment.clone();
    let entry = move |(occasion, amount): (Occasion, i64)| {
        let taken = occasion == Occasion::Captured;
        let sides = (Account::RazorpayClearing, Account::Customers);
        let (debit, credit) = if taken { sides } else { (sides.1, sides.0) };
        let (payment_id, order_id) = (of.payment_id.clone(), of.order_id.clone().unwrap_or_default());
        Booked {
            entry_id: format!("{payment_id}:{amount}:{taken}"),
            order_id,
            payment_id,
            occasion,
            debit,
            credit,
            amount,
        }
    };
    let moved = [(Occasion::Captured, payment.captured), (Occasion::Refunded, payment.refunded)];
    moved.into_iter().filter(|(_, amount)| *amount > 0).map(entry)
}

/// What the shop books of an order's cash.
fn booked_in_cash(order: &Order) -> Vec<Booked> {
    let (cash, customers) = (Account::Cash, Account::Customers);
    let received = order.cash.iter().map(|amount| (Occasion::CashReceived, cash, customers, *amount));
    let paid_out = order.paid_out.iter().map(|amount| (Occasion::CashPaidOut, customers, cash, *amount));
    let entry = |(number, (occasion, debit, credit, amount)): (usize, (Occasion, Account, Account, i64))| Booked {
        entry_id: format!("{}:cash:{number}", order.id),
        order_id: order.id.clone(),
        payment_id: format!("receipt {number}"),
        occasion,
        debit,
        credit,
        amount,
    };
    received.chain(paid_out).enumerate().map(entry).collect()
}

/// What it books when the gateway has settled it; fees are nothing here.
fn settled(payment: &GatewayPayment) -> impl Iterator<Item = Booked> + use<> {
    booked(payment).map(|entry| {
        let taken = entry.occasion == Occasion::Captured;
        let (out, back) = ((Account::Bank, entry.debit), (entry.credit, Account::Bank));
        let (occasion, (debit, credit)) =
            if taken { (Occasion::Settled, out) } else { (Occasion::SettlementDeducted, back) };
        Booked { entry_id: format!("{}:settled", entry.entry_id), occasion, debit, credit, ..entry }
    })
}

/// A line that was planted: the same capture again.
fn settled_twice(payment: &GatewayPayment) -> impl Iterator<Item = Booked> + use<> {
    settled(payment).take(1).map(|entry| Booked { entry_id: format!("{}:again", entry.entry_id), ..entry })
}

/// Asserts that the sample is sound, and that the checker finds the mistake for what it is.
#[track_caller]
pub(super) fn assert_caught(invariant: &str, as_what: &str, spoil: impl Fn(&mut Facts)) {
    let mut facts = sound();
    assert_eq!(check(&facts), []);
    spoil(&mut facts);
    let found = check(&facts);
    let caught = found.iter().any(|violation| violation.invariant == invariant && violation.found.contains(as_what));
    assert!(caught, "not caught as {as_what:?}; found {found:#?}");
}

pub(super) fn stock_of<'a>(facts: &'a mut Facts, sku: &str) -> &'a mut Stock {
    facts.stock.iter_mut().find(|stock| stock.sku == sku).unwrap()
}

fn sell(facts: &mut Facts, id: &str, method: PaymentMethod, path: &[OrderStatus], lines: &[(&str, i64)]) {
    place(facts, id, method, path, lines);
    let number = |series: &str, count: usize| format!("{series}2627-{count:08}");
    let (delivered, order) = (path.ends_with(&[Delivered]), facts.orders.len() - 1);
    let invoice = number("INV", facts.invoices.len() + 1);
    facts.orders[order].invoice = Some(invoice.clone());
    let order_id = id.to_owned();
    facts.invoices.push(Invoice {
        number: invoice.clone(),
        order_id,
        issued_at: TODAY,
        grand_total: TOTAL,
        replaces: String::new(),
        replaced_by: None,
    });
    let refunded = if delivered { 0 } else { TOTAL };
    if !delivered {
        let note = number("CRN", facts.credit_notes.len() + 1);
        facts.orders[order].credit_note = Some(note.clone());
        let (order_id, invoice_number) = (id.to_owned(), invoice);
        let note = CreditNote { number: note, order_id, issued_at: TODAY, invoice_number, grand_total: TOTAL };
        facts.credit_notes.push(note);
    }
    if method != PaymentMethod::Cod {
        (facts.orders[order].captured, facts.orders[order].refunded) = (TOTAL, refunded);
        facts.payments.push(payment(id, refunded));
    }
    facts.parcels.push(Parcel {
        shipment_id: format!("shp_{id}"),
        reference: id.to_owned(),
        status: if delivered { "delivered" } else { "cancelled" }.to_owned(),
        cod_amount_paise: (method == PaymentMethod::Cod).then_some(TOTAL),
    });
    for (sku, units) in lines {
        facts.reservations.push(reservation(id, sku, *units, if delivered { "sold" } else { "released" }));
        facts.movements.push(movement(sku, &format!("reserve-{id}"), [0, -units, *units, 0]));
        facts.movements.push(movement(sku, &format!("commit-{id}"), [0, 0, -units, *units]));
        if !delivered {
            facts.movements.push(movement(sku, &format!("return-{id}"), [0, *units, 0, -units]));
        }
    }
}

fn place(facts: &mut Facts, id: &str, method: PaymentMethod, path: &[OrderStatus], lines: &[(&str, i64)]) {
    let line = |(sku, quantity): &(&str, i64)| OrderLine { sku: (*sku).to_owned(), quantity: *quantity };
    let lines: Vec<OrderLine> = lines.iter().map(line).collect();
    let answers = vec![Answered::Unknown("503".to_owned()), Answered::Accepted(id.to_owned())];
    facts.requests.push(Request { reference: format!("ref-{id}"), lines: lines.clone(), answers });
    facts.orders.push(Order {
        id: id.to_owned(),
        reference: format!("ref-{id}"),
        status: *path.last().unwrap(),
        history: path.iter().zip(1_000..).map(|(status, at)| (*status, at)).collect(),
        lines,
        grand_total: TOTAL,
        method,
        captured: 0,
        refunded: 0,
        attempts: 1,
        declined: false,
        given_back: 0,
        cash: Vec::new(),
        paid_out: Vec::new(),
        owed: 0,
        credited: 0,
        set_off: 0,
        lost: 0,
        failed_over: false,
        returned: Vec::new(),
        invoice: None,
        credit_note: None,
        coupon: None,
        stuck: false,
    });
}

fn reservation(order: &str, sku: &str, quantity: i64, state: &str) -> Reservation {
    let (order_id, sku, state) = (order.to_owned(), sku.to_owned(), state.to_owned());
    Reservation { order_id, sku, quantity, state, available_at_refusal: None, returned: 0 }
}

fn stock(sku: &str, received: i64, available: i64, sold: i64) -> Stock {
    Stock { sku: sku.to_owned(), received, available, reserved: 0, sold, written_off: 0 }
}

fn movement(sku: &str, cause: &str, [received, available, reserved, sold]: [i64; 4]) -> Movement {
    let cause = MessageId::of_fact(cause).to_string();
    Movement { sku: sku.to_owned(), cause, received, available, reserved, sold, written_off: 0 }
}
