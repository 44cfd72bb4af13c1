//! Goods come back after delivery.

mod random;

use std::time::Duration;

use schemas::{
    inventory::InventoryMessage,
    invoicing::InvoicingMessage,
    returns::{ReturnDecision as D, ReturnState as R},
    types::{Money, PaymentMethod},
};
use shared::engine::State;

use crate::{
    Command,
    testing::{
        Journey, decide_return, partly_refunded, receive_return, refund_order, refund_refused, request_return,
        withdraw_return,
    },
};

const NOTHING: [&str; 0] = [];
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What one oil filter was sold for; the brake pad cost three times as much.
const FILTER: i64 = 51_200;

fn states(journey: &Journey) -> Vec<R> {
    journey.order.returns.iter().map(|of| of.state).collect()
}

fn codes(journey: &Journey) -> Vec<&str> {
    journey.order.returns.iter().map(|of| of.code.as_str()).collect()
}

fn story(journey: &Journey, return_id: &str) -> Vec<(i32, R)> {
    let of = journey.returns.iter().filter(|moved| moved.return_id == return_id);
    of.map(|moved| (moved.sequence, moved.to)).collect()
}

fn approved(method: PaymentMethod) -> Journey {
    let mut journey = Journey::delivered(method);
    assert_eq!(journey.tell(request_return("r1", &[("OIL-FILTER", 2), ("BRAKE-PAD", 1)])), NOTHING);
    assert_eq!(journey.tell(decide_return("r1", D::Approve)), NOTHING);
    journey
}

#[test]
fn what_comes_back_is_restocked_paid_back_and_credited_once_each() {
    let mut journey = approved(PaymentMethod::Stripe);
    let came = receive_return("r1", &[("OIL-FILTER", 1, 1), ("BRAKE-PAD", 1, 0)]);
    let told = ["ReturnStock OIL-FILTER", "ReturnStock BRAKE-PAD", "RefundPayment"];
    assert_eq!(journey.tell(came.clone()), told);
    assert_eq!(journey.order.returns[0].refund, Money::inr(2 * FILTER + 153_600));
    assert_eq!(journey.tell(came.clone()), NOTHING);
    let paid_back = 2 * FILTER + 153_600;
    assert_eq!(journey.tell(partly_refunded("r1", paid_back)), ["CreditInvoice CRN/26-27"]);
    let [Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit))] = journey.last.as_slice() else { panic!() };
    assert_eq!(credit.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(credit.reason, "goods returned (does not fit)");
    for _ in 0..2 {
        assert_eq!(journey.tell(partly_refunded("r1", paid_back)), NOTHING);
        assert_eq!(journey.tell(came.clone()), NOTHING);
        assert_eq!(journey.tell(decide_return("r1", D::Refuse)), NOTHING);
        assert_eq!(journey.tell(withdraw_return("r1")), NOTHING);
    }
    assert_eq!(story(&journey, "r1"), [(1, R::Requested), (2, R::Approved), (3, R::Received), (4, R::Refunded)]);
    assert_eq!(journey.path_after(7), "delivered", "the order itself stays where it is");
    assert_eq!(journey.refunds.len(), 1);
}

#[test]
fn the_inventory_is_told_what_is_sold_again_and_what_is_not() {
    let mut journey = approved(PaymentMethod::Stripe);
    journey.tell(receive_return("r1", &[("OIL-FILTER", 1, 1)]));
    let Command::Inventory(sku, InventoryMessage::ReturnStock(back)) = &journey.last[0] else { panic!() };
    assert_eq!((sku.as_str(), back.restock, back.write_off), ("OIL-FILTER", 1, 1));
    assert_eq!(back.return_id, "r1");
}

#[test]
fn only_what_came_is_paid_back_and_the_rest_can_be_asked_for_again() {
    let mut journey = approved(PaymentMethod::Stripe);
    journey.tell(receive_return("r1", &[("OIL-FILTER", 0, 1)]));
    assert_eq!(journey.order.returns[0].refund, Money::inr(FILTER));
    journey.tell(request_return("r2", &[("OIL-FILTER", 3)]));
    journey.tell(request_return("r3", &[("OIL-FILTER", 2), ("BRAKE-PAD", 1)]));
    assert_eq!(states(&journey), [R::Received, R::Refused, R::Requested]);
    assert_eq!(codes(&journey), ["", "units_out_of_range", ""]);
}

#[test]
fn a_receipt_that_does_not_fit_changes_nothing() {
    let mut journey = approved(PaymentMethod::Stripe);
    for came in [
        receive_return("r1", &[]),
        receive_return("r1", &[("OIL-FILTER", 0, 0)]),
        receive_return("r1", &[("OIL-FILTER", -1, 2)]),
        receive_return("r1", &[("OIL-FILTER", 2, 1)]),
        receive_return("r1", &[("OIL-FILTER", i32::MAX, 1)]),
        receive_return("r1", &[("OIL-FILTER", 1, 0), ("OIL-FILTER", 1, 0)]),
        receive_return("r1", &[("NO-SUCH", 1, 0)]),
    ] {
        assert_eq!(journey.tell(came), NOTHING);
    }
    assert_eq!(states(&journey), [R::Approved]);
    assert_eq!(journey.try_tell(receive_return("r9", &[("OIL-FILTER", 1, 0)])).unwrap_err().code, "unknown_return");
}

#[test]
fn what_the_rules_do_not_allow_is_refused_with_the_reason() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(request_return("early", &[("OIL-FILTER", 1)]));
    assert_eq!(codes(&journey), ["not_delivered"]);
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    journey.order.lines[0].non_returnable = true;
    for (id, units) in [
        ("a", &[("BRAKE-PAD", 1)][..]),
        ("b", &[("OIL-FILTER", 4)]),
        ("c", &[("OIL-FILTER", 0)]),
        ("d", &[("OIL-FILTER", -1)]),
        ("e", &[("NO-SUCH", 1)]),
        ("f", &[]),
        ("g", &[("OIL-FILTER", 1), ("OIL-FILTER", 1)]),
    ] {
        journey.tell(request_return(id, units));
    }
    let mut late = request_return("h", &[("OIL-FILTER", 1)]);
    late.asked_at = journey.now.plus(7 * DAY);
    journey.tell(late);
    let unclear = ["unclear", "unclear", "return_window_over"];
    let out_of_range = ["units_out_of_range"; 3];
    assert_eq!(codes(&journey), [&["non_returnable"][..], &out_of_range, &["unknown_part"], &unclear].concat());
    assert!(states(&journey).iter().all(|state| *state == R::Refused));
}

#[test]
fn the_window_opens_with_the_delivery_and_a_later_rule_does_not_move_it() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    let arrived = journey.order.history.last().unwrap().at;
    assert_eq!(journey.order.returnable_until, Some(arrived.plus(7 * DAY)));
    // Delivered by a worker that knew of no returns.
    journey.order.returnable_until = None;
    let mut wish = request_return("r1", &[("OIL-FILTER", 1)]);
    wish.asked_at = arrived.plus(7 * DAY);
    journey.tell(wish);
    assert_eq!(journey.order.returnable_until, Some(arrived.plus(7 * DAY)));
    assert_eq!(states(&journey), [R::Requested]);
}

#[test]
fn units_of_an_open_return_are_neither_returned_nor_paid_back_besides() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    journey.tell(request_return("r1", &[("BRAKE-PAD", 1)]));
    journey.tell(request_return("r2", &[("BRAKE-PAD", 1)]));
    journey.tell(refund_order("m1", None));
    assert_eq!(
        (codes(&journey)[1], journey.order.refunds[0].code.as_str()),
        ("units_out_of_range", "units_out_of_range")
    );
    journey.tell(withdraw_return("r1"));
    assert_eq!(journey.tell(refund_order("m2", None)), ["RefundPayment"]);
    journey.tell(request_return("r3", &[("BRAKE-PAD", 1)]));
    assert_eq!(states(&journey), [R::Withdrawn, R::Refused, R::Refused]);
}

#[test]
fn the_first_decision_counts_and_a_refusal_says_why() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    journey.tell(request_return("r1", &[("BRAKE-PAD", 1)]));
    let refuse = schemas::returns::DecideReturn { reason: "worn".to_owned(), ..decide_return("r1", D::Refuse) };
    journey.tell(refuse);
    journey.tell(decide_return("r1", D::Approve));
    assert_eq!((states(&journey), journey.order.returns[0].note.as_str()), (vec![R::Refused], "worn"));
    assert_eq!(journey.tell(receive_return("r1", &[("BRAKE-PAD", 1, 0)])), NOTHING);
    assert_eq!(journey.tell(request_return("r1", &[("BRAKE-PAD", 1)])), NOTHING, "the same request");
    assert_eq!(story(&journey, "r1"), [(1, R::Requested), (2, R::Refused)]);
}

#[test]
fn goods_that_never_come_let_their_return_lapse_and_may_still_come_late() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    assert_eq!(State::deadline(&journey.order), None);
    journey.tell(request_return("r1", &[("BRAKE-PAD", 1)]));
    journey.tell(decide_return("r1", D::Approve));
    assert_eq!(State::deadline(&journey.order), Some(journey.now.plus(14 * DAY)));
    journey.run_out();
    assert_eq!((states(&journey), State::deadline(&journey.order)), (vec![R::Lapsed], None));
    assert!(!journey.order.stuck);
    let late = receive_return("r1", &[("BRAKE-PAD", 1, 0)]);
    assert_eq!(journey.tell(late), ["ReturnStock BRAKE-PAD", "RefundPayment"]);
}

#[test]
fn a_lapsed_return_whose_units_were_paid_back_meanwhile_is_not_received() {
    let mut journey = Journey::delivered(PaymentMethod::Stripe);
    journey.tell(request_return("r1", &[("BRAKE-PAD", 1)]));
    journey.tell(decide_return("r1", D::Approve));
    journey.run_out();
    journey.tell(refund_order("m1", None));
    assert_eq!(journey.tell(receive_return("r1", &[("BRAKE-PAD", 1, 0)])), NOTHING);
    assert_eq!(states(&journey), [R::Lapsed]);
}

#[test]
fn no_more_is_paid_back_than_is_still_there() {
    let mut journey = approved(PaymentMethod::Stripe);
    journey.tell(refund_order("m1", Some(300_000)));
    journey.tell(partly_refunded("m1", 300_000));
    journey.tell(receive_return("r1", &[("OIL-FILTER", 2, 0), ("BRAKE-PAD", 1, 0)]));
    let refund = &journey.order.refunds[1];
    let amounts: Vec<_> = refund.lines.iter().map(|line| line.amount.minor).collect();
    assert_eq!((refund.amount.minor, amounts), (18_200, vec![18_200, 0]));
    journey.tell(partly_refunded("r1", 318_200));
    assert_eq!(states(&journey), [R::Refunded]);
}

#[test]
fn goods_whose_money_had_gone_back_before_are_taken_in_and_nothing_more_is_paid() {
    let mut journey = approved(PaymentMethod::Stripe);
    journey.tell(partly_refunded("", 318_200));
    let told = journey.tell(receive_return("r1", &[("BRAKE-PAD", 1, 0)]));
    assert_eq!(told, ["ReturnStock BRAKE-PAD"]);
    assert_eq!((states(&journey), codes(&journey)), (vec![R::NotRefunded], vec!["nothing_left"]));
    assert_eq!(story(&journey, "r1").last(), Some(&(4, R::NotRefunded)));
}

#[test]
fn a_refund_that_payments_refuses_is_shown_and_the_goods_stay_taken_in() {
    let mut journey = approved(PaymentMethod::Stripe);
    journey.tell(receive_return("r1", &[("BRAKE-PAD", 1, 0)]));
    journey.tell(refund_refused("r1"));
    assert_eq!((states(&journey), codes(&journey)), (vec![R::NotRefunded], vec!["exceeds_payment"]));
    journey.tell(request_return("r2", &[("BRAKE-PAD", 1)]));
    assert_eq!(codes(&journey)[1], "units_out_of_range");
    // The gateway has done it all the same.
    assert_eq!(journey.tell(partly_refunded("r1", 153_600)), ["CreditInvoice CRN/26-27"]);
    assert_eq!((states(&journey)[0], codes(&journey)[0]), (R::Refunded, ""));
}
