//! Answers that never come, webhooks that are lost, and time that runs out.

use schemas::{
    ids::OrderId,
    payments::{GatewayCall, GatewayState, PaymentDeadlineReached},
    types::Timestamp,
};

use super::bench::Bench;
use crate::{PaymentStatus, effect::GatewayEffect};

#[test]
fn a_capture_of_unknown_fate_is_looked_up_and_counts_if_it_happened() {
    let mut bench = Bench::capturing();
    bench.unknown(1);
    assert_eq!(bench.state().status, PaymentStatus::Capturing);
    assert_eq!(bench.asked()[2], GatewayCall::Query);
    bench.done(2, bench.seen(GatewayState::Captured));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"]);
}

#[test]
fn a_capture_of_unknown_fate_that_did_not_happen_is_repeated_at_the_deadline() {
    let mut bench = Bench::capturing();
    bench.unknown(1);
    bench.done(2, bench.seen(GatewayState::Authorized));
    assert_eq!(bench.calls.len(), 3, "not at once, or a gateway that is down would be hammered");
    bench.wait();
    assert_eq!(bench.asked()[3], GatewayCall::Capture);
    assert_ne!(bench.calls[1].id, bench.calls[3].id, "a used key may have an error nailed to it");
}

#[test]
fn a_capture_that_the_gateway_refuses_fails_and_voids() {
    let mut bench = Bench::capturing();
    bench.refused(1);
    bench.done(2, bench.seen(GatewayState::Authorized));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentFailed"]);
    assert_eq!(bench.asked()[3], GatewayCall::Void);
}

#[test]
fn a_creation_of_unknown_fate_is_repeated_and_what_it_made_twice_is_voided() {
    let mut bench = Bench::new();
    bench.request();
    bench.unknown(0);
    bench.wait();
    bench.done(1, bench.seen(GatewayState::AwaitingCustomer));
    let mut orphan = bench.seen(GatewayState::Authorized);
    (orphan.gateway_ref, orphan.payment_ref) = ("pi_0".to_owned(), "pi_0".to_owned());
    bench.report(orphan);
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Create, GatewayCall::Void]);
    assert_eq!(bench.state().status, PaymentStatus::AwaitingCustomer);
}

#[test]
fn a_capture_whose_outcome_never_came_is_given_up_once_the_engine_must_have() {
    let mut bench = Bench::capturing();
    bench.wait();
    bench.done(2, bench.seen(GatewayState::Authorized));
    assert_eq!(bench.calls.len(), 3, "the engine may still be repeating it");
    bench.wait();
    bench.done(3, bench.seen(GatewayState::Authorized));
    bench.wait();
    assert_eq!(bench.asked()[2..], [GatewayCall::Query, GatewayCall::Query, GatewayCall::Capture]);
}

#[test]
fn a_creation_whose_outcome_never_came_is_made_again_and_can_be_cancelled() {
    let mut bench = Bench::new();
    bench.request();
    for _ in 0..3 {
        bench.wait();
    }
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Create]);
    bench.cancel();
    for _ in 0..2 {
        bench.wait();
    }
    assert_eq!(bench.told_names(), ["PaymentDelayed", "PaymentRefunded"]);
    assert_eq!(bench.state().deadline, None);
}

#[test]
fn lost_webhooks_heal_at_the_deadline() {
    let mut bench = Bench::awaiting_customer();
    bench.wait();
    bench.done(1, bench.seen(GatewayState::Authorized));
    assert_eq!(bench.asked(), [GatewayCall::Create, GatewayCall::Query, GatewayCall::Capture]);
}

#[test]
fn the_gateway_is_asked_less_and_less_often() {
    let mut bench = Bench::awaiting_customer();
    let mut gaps = Vec::new();
    for _ in 0..8 {
        let due = bench.state().deadline.unwrap();
        bench.wait();
        gaps.push(bench.state().deadline.unwrap().since(due).as_secs());
    }
    assert_eq!(gaps, [120, 240, 480, 900, 900, 900, 900, 900]);
}

#[test]
fn a_refund_of_unknown_fate_is_looked_up_before_it_is_made_again() {
    let mut bench = Bench::captured();
    bench.cancel();
    bench.unknown(2);
    bench.unknown(3);
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund, GatewayCall::Query]);
    bench.wait();
    bench.done(4, bench.seen(GatewayState::Captured));
    bench.wait();
    assert_eq!(bench.asked()[4..], [GatewayCall::Query, GatewayCall::Refund]);
    bench.done(5, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.told_names()[2..], ["PaymentRefunded"]);
}

#[test]
fn a_deadline_that_is_not_the_payments_own_any_more_says_nothing() {
    let mut bench = Bench::awaiting_customer();
    let before = bench.state().clone();
    bench.give(PaymentDeadlineReached { order_id: bench.order, due_at: Timestamp::from_millis(1) }).unwrap();
    assert_eq!((bench.state(), bench.calls.len()), (&before, 1));
}

#[test]
fn a_late_answer_to_an_earlier_call_does_not_end_the_present_one() {
    let mut bench = Bench::capturing();
    bench.unknown(1);
    bench.done(2, bench.seen(GatewayState::Authorized));
    bench.wait();
    bench.refused(1);
    assert_eq!(bench.state().main.flight.as_ref().unwrap().id, bench.calls[3].id);
}

#[test]
fn the_documents_survive_their_encoding() {
    let mut bench = Bench::capturing();
    bench.cancel();
    let document = mongodb::bson::serialize_to_document(bench.state()).unwrap();
    assert_eq!(document.get_str("gateway_ref").unwrap(), "pi_1", "webhooks are looked up by it");
    assert_eq!(mongodb::bson::deserialize_from_document::<crate::Payment>(document).unwrap(), *bench.state());
    for call in &bench.calls {
        let document = mongodb::bson::serialize_to_document(&call.effect).unwrap();
        assert_eq!(mongodb::bson::deserialize_from_document::<GatewayEffect>(document).unwrap(), call.effect);
    }
    assert_eq!(bench.order.to_string().parse::<OrderId>(), Ok(bench.order));
}
