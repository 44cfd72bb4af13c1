//! The rules, case by case.

use schemas::{
    payments::CallOutcome::{Done, Refused, Unknown},
    shipping::{
        BookShipment, CarrierAnswered,
        CarrierCall::{Book, Cancel},
        CarrierReported, ParcelState, ShippingMessage,
    },
};

use crate::{
    shipment::Status,
    testing::{Desk, answer, book, cancel, parcel, report},
};

fn code(desk: &mut Desk, message: ShippingMessage) -> String {
    desk.handle(message).unwrap_err().code.into_owned()
}

#[test]
fn a_parcel_is_booked_fetched_and_delivered() {
    let desk = Desk::after([
        book(),
        answer(Book, Done),
        report(ParcelState::PickedUp),
        report(ParcelState::InTransit),
        report(ParcelState::OutForDelivery),
        report(ParcelState::Delivered),
    ]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp", "ShipmentDelivered"]);
    assert_eq!(desk.asked(), [Book]);
    assert_eq!(desk.shipment().status, Status::Delivered);
    assert_eq!(desk.shipment().tracking_number, "SIM1");
}

#[test]
fn a_parcel_that_no_carrier_takes_is_refused() {
    let desk = Desk::after([book(), answer(Book, Refused)]);
    assert_eq!(desk.told, ["ShipmentRefused"]);
    assert_eq!(desk.shipment().status, Status::Refused);
}

#[test]
fn a_booking_of_unknown_fate_is_asked_again_under_the_same_key_after_a_growing_wait() {
    let mut desk = Desk::after([book(), answer(Book, Unknown)]);
    assert_eq!(desk.shipment().deadline.unwrap().since(desk.now).as_secs(), 30);
    desk.deadline_passes();
    desk.handle(answer(Book, Unknown)).unwrap();
    assert_eq!(desk.shipment().deadline.unwrap().since(desk.now).as_secs(), 60);
    assert_eq!(desk.asked(), [Book, Book]);
    assert_eq!(desk.calls[0], desk.calls[1]);
    desk.handle(answer(Book, Done)).unwrap();
    assert_eq!(desk.told, ["ShipmentBooked"]);
}

#[test]
fn delivery_reported_first_tells_of_the_picking_up_as_well() {
    let mut desk = Desk::after([book(), answer(Book, Done), report(ParcelState::Delivered)]);
    desk.handle(report(ParcelState::PickedUp)).unwrap();
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp", "ShipmentDelivered"]);
    assert_eq!(desk.shipment().reported.len(), 2);
}

#[test]
fn a_report_that_overtakes_the_bookings_answer_takes_effect_after_it() {
    let mut desk = Desk::after([book(), report(ParcelState::PickedUp)]);
    assert!(desk.told.is_empty());
    desk.handle(answer(Book, Done)).unwrap();
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp"]);
}

#[test]
fn a_booking_refused_after_the_carrier_reported_on_it_is_not_believed() {
    let desk = Desk::after([book(), report(ParcelState::PickedUp), answer(Book, Refused)]);
    assert_eq!(desk.shipment().status, Status::Booking);
    assert!(desk.told.is_empty());
}

#[test]
fn the_same_event_twice_counts_once() {
    let desk = Desk::after([book(), answer(Book, Done), report(ParcelState::PickedUp), report(ParcelState::PickedUp)]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp"]);
    assert_eq!(desk.shipment().reported.len(), 1);
}

#[test]
fn a_booked_parcel_is_cancelled_with_the_carrier() {
    let desk = Desk::after([book(), answer(Book, Done), cancel(), answer(Cancel, Done)]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentCancelled"]);
    assert_eq!(desk.asked(), [Book, Cancel]);
    assert_eq!(desk.shipment().status, Status::Cancelled);
}

#[test]
fn a_cancellation_waits_for_the_bookings_answer() {
    let mut desk = Desk::after([book(), cancel()]);
    assert_eq!((desk.asked(), desk.told.len()), (vec![Book], 0));
    desk.handle(answer(Book, Done)).unwrap();
    assert_eq!(desk.asked(), [Book, Cancel]);
    desk.handle(answer(Cancel, Done)).unwrap();
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentCancelled"]);
}

#[test]
fn a_cancellation_while_the_carrier_refuses_the_booking_is_a_cancellation() {
    let desk = Desk::after([book(), cancel(), answer(Book, Refused)]);
    assert_eq!(desk.told, ["ShipmentCancelled"]);
}

#[test]
fn a_parcel_that_was_fetched_before_the_answers_came_cannot_be_cancelled() {
    let desk = Desk::after([book(), cancel(), report(ParcelState::PickedUp), answer(Book, Done)]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp", "ShipmentCancelRefused"]);
    assert_eq!(desk.asked(), [Book]);
}

#[test]
fn a_carrier_that_has_the_parcel_refuses_to_cancel_it_and_delivers_it() {
    let desk = Desk::after([
        book(),
        answer(Book, Done),
        cancel(),
        report(ParcelState::PickedUp),
        answer(Cancel, Refused),
        report(ParcelState::Delivered),
    ]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentCancelRefused", "ShipmentPickedUp", "ShipmentDelivered"]);
}

#[test]
fn a_parcel_on_its_way_is_refused_at_once() {
    let desk = Desk::after([book(), answer(Book, Done), report(ParcelState::PickedUp), cancel()]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentPickedUp", "ShipmentCancelRefused"]);
    assert_eq!(desk.asked(), [Book]);
}

#[test]
fn a_cancellation_of_unknown_fate_is_asked_again_or_settled_by_a_report() {
    let start = || Desk::after([book(), answer(Book, Done), cancel(), answer(Cancel, Unknown)]);
    let mut asked_again = start();
    asked_again.deadline_passes();
    asked_again.handle(answer(Cancel, Done)).unwrap();
    assert_eq!(asked_again.asked(), [Book, Cancel, Cancel]);
    assert_eq!(asked_again.told, ["ShipmentBooked", "ShipmentCancelled"]);

    let mut reported = start();
    reported.handle(report(ParcelState::Cancelled)).unwrap();
    assert_eq!(reported.told, ["ShipmentBooked", "ShipmentCancelled"]);

    let mut fetched = start();
    fetched.handle(report(ParcelState::PickedUp)).unwrap();
    fetched.handle(answer(Cancel, Unknown)).unwrap();
    assert_eq!(fetched.told, ["ShipmentBooked", "ShipmentCancelRefused", "ShipmentPickedUp"]);
}

#[test]
fn a_booking_after_its_cancellation_is_not_made() {
    let desk = Desk::after([cancel(), book()]);
    assert_eq!(desk.told, ["ShipmentCancelled", "ShipmentCancelled"]);
    assert!(desk.calls.is_empty());
    assert_eq!(desk.shipment().status, Status::Cancelled);
}

#[test]
fn a_carrier_that_cancels_by_itself_has_refused_the_parcel() {
    let desk = Desk::after([book(), answer(Book, Done), report(ParcelState::Cancelled), report(ParcelState::PickedUp)]);
    assert_eq!(desk.told, ["ShipmentBooked", "ShipmentRefused"]);
}

#[test]
fn silence_marks_a_parcel_for_a_person_and_a_report_takes_the_mark_away() {
    let mut desk = Desk::after([book(), answer(Book, Done)]);
    desk.deadline_passes();
    assert!(desk.shipment().overdue && desk.shipment().deadline.is_some());
    desk.handle(report(ParcelState::PickedUp)).unwrap();
    assert!(!desk.shipment().overdue);
}

#[test]
fn a_stale_deadline_says_nothing() {
    let mut desk = Desk::after([book()]);
    let due_at = desk.shipment().deadline.unwrap();
    desk.handle(answer(Book, Done)).unwrap();
    let before = desk.shipment.clone();
    desk.handle(schemas::shipping::ShipmentDeadlineReached { order_id: crate::testing::order(), due_at }.into())
        .unwrap();
    assert_eq!(desk.shipment, before);
}

#[test]
fn what_was_never_booked_is_neither_reported_nor_answered() {
    let mut desk = Desk::default();
    assert_eq!(code(&mut desk, report(ParcelState::PickedUp)), "unknown_shipment");
    assert_eq!(code(&mut desk, answer(Book, Done)), "unknown_shipment");
}

#[test]
fn a_report_about_another_shipment_is_refused() {
    let ShippingMessage::CarrierReported(report) = report(ParcelState::Delivered) else { panic!("not a report") };
    let mut desk = Desk::after([book(), answer(Book, Done)]);
    let elsewhere = CarrierReported { shipment_ref: "shp_2".to_owned(), ..report.clone() };
    assert_eq!(code(&mut desk, elsewhere.into()), "foreign_shipment");
    let other_carrier = CarrierReported { carrier: "other".to_owned(), ..report };
    assert_eq!(code(&mut desk, other_carrier.into()), "foreign_shipment");
}

#[test]
fn a_report_on_trust_about_another_shipment_has_no_effect() {
    let ShippingMessage::CarrierReported(report) = report(ParcelState::Delivered) else { panic!("not a report") };
    let elsewhere = CarrierReported { shipment_ref: "shp_2".to_owned(), ..report };
    let desk = Desk::after([book(), elsewhere.into(), answer(Book, Done)]);
    assert_eq!(desk.told, ["ShipmentBooked"]);
}

#[test]
fn a_second_shipment_for_one_order_goes_to_a_person() {
    let ShippingMessage::CarrierAnswered(first) = answer(Book, Done) else { panic!("not an answer") };
    let mut desk = Desk::after([book(), first.clone().into(), first.clone().into()]);
    let second = CarrierAnswered { shipment_ref: "shp_2".to_owned(), ..first };
    assert_eq!(code(&mut desk, second.into()), "second_shipment");
}

#[test]
fn a_message_under_another_orders_key_is_refused() {
    let parcel = parcel();
    let other = BookShipment {
        order_id: schemas::ids::OrderId::generate(),
        address: parcel.address,
        weight_grams: parcel.weight_grams,
        collect: parcel.collect,
    };
    assert_eq!(code(&mut Desk::default(), other.into()), "wrong_key");
}
