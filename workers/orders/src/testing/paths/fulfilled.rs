//! Orders that arrive.

use schemas::{
    invoicing::InvoicingMessage,
    payments::PaymentsMessage,
    shipping::ShippingMessage,
    types::{Money, PaymentMethod},
};

use crate::{
    Command,
    testing::{
        Journey, TOTAL, delivered, invoice_issued, payment_captured, payment_failed, payment_ready, payment_refunded,
        picked_up, shipment_booked, shipment_cancelled,
    },
};

const NOTHING: [&str; 0] = [];
const SOLD: [&str; 3] = ["CommitStock BRAKE-PAD", "CommitStock OIL-FILTER", "IssueInvoice INV/26-27"];

#[test]
fn a_card_order_is_reserved_paid_invoiced_shipped_and_delivered() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    assert_eq!(journey.tell(payment_ready()), NOTHING);
    assert_eq!(journey.tell(payment_captured(TOTAL)), SOLD);
    assert_eq!(journey.tell(invoice_issued()), ["BookShipment"]);
    assert_eq!(journey.tell(shipment_booked()), NOTHING);
    assert_eq!(journey.tell(picked_up()), NOTHING);
    assert_eq!(journey.tell(delivered()), NOTHING);
    let path = "accepted reserving awaiting_payment paid confirmed packed shipped delivered";
    assert_eq!(journey.path(), path);
    assert_eq!(journey.order.deadline, None);
    assert_eq!(journey.order.payment.unwrap().captured, TOTAL);
    assert_eq!(journey.order.invoice.unwrap().number, "INV/26-27/000001");
    assert_eq!(journey.order.shipment.unwrap().tracking_number, "BD1");
}

#[test]
fn a_cash_order_goes_straight_to_confirmed_and_never_to_a_gateway() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(picked_up());
    journey.tell(delivered());
    assert_eq!(journey.path(), "accepted reserving confirmed packed shipped delivered");
    assert!(!journey.commands.iter().any(|told| told.contains("Payment")));
}

#[test]
fn the_gateway_is_asked_for_exactly_what_the_order_comes_to() {
    let mut journey = Journey::placed(PaymentMethod::Razorpay);
    journey.reserve_all();
    let [Command::Payments(PaymentsMessage::RequestPayment(request))] = journey.last.as_slice() else { panic!() };
    assert_eq!((request.amount, request.gateway.as_str()), (TOTAL, "razorpay"));
}

#[test]
fn the_client_can_pay_as_soon_as_the_gateway_knows_the_payment() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    assert_eq!(journey.order.status_view().payment, None);
    journey.tell(payment_ready());
    let prompt = journey.order.status_view().payment.unwrap();
    assert_eq!((prompt.client_secret.as_str(), prompt.amount), ("pi_1_secret", TOTAL));
    assert_eq!(journey.order.deadline, Some(journey.now.plus(std::time::Duration::from_secs(1_200))));
}

#[test]
fn the_carrier_is_told_the_weight_and_collects_only_what_is_not_paid() {
    for (method, collect) in [(PaymentMethod::Stripe, Money::inr(0)), (PaymentMethod::Cod, TOTAL)] {
        let mut journey = Journey::placed(method);
        journey.reserve_all();
        if method == PaymentMethod::Stripe {
            journey.tell(payment_captured(TOTAL));
        }
        journey.tell(invoice_issued());
        let [Command::Shipping(ShippingMessage::BookShipment(book))] = journey.last.as_slice() else { panic!() };
        assert_eq!((book.weight_grams, book.collect), (4 * 750, collect));
    }
}

#[test]
fn the_invoice_bears_the_date_of_the_payment_and_its_name_at_the_gateway() {
    let journey = Journey::paid();
    let Some(Command::Invoicing(series, InvoicingMessage::IssueInvoice(invoice))) = journey.last.last() else {
        panic!()
    };
    assert_eq!((series.as_str(), invoice.payment_ref.as_str()), ("INV/26-27", "pi_1"));
    assert_eq!(invoice.issued_at, journey.now);
}

#[test]
fn money_that_comes_before_the_report_that_it_can_come_is_taken() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    assert_eq!(journey.tell(payment_captured(TOTAL)), SOLD);
    assert_eq!(journey.tell(payment_ready()), NOTHING);
    assert_eq!(journey.path(), "accepted reserving awaiting_payment paid");
    assert_eq!(journey.order.payment.unwrap().captured, TOTAL);
}

#[test]
fn nothing_happens_twice() {
    let mut journey = Journey::paid();
    for _ in 0..2 {
        journey.tell(payment_captured(TOTAL));
        journey.tell(payment_failed()); // of an earlier attempt
        journey.tell(invoice_issued());
        journey.tell(shipment_booked());
    }
    let times = |name: &str| journey.commands.iter().filter(|told| told.starts_with(name)).count();
    assert_eq!((times("CommitStock"), times("IssueInvoice"), times("BookShipment")), (2, 1, 1));
    assert_eq!(journey.path_after(4), "confirmed packed");
}

#[test]
fn a_parcel_that_was_fetched_before_its_booking_was_reported_is_shipped() {
    let mut journey = Journey::paid();
    journey.tell(invoice_issued());
    journey.tell(picked_up());
    journey.tell(shipment_booked());
    assert_eq!(journey.path_after(4), "confirmed packed shipped");
    assert!(journey.order.shipment.is_some());
}

#[test]
fn a_delivery_without_any_other_report_goes_through_every_state() {
    let mut journey = Journey::paid();
    journey.tell(invoice_issued());
    journey.tell(delivered());
    journey.tell(picked_up());
    journey.tell(shipment_booked());
    assert_eq!(journey.path_after(4), "confirmed packed shipped delivered");
    assert_eq!(journey.order.shipment.unwrap().carrier, "bluedart");
}

#[test]
fn a_carriers_report_about_an_order_that_it_was_not_given_moves_nothing() {
    let mut journey = Journey::placed(PaymentMethod::Cod);
    journey.reserve_all(); // confirmed, but without the invoice that goes with the parcel
    journey.tell(shipment_booked());
    journey.tell(delivered());
    journey.tell(shipment_cancelled());
    assert_eq!(journey.path(), "accepted reserving confirmed");
}

#[test]
fn a_gateway_has_nothing_to_say_about_a_cash_order() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    assert_eq!(journey.try_tell(payment_captured(TOTAL)).unwrap_err().code, "cash_order");
    assert_eq!(journey.try_tell(payment_refunded(TOTAL)).unwrap_err().code, "cash_order");
}

#[test]
fn a_parcel_that_the_carrier_loses_leaves_the_order_to_a_person() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(picked_up());
    journey.tell(shipment_cancelled());
    assert_eq!(journey.run_out(), NOTHING);
    assert!(journey.order.stuck);
    assert_eq!(journey.path_after(6), "shipped");
}
