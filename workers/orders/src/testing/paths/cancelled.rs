//! Orders that are taken back.

use schemas::{
    invoicing::InvoicingMessage,
    types::{Money, PaymentMethod},
};

use crate::{
    Command,
    testing::{
        Journey, TOTAL, cancel_order, cancel_refused, credit_note_issued, delivered, invoice_credited, invoice_issued,
        payment_captured, payment_ready, payment_refunded, picked_up, refused, reserved, shipment_booked,
        shipment_cancelled, shipment_refused,
    },
};

const NOTHING: [&str; 0] = [];
const GOODS_AND_MONEY: [&str; 3] = ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "CancelPayment"];
const EVERYTHING: [&str; 4] =
    ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "CancelPayment", "IssueCreditNote CRN/26-27"];

#[test]
fn an_order_cancelled_while_its_stock_is_asked_for_releases_what_was_asked() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    assert_eq!(journey.tell(cancel_order()), ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER"]);
    assert_eq!(journey.tell(reserved("BRAKE-PAD")), NOTHING);
    assert_eq!(journey.tell(refused("BRAKE-PAD")), NOTHING);
    assert_eq!(journey.path(), "accepted reserving cancelled(cancel_requested)");
    assert_eq!(journey.order.cancellation.unwrap().note, "ordered the wrong part");
}

#[test]
fn an_order_cancelled_before_it_is_paid_takes_its_payment_back() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    journey.tell(payment_ready());
    assert_eq!(journey.tell(cancel_order()), GOODS_AND_MONEY);
    assert_eq!(journey.path_after(3), "cancelled(cancel_requested)");
}

#[test]
fn a_packed_order_is_refunded_only_after_its_parcel_was_stopped() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    assert_eq!(journey.tell(cancel_order()), ["CancelShipment"]);
    assert_eq!(journey.tell(shipment_cancelled()), EVERYTHING);
    assert_eq!(journey.tell(credit_note_issued()), NOTHING);
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested)");
    assert_eq!(journey.tell(payment_refunded(TOTAL)), NOTHING);
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested) refunded(cancel_requested)");
    assert_eq!(journey.order.credit_note.unwrap().number, "CRN/26-27/000001");
}

#[test]
fn money_and_papers_may_come_back_in_either_order() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested)");
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(7), "refunded(cancel_requested)");
}

#[test]
fn an_order_cancelled_before_its_invoice_exists_gets_its_credit_note_when_it_does() {
    let mut journey = Journey::paid();
    assert_eq!(journey.tell(cancel_order()), GOODS_AND_MONEY);
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.tell(invoice_issued()), ["IssueCreditNote CRN/26-27"]);
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(4), "cancelling(cancel_requested) refunded(cancel_requested)");
    assert!(!journey.commands.contains(&"BookShipment".to_owned()));
}

#[test]
fn the_credit_note_cites_the_invoice_with_its_date() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    let Some(Command::Invoicing(_, InvoicingMessage::IssueCreditNote(note))) = journey.last.last() else { panic!() };
    let invoice = journey.order.invoice.unwrap();
    assert_eq!((note.invoice_number.as_str(), note.invoice_issued_at), (invoice.number.as_str(), invoice.issued_at));
    assert_eq!((note.payment_ref.as_str(), note.issued_at), ("pi_1", journey.now));
}

#[test]
fn a_cancelled_cash_order_waits_for_parcel_and_papers_but_for_no_money() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    assert_eq!(journey.tell(cancel_order()), ["CancelShipment"]);
    let told = journey.tell(shipment_cancelled());
    assert_eq!(told, ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "IssueCreditNote CRN/26-27"]);
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(4), "cancelling(cancel_requested) cancelled(cancel_requested)");
}

#[test]
fn an_order_whose_parcel_cannot_be_stopped_stays_sold() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(cancel_order());
    journey.tell(picked_up());
    assert_eq!(journey.tell(cancel_refused()), NOTHING);
    journey.tell(delivered());
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested) shipped(cancel_refused) delivered");
    assert_eq!(journey.order.cancellation, None);
}

#[test]
fn a_parcel_that_arrives_while_it_should_be_stopped_is_delivered() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(cancel_order());
    journey.tell(delivered());
    journey.tell(cancel_refused());
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested) shipped(cancel_refused) delivered");
}

#[test]
fn a_booking_reported_during_the_cancellation_is_remembered_in_case_the_parcel_leaves() {
    let mut journey = Journey::paid();
    journey.tell(invoice_issued());
    journey.tell(cancel_order());
    journey.tell(shipment_booked());
    journey.tell(cancel_refused());
    assert_eq!(journey.order.shipment.unwrap().tracking_number, "BD1");
}

#[test]
fn an_order_that_no_carrier_takes_is_refunded() {
    let mut journey = Journey::paid();
    journey.tell(invoice_issued());
    assert_eq!(journey.tell(shipment_refused()), EVERYTHING);
    journey.tell(payment_refunded(TOTAL));
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(5), "cancelling(carrier_refused) refunded(carrier_refused)");
}

#[test]
fn a_refusal_of_the_carrier_during_the_cancellation_is_as_good_as_a_stopped_parcel() {
    let mut journey = Journey::paid();
    journey.tell(invoice_issued());
    journey.tell(cancel_order());
    assert_eq!(journey.tell(shipment_refused()), EVERYTHING);
    assert_eq!(journey.tell(shipment_cancelled()), NOTHING);
}

#[test]
fn goods_that_were_refunded_at_the_gateway_stay_here() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    assert_eq!(journey.tell(payment_refunded(TOTAL)), ["CancelShipment"]);
    journey.tell(shipment_cancelled());
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(6), "cancelling(refunded_at_gateway) refunded(refunded_at_gateway)");
}

#[test]
fn a_cancellation_that_is_refunded_in_part_waits_for_a_person() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    journey.tell(credit_note_issued());
    journey.tell(payment_refunded(Money::inr(100)));
    journey.run_out();
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested)");
    assert!(journey.order.stuck);
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.path_after(7), "refunded(cancel_requested)");
}

#[test]
fn cancelling_twice_or_too_late_does_nothing() {
    let mut cancelling = Journey::packed(PaymentMethod::Stripe);
    cancelling.tell(cancel_order());
    let mut shipped = Journey::packed(PaymentMethod::Stripe);
    shipped.tell(picked_up());
    for mut journey in [cancelling, shipped] {
        let before = journey.order.clone();
        assert_eq!(journey.tell(cancel_order()), NOTHING);
        assert_eq!(journey.order, before);
    }
}

#[test]
fn a_capture_that_is_reported_again_during_the_cancellation_changes_nothing() {
    let mut journey = Journey::paid();
    journey.tell(cancel_order());
    let before = journey.order.clone();
    assert_eq!(journey.tell(payment_captured(TOTAL)), NOTHING);
    assert_eq!(journey.order, before);
}

#[test]
fn an_order_of_whose_invoice_a_part_is_credited_is_cancelled_by_crediting_the_rest() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    let part = invoice_credited("CRN/26-27/000001", 0, 1_000);
    for _ in 0..2 {
        assert_eq!(journey.tell(part.clone()), NOTHING);
    }
    assert_eq!(journey.order.credits.len(), 1);
    journey.tell(cancel_order());
    let told = journey.tell(shipment_cancelled());
    assert_eq!(told.last().map(String::as_str), Some("CreditInvoice CRN/26-27"));
    let rest = TOTAL.minor - 1_000;
    let Some(Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit))) = journey.last.last() else {
        panic!("{:?}", journey.last)
    };
    assert_eq!((credit.earlier, credit.amount.minor), (1, rest));
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested)");
    journey.tell(invoice_credited("CRN/26-27/000002", 1, rest));
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested) refunded(cancel_requested)");
    assert_eq!(journey.order.credit_note.unwrap().number, "CRN/26-27/000002");
}

#[test]
fn an_invoice_that_is_credited_in_full_by_parts_needs_no_further_credit_note() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(invoice_credited("CRN/26-27/000001", 0, TOTAL.minor));
    journey.tell(cancel_order());
    assert_eq!(journey.tell(shipment_cancelled()), GOODS_AND_MONEY);
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.path_after(6), "cancelling(cancel_requested) refunded(cancel_requested)");
}
