//! A small sound run, for tests that spoil it.

use schemas::types::{
    OrderStatus::{self, *},
    PaymentMethod,
};

use super::{
    Answered, CreditNote, Facts, GatewayPayment, Invoice, Lowest, Movement, Order, OrderLine, Parcel, Request,
    Reservation, Stock, check,
};

pub(super) const PADS: &str = "PADS";
pub(super) const HOT: &str = "HOT";
/// Where in [`Facts::orders`] the delivered Stripe order is.
pub(super) const DELIVERED: usize = 0;
/// Where the refunded Razorpay order is.
pub(super) const REFUNDED: usize = 1;

const TOTAL: i64 = 318_200;

/// One order delivered, one cancelled and refunded, one for cash, one refused for want of a part.
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
    facts.lowest = vec![Lowest { sku: HOT.to_owned(), units: 0 }];
    facts.delivered = [(PADS.to_owned(), 10), (HOT.to_owned(), 1)].into();
    facts.stock = vec![stock(PADS, 10, 8, 2), stock(HOT, 1, 0, 1)];
    facts.movements.push(movement(PADS, "delivery-1", [10, 10, 0, 0]));
    facts.movements.push(movement(HOT, "delivery-2", [1, 1, 0, 0]));
    facts
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
    facts.invoices.push(Invoice { number: invoice.clone(), order_id: id.to_owned(), grand_total: TOTAL });
    let refunded = if delivered { 0 } else { TOTAL };
    if !delivered {
        let note = number("CRN", facts.credit_notes.len() + 1);
        facts.orders[order].credit_note = Some(note.clone());
        let (order_id, invoice_number) = (id.to_owned(), invoice);
        facts.credit_notes.push(CreditNote { number: note, order_id, invoice_number, grand_total: TOTAL });
    }
    if method != PaymentMethod::Cod {
        (facts.orders[order].captured, facts.orders[order].refunded) = (TOTAL, refunded);
        let (payment_id, order_id, currency) = (format!("pay_{id}"), Some(id.to_owned()), "inr".to_owned());
        facts.payments.push(GatewayPayment { payment_id, order_id, currency, captured: TOTAL, refunded });
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
        invoice: None,
        credit_note: None,
        stuck: false,
    });
}

fn reservation(order: &str, sku: &str, quantity: i64, state: &str) -> Reservation {
    let (order_id, sku, state) = (order.to_owned(), sku.to_owned(), state.to_owned());
    Reservation { order_id, sku, quantity, state, available_at_refusal: None }
}

fn stock(sku: &str, received: i64, available: i64, sold: i64) -> Stock {
    Stock { sku: sku.to_owned(), received, available, reserved: 0, sold, written_off: 0 }
}

fn movement(sku: &str, cause: &str, [received, available, reserved, sold]: [i64; 4]) -> Movement {
    Movement { sku: sku.to_owned(), cause: cause.to_owned(), received, available, reserved, sold }
}
