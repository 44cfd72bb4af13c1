//! Orders whose time runs out.

use schemas::types::{PaymentMethod, Timestamp};

use crate::testing::{Journey, START, deadline_reached, payment_ready, reserved};

const NOTHING: [&str; 0] = [];

#[test]
fn an_unpaid_order_expires_and_gives_everything_back() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    journey.tell(payment_ready());
    assert_eq!(journey.run_out(), ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "CancelPayment"]);
    assert_eq!(journey.path_after(2), "awaiting_payment expired(unpaid)");
    assert_eq!(journey.order.deadline, None);
}

#[test]
fn an_order_that_the_stock_does_not_answer_releases_the_unanswered_part_too() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.tell(reserved("BRAKE-PAD"));
    assert_eq!(journey.run_out(), ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER"]);
    assert_eq!(journey.path_after(2), "expired(unanswered)");
    assert_eq!(journey.tell(reserved("OIL-FILTER")), NOTHING);
}

#[test]
fn an_order_that_the_gateway_does_not_answer_takes_its_payment_back() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    journey.reserve_all();
    assert_eq!(journey.run_out(), ["ReleaseStock BRAKE-PAD", "ReleaseStock OIL-FILTER", "CancelPayment"]);
}

#[test]
fn a_deadline_that_the_order_no_longer_has_does_nothing() {
    let mut journey = Journey::placed(PaymentMethod::Stripe);
    let of_reserving = journey.order.deadline.unwrap();
    journey.reserve_all();
    journey.tell(payment_ready());
    assert_eq!(journey.tell(deadline_reached(of_reserving)), NOTHING);
    assert_eq!(journey.path_after(2), "awaiting_payment");
}

#[test]
fn an_order_that_is_sold_never_expires_but_is_shown_to_a_person() {
    let mut cash = Journey::placed(PaymentMethod::Cod);
    cash.reserve_all();
    let sold = [cash, Journey::paid(), Journey::packed(PaymentMethod::Cod), Journey::packed(PaymentMethod::Stripe)];
    for mut journey in sold {
        let (path, before) = (journey.path(), journey.order.deadline);
        assert_eq!(journey.run_out(), NOTHING);
        assert_eq!(journey.path(), path);
        assert!(journey.order.stuck);
        assert!(journey.order.deadline > before);
    }
}

#[test]
fn an_order_that_moves_on_is_not_stuck_any_more() {
    let mut journey = Journey::paid();
    journey.run_out();
    journey.tell(crate::testing::invoice_issued());
    assert!(!journey.order.stuck);
}

#[test]
fn an_ended_order_has_no_time_to_run_out() {
    let mut journey = Journey::placed(PaymentMethod::Cod);
    journey.run_out();
    let ended = journey.order.clone();
    journey.tell(deadline_reached(START));
    journey.tell(deadline_reached(Timestamp::from_millis(i64::MAX)));
    assert_eq!(journey.order, ended);
}
