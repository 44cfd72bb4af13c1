//! Refunds of an order that stands.

use schemas::{
    orders::{OrdersMessage, PaymentPartlyRefunded, RefundRefused},
    payments::{GatewayCall, GatewayPayment, GatewayReported, GatewayState, RefundPayment},
    types::{GatewayName, Money},
};

use super::bench::{AMOUNT, Bench, reported};
use crate::{PaymentStatus, effect::Ask};

fn ask(bench: &mut Bench, refund_id: &str, minor: i64) {
    let refund_id = refund_id.to_owned();
    bench.give(RefundPayment { order_id: bench.order, refund_id, amount: Money::inr(minor) }).unwrap();
}

fn with(bench: &Bench, refunded_minor: i64) -> GatewayPayment {
    GatewayPayment { refunded_minor, ..bench.seen(GatewayState::Captured) }
}

/// The amount of a call, and what had gone back before it.
fn refund(bench: &Bench, call: usize) -> (i64, Option<i64>) {
    match &bench.calls[call].effect.ask {
        Ask::Refund { amount, before_minor, .. } => (amount.minor, *before_minor),
        other => panic!("{other:?}"),
    }
}

fn partly(bench: &Bench, refund_id: &str, minor: i64) -> OrdersMessage {
    let (order_id, refund_id) = (bench.order, refund_id.to_owned());
    PaymentPartlyRefunded { order_id, amount: Money::inr(minor), refund_id }.into()
}

fn refused(bench: &Bench, refund_id: &str, code: &str) -> OrdersMessage {
    RefundRefused { order_id: bench.order, refund_id: refund_id.to_owned(), code: code.to_owned() }.into()
}

#[test]
fn several_refunds_are_made_one_after_another_and_summed() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    ask(&mut bench, "r2", 500);
    assert_eq!((refund(&bench, 2), bench.calls.len()), ((1_000, Some(0)), 3));
    assert_eq!(bench.state().status, PaymentStatus::Refunding);
    bench.done(2, with(&bench, 1_000));
    assert_eq!(refund(&bench, 3), (500, Some(1_000)));
    bench.done(3, with(&bench, 1_500));
    assert_eq!(bench.told[2..], [partly(&bench, "r1", 1_000), partly(&bench, "r2", 1_500)]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
}

#[test]
fn five_full_refunds_at_once_send_one() {
    let mut bench = Bench::captured();
    for number in 0..5 {
        ask(&mut bench, &format!("r{number}"), AMOUNT);
    }
    bench.done(2, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.calls.len(), 3);
    let refusals = bench.told[2..6].iter().zip(1..);
    assert!(refusals.clone().all(|(told, n)| *told == refused(&bench, &format!("r{n}"), "exceeds_payment")));
    assert_eq!(bench.told_names()[6..], ["PaymentPartlyRefunded", "PaymentRefunded"], "all is back");
}

#[test]
fn a_refund_is_made_once_however_often_it_is_asked_for() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    bench.done(2, with(&bench, 1_000));
    ask(&mut bench, "r1", 1_000);
    assert_eq!((bench.calls.len(), bench.told.len()), (3, 3));
}

#[test]
fn nothing_is_refunded_before_it_is_captured_nor_after_it_was_withdrawn() {
    let mut bench = Bench::capturing();
    ask(&mut bench, "r1", 1);
    assert_eq!(bench.told[1..], [refused(&bench, "r1", "not_paid")]);
    let mut bench = Bench::captured();
    bench.cancel();
    ask(&mut bench, "r1", 1);
    assert_eq!(bench.told[2..], [refused(&bench, "r1", "withdrawn")]);
    for minor in [0, -1, AMOUNT + 1] {
        let mut bench = Bench::captured();
        ask(&mut bench, "r1", minor);
        assert_eq!(bench.told[2..], [refused(&bench, "r1", "exceeds_payment")]);
    }
}

#[test]
fn a_refund_of_unknown_fate_is_looked_up_and_made_again_only_if_it_was_not() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    bench.unknown(2);
    bench.done(3, with(&bench, 1_000));
    assert_eq!(bench.told[2..], [partly(&bench, "r1", 1_000)]);
    ask(&mut bench, "r2", 500);
    bench.unknown(4);
    bench.done(5, with(&bench, 1_000));
    assert_eq!(bench.calls.len(), 6, "not at once");
    bench.wait();
    assert_eq!(refund(&bench, 6), (500, Some(1_000)));
}

#[test]
fn a_refund_that_comes_late_after_all_is_known_to_be_ours() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", AMOUNT - 100);
    bench.unknown(2);
    bench.done(3, with(&bench, 0));
    bench.report(with(&bench, AMOUNT - 100));
    assert_eq!(bench.told[2..], [partly(&bench, "r1", AMOUNT - 100)]);
    assert_eq!((bench.calls.len(), bench.state().deadline), (4, None), "it is not made again");
}

#[test]
fn our_own_refund_s_report_is_not_taken_for_somebody_else_s() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    bench.report(with(&bench, 1_000));
    assert_eq!(bench.told.len(), 2, "whose it is the answer tells");
    bench.done(2, with(&bench, 1_000));
    assert_eq!(bench.told[2..], [partly(&bench, "r1", 1_000)]);
}

#[test]
fn our_own_refund_s_report_leaves_the_room_that_others_were_promised() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", AMOUNT / 2);
    ask(&mut bench, "r2", AMOUNT / 4);
    bench.report(with(&bench, AMOUNT / 2));
    ask(&mut bench, "r3", AMOUNT / 4);
    assert_eq!(bench.told.len(), 2, "nothing is refused");
    bench.done(2, with(&bench, AMOUNT / 2));
    bench.done(3, with(&bench, AMOUNT / 4 * 3));
    bench.done(4, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.told_names()[2..5], ["PaymentPartlyRefunded"; 3]);
}

#[test]
fn a_part_that_went_back_at_the_gateway_is_told_and_leaves_less_for_ours() {
    let mut bench = Bench::captured();
    bench.report(with(&bench, 700));
    assert_eq!(bench.told[2..], [partly(&bench, "", 700)]);
    ask(&mut bench, "r1", AMOUNT - 699);
    assert_eq!(bench.told[3..], [refused(&bench, "r1", "exceeds_payment")]);
    assert_eq!((bench.state().status, bench.calls.len()), (PaymentStatus::Captured, 2));
}

#[test]
fn a_promise_that_is_not_covered_any_more_is_taken_back() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    ask(&mut bench, "r2", AMOUNT - 1_000);
    bench.report(with(&bench, 500));
    assert_eq!(bench.told.len(), 2, "it may be a part of what is on its way");
    bench.done(2, with(&bench, 1_500));
    assert_eq!(bench.told[2], refused(&bench, "r2", "exceeds_payment"));
    assert_eq!(bench.told[3..], [partly(&bench, "r1", 1_000), partly(&bench, "", 1_500)]);
}

#[test]
fn an_order_that_is_withdrawn_gets_back_what_is_left() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    ask(&mut bench, "r2", 500);
    bench.cancel();
    assert_eq!(bench.told[2..], [refused(&bench, "r2", "withdrawn")]);
    bench.done(2, with(&bench, 1_000));
    assert_eq!(refund(&bench, 3), (AMOUNT - 1_000, Some(1_000)));
    bench.done(3, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.told_names()[3..], ["PaymentPartlyRefunded", "PaymentRefunded"]);
    assert_eq!(bench.state().status, PaymentStatus::Refunded);
}

#[test]
fn a_refund_that_fails_after_all_is_made_again() {
    let mut bench = Bench::captured();
    ask(&mut bench, "r1", 1_000);
    bench.done(2, with(&bench, 1_000));
    let failed =
        GatewayReported { event_type: "refund.failed".to_owned(), ..reported(GatewayName::Stripe, with(&bench, 0)) };
    bench.give(failed).unwrap();
    bench.done(3, with(&bench, 0));
    assert_eq!(bench.calls.len(), 4, "not at once");
    bench.wait();
    assert_eq!(refund(&bench, 4), (1_000, Some(0)));
    bench.done(4, with(&bench, 1_000));
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund, GatewayCall::Query, GatewayCall::Refund]);
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Captured, None));
}
