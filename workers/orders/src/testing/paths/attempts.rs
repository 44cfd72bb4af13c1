//! Orders whose customers try again to pay, or otherwise.

use schemas::{
    attempts::AttemptState::{self, Failed, Paid, Ready, Refused, Superseded, Withdrawn},
    orders::{PaymentCaptured, PaymentDeclined, PaymentFailed, PaymentReady},
    payments::{PaymentsMessage, RequestPayment},
    types::{
        GatewayName, Money,
        PaymentMethod::{Cod, Razorpay, Stripe},
    },
};

use crate::{
    Command,
    testing::{
        Journey, TOTAL, cancel_order, credit_note_issued, invoice_issued, pay_by_card, pay_order, payment_captured,
        payment_declined, payment_delayed, payment_failed, payment_ready, payment_refunded, reserved, shipment_booked,
        shipment_cancelled,
    },
};

const NOTHING: [&str; 0] = [];

fn awaiting_payment() -> Journey {
    let mut journey = Journey::placed(Stripe);
    journey.reserve_all();
    journey.tell(payment_ready());
    journey
}

fn states(journey: &Journey) -> Vec<AttemptState> {
    journey.order.attempts.iter().map(|attempt| attempt.state).collect()
}

fn ready(attempt: i32) -> PaymentReady {
    PaymentReady { gateway_ref: format!("order_{attempt}"), client_secret: String::new(), attempt, ..payment_ready() }
}

fn captured(attempt: i32) -> PaymentCaptured {
    PaymentCaptured { gateway_ref: format!("pay_{attempt}"), attempt, ..payment_captured(TOTAL) }
}

#[test]
fn a_customer_who_was_declined_pays_at_the_other_gateway() {
    let mut journey = awaiting_payment();
    journey.tell(payment_declined());
    assert_eq!(journey.tell(pay_order("a", Razorpay)), ["RequestPayment"]);
    let [Command::Payments(PaymentsMessage::RequestPayment(request))] = journey.last.as_slice() else { panic!() };
    assert_eq!((request.gateway, request.attempt, request.amount), (GatewayName::Razorpay, 2, TOTAL));
    assert_eq!(journey.order.status_view().payment, None, "the first shall not be paid any more");
    journey.tell(ready(2));
    let shown = journey.order.status_view().payment.unwrap();
    assert_eq!(
        (shown.gateway, shown.gateway_ref.as_str(), shown.last_decline),
        (GatewayName::Razorpay, "order_2", None)
    );
    assert_eq!(shown.attempt_id, journey.order.attempts[1].attempt_id);
    journey.tell(captured(2));
    assert_eq!(journey.path_after(2), "awaiting_payment paid");
    assert_eq!(states(&journey), [Superseded, Paid]);
    assert_eq!((journey.order.payment_method, journey.order.attempts[0].code.as_str()), (Razorpay, "card_declined"));
}

/// What the payments worker was asked for last.
fn asked(journey: &Journey) -> RequestPayment {
    match journey.last.as_slice() {
        [Command::Payments(PaymentsMessage::RequestPayment(request))] => request.clone(),
        other => panic!("{other:?}"),
    }
}

/// A card order of which no gateway can be reached, `gateway` being tried next.
fn delayed(gateway: GatewayName) -> Journey {
    let mut journey = Journey::by_card();
    journey.reserve_all();
    journey.tell(payment_delayed(1, gateway));
    journey
}

#[test]
fn a_card_order_shows_that_another_gateway_has_made_its_payment() {
    let mut journey = Journey::by_card();
    assert_eq!(journey.tell(reserved("OIL-FILTER")), ["RequestPayment"]);
    let request = asked(&journey);
    assert_eq!((request.gateway, request.any_gateway, request.attempt), (GatewayName::Stripe, true, 1));
    journey.tell(PaymentReady { gateway: Some(GatewayName::Razorpay), ..ready(1) });
    let attempt = &journey.order.attempts[0];
    assert_eq!((attempt.method, attempt.failed_over_from), (Razorpay, Some(GatewayName::Stripe)));
    assert_eq!(journey.order.status_view().payment.unwrap().gateway, GatewayName::Razorpay);
    journey.tell(captured(1));
    assert_eq!(journey.order.payment_method, Razorpay);
    assert_eq!(journey.order.payment.unwrap().gateway, GatewayName::Razorpay);
}

#[test]
fn money_that_is_heard_of_first_tells_where_it_was_paid() {
    let mut journey = Journey::by_card();
    journey.reserve_all();
    journey.tell(PaymentCaptured { gateway: Some(GatewayName::Razorpay), ..captured(1) });
    assert_eq!((journey.order.payment_method, states(&journey)), (Razorpay, vec![Paid]));
    assert_eq!(journey.order.payment.unwrap().gateway, GatewayName::Razorpay);
}

#[test]
fn where_a_paid_attempt_was_made_is_not_changed_by_what_comes_late() {
    let mut journey = Journey::by_card();
    journey.reserve_all();
    journey.tell(PaymentCaptured { gateway: Some(GatewayName::Stripe), ..captured(1) });
    journey.tell(PaymentReady { gateway: Some(GatewayName::Razorpay), ..ready(1) });
    assert_eq!((journey.order.payment_method, journey.order.attempts[0].method), (Stripe, Stripe));
}

#[test]
fn an_order_for_one_gateway_is_not_moved_by_what_anybody_says() {
    let mut journey = Journey::placed(Stripe);
    journey.reserve_all();
    journey.tell(PaymentReady { gateway: Some(GatewayName::Razorpay), ..ready(1) });
    assert_eq!((journey.order.payment_method, journey.order.attempts[0].failed_over_from), (Stripe, None));
}

#[test]
fn a_payment_that_waits_for_its_gateway_is_shown_until_it_can_be_paid() {
    let mut journey = delayed(GatewayName::Stripe);
    let shown = journey.order.status_view().delayed.unwrap();
    assert_eq!((&shown.attempt_id, shown.delay.gateway), (&journey.order.attempts[0].attempt_id, GatewayName::Stripe));
    journey.tell(ready(1));
    assert_eq!(journey.order.status_view().delayed, None);
    journey.tell(payment_delayed(1, GatewayName::Stripe));
    assert_eq!(journey.order.status_view().delayed, None, "that was overtaken");
    let mut journey = delayed(GatewayName::Stripe);
    journey.run_out();
    assert_eq!(journey.order.status_view().delayed, None, "nobody waits any more");
}

#[test]
fn who_asks_again_by_card_gets_an_attempt_at_another_gateway_than_the_one_that_is_waited_for() {
    for (waits_for, expected) in
        [(GatewayName::Stripe, GatewayName::Razorpay), (GatewayName::Razorpay, GatewayName::Stripe)]
    {
        let mut journey = delayed(waits_for);
        assert_eq!(journey.tell(pay_by_card("a")), ["RequestPayment"]);
        let request = asked(&journey);
        assert_eq!((request.gateway, request.any_gateway, request.attempt), (expected, true, 2));
        assert_eq!(journey.tell(pay_by_card("b")), NOTHING, "that one is under way");
        assert_eq!(states(&journey), [Superseded, AttemptState::Asked]);
        assert_eq!(journey.order.status_view().delayed, None);
    }
}

#[test]
fn what_can_be_paid_by_card_already_is_the_same_attempt_and_what_may_move_is_no_certain_gateway_s() {
    let mut journey = awaiting_payment();
    assert_eq!(journey.tell(pay_by_card("a")), NOTHING);
    let mut journey = Journey::by_card();
    journey.reserve_all();
    assert_eq!(journey.tell(pay_order("a", Stripe)), ["RequestPayment"]);
    assert!(!asked(&journey).any_gateway);
}

#[test]
fn asking_for_what_can_be_paid_already_makes_nothing_new() {
    let mut journey = awaiting_payment();
    let view = journey.order.status_view();
    assert_eq!(journey.tell(pay_order("a", Stripe)), NOTHING);
    assert_eq!(journey.tell(pay_order("a", Razorpay)), NOTHING, "the same request");
    assert_eq!((states(&journey), journey.order.status_view()), (vec![Ready], view));
    assert!(journey.order.attempts[0].answers(&pay_order("a", Stripe).attempt_id));
}

#[test]
fn what_is_told_of_an_earlier_attempt_counts_nothing_for_the_order() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Razorpay));
    assert_eq!(journey.tell(payment_failed()), NOTHING);
    assert_eq!(journey.tell(payment_declined()), NOTHING);
    assert_eq!(journey.tell(payment_ready()), NOTHING);
    assert_eq!(
        (journey.path_after(2).as_str(), states(&journey)),
        ("awaiting_payment", vec![Superseded, AttemptState::Asked])
    );
    assert_eq!(journey.order.status_view().payment, None);
}

#[test]
fn money_that_an_earlier_attempt_brought_first_sells_the_order_once() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Razorpay));
    journey.tell(payment_captured(TOTAL));
    assert_eq!((journey.path_after(2).as_str(), states(&journey)), ("awaiting_payment paid", vec![Paid, Superseded]));
    assert_eq!(
        (journey.order.payment_method, journey.order.payment.clone().unwrap().gateway),
        (Stripe, GatewayName::Stripe)
    );
    assert_eq!(journey.tell(pay_order("b", Razorpay)), NOTHING);
    assert_eq!(states(&journey), [Paid, Superseded, Refused]);
    assert_eq!(journey.order.attempts[2].code, "not_awaiting_payment");
}

#[test]
fn the_newest_attempt_that_fails_for_good_ends_the_order() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Razorpay));
    journey.tell(PaymentFailed { attempt: 2, ..payment_failed() });
    assert_eq!(journey.path_after(2), "awaiting_payment payment_failed(gateway_refused)");
    assert_eq!(states(&journey), [Superseded, Failed]);
}

#[test]
fn a_method_can_be_changed_before_the_parts_are_held_and_the_gateway_is_asked_once() {
    let mut journey = Journey::placed(Stripe);
    assert_eq!(journey.tell(pay_order("a", Razorpay)), NOTHING);
    assert_eq!(journey.tell(reserved("OIL-FILTER")), ["RequestPayment"]);
    let [Command::Payments(PaymentsMessage::RequestPayment(request))] = journey.last.as_slice() else { panic!() };
    assert_eq!((request.gateway, request.attempt), (GatewayName::Razorpay, 2));
}

#[test]
fn an_order_of_which_cash_was_chosen_after_all_is_sold_at_once_and_the_gateway_lets_go() {
    let mut journey = awaiting_payment();
    let told = journey.tell(pay_order("a", Cod));
    assert_eq!(told, ["CancelPayment", "CommitStock BRAKE-PAD", "CommitStock OIL-FILTER", "IssueInvoice INV/26-27"]);
    assert_eq!(journey.path_after(2), "awaiting_payment confirmed");
    assert_eq!(states(&journey), [Superseded, Ready]);
    journey.tell(payment_refunded(Money::inr(0)));
    assert_eq!(journey.path_after(3), "confirmed");
}

#[test]
fn money_that_comes_after_the_change_to_cash_goes_back_and_the_sale_stands() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Cod));
    assert_eq!(journey.tell(payment_captured(TOTAL)), NOTHING, "the gateway was told to give it back");
    assert_eq!(journey.tell(payment_refunded(TOTAL)), NOTHING);
    assert_eq!(journey.path_after(3), "confirmed");
    let payment = journey.order.payment.clone().unwrap();
    assert_eq!((payment.captured, payment.refunded), (TOTAL, TOTAL));
    assert!(journey.order.to_credit.is_empty() && journey.refunds.is_empty(), "it was no part of the sale");
}

#[test]
fn a_cancelled_cash_order_waits_for_what_the_gateway_still_gives_back() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Cod));
    journey.tell(payment_captured(TOTAL));
    journey.tell(invoice_issued());
    journey.tell(shipment_booked());
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    journey.tell(credit_note_issued());
    assert_eq!(journey.path_after(3), "confirmed packed cancelling(cancel_requested)");
    journey.tell(payment_refunded(TOTAL));
    assert_eq!(journey.path_after(6), "cancelled(cancel_requested)");
}

#[test]
fn an_order_with_the_fee_for_cash_in_its_total_is_paid_in_cash_alone() {
    let mut journey = Journey::placed(Cod);
    journey.order.totals.cod_fee = Money::inr(3_000);
    journey.tell(pay_order("a", Stripe));
    assert_eq!(
        (states(&journey), journey.order.attempts[1].code.as_str()),
        (vec![AttemptState::Asked, Refused], "has_cash_fee")
    );
    assert_eq!(journey.order.payment_method, Cod);
}

#[test]
fn attempts_are_bounded_and_so_are_the_refused_ones() {
    let mut journey = awaiting_payment();
    for number in 0..60 {
        let method = if number % 2 == 0 { Razorpay } else { Stripe };
        journey.tell(pay_order(&number.to_string(), method));
    }
    let made = states(&journey).iter().filter(|state| **state != Refused).count();
    assert_eq!((made, journey.order.attempts.last().unwrap().code.as_str()), (10, "too_many_attempts"));
    assert!(journey.order.attempts.len() <= 30);
}

#[test]
fn an_order_that_ends_takes_its_attempts_along() {
    let mut journey = awaiting_payment();
    journey.tell(pay_order("a", Razorpay));
    journey.run_out();
    assert_eq!(states(&journey), [Superseded, Withdrawn]);
    assert_eq!(journey.tell(ready(2)), ["CancelPayment"]);
    assert_eq!(journey.tell(PaymentDeclined { attempt: 2, ..payment_declined() }), NOTHING);
    assert_eq!(states(&journey), [Superseded, Withdrawn]);
}

#[test]
fn an_order_from_before_attempts_were_kept_has_one() {
    let mut journey = awaiting_payment();
    journey.order.attempts = Vec::new();
    assert_eq!(journey.order.payment_attempts()[0].state, Ready);
    journey.tell(pay_order("a", Razorpay));
    journey.tell(captured(2));
    assert_eq!(states(&journey), [Superseded, Paid]);
}
