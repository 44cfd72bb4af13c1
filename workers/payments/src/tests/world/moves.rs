//! What can happen in the world.

use proptest::prelude::*;
use schemas::types::GatewayName;

use super::super::bench::AMOUNT;

/// One move of the world. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub(super) enum Move {
    /// The gateway executes an open call and its answer travels.
    Answer(usize),
    /// It executes the call, but the engine's patience runs out: the fate is unknown.
    Swallow(usize),
    /// It does not even see the call.
    Lose(usize),
    /// It certainly does not make a payment, and may later.
    NotMade(usize),
    /// It will not make a payment.
    Refuse(usize),
    /// A travelling message arrives.
    Deliver(usize),
    /// It arrives and remains on its way: posted twice.
    Double(usize),
    /// It never arrives.
    Drop(usize),
    /// The customer pays, with the amount off by so much.
    Pay(usize, i64),
    Decline(usize),
    /// Somebody captures at the gateway by hand.
    CaptureByHand(usize),
    /// Somebody gives so much back at the gateway by hand.
    GiveBackByHand(usize, i64),
    /// The order wants so much to go back.
    Refund(i64),
    /// The order wants to be paid by another attempt, at this gateway.
    Attempt(GatewayName),
    /// By another attempt, at this gateway or whichever makes it.
    CardAttempt(GatewayName),
    Cancel,
    Wait,
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let n = 0usize..8;
    let one = prop_oneof![
        6 => n.clone().prop_map(Move::Answer),
        2 => n.clone().prop_map(Move::Swallow),
        1 => n.clone().prop_map(Move::Lose),
        2 => n.clone().prop_map(Move::NotMade),
        1 => n.clone().prop_map(Move::Refuse),
        6 => n.clone().prop_map(Move::Deliver),
        2 => n.clone().prop_map(Move::Double),
        1 => n.clone().prop_map(Move::Drop),
        4 => n.clone().prop_map(|n| Move::Pay(n, 0)),
        1 => n.clone().prop_map(|n| Move::Pay(n, -1)),
        1 => n.clone().prop_map(Move::Decline),
        1 => n.clone().prop_map(Move::CaptureByHand),
        1 => (n, 1..AMOUNT).prop_map(|(n, minor)| Move::GiveBackByHand(n, minor)),
        3 => (1..AMOUNT).prop_map(Move::Refund),
        1 => (AMOUNT..2 * AMOUNT).prop_map(Move::Refund),
        1 => Just(Move::Attempt(GatewayName::Stripe)),
        2 => Just(Move::Attempt(GatewayName::Razorpay)),
        1 => Just(Move::CardAttempt(GatewayName::Stripe)),
        1 => Just(Move::CardAttempt(GatewayName::Razorpay)),
        1 => Just(Move::Cancel),
        2 => Just(Move::Wait),
    ];
    proptest::collection::vec(one, 0..60)
}
