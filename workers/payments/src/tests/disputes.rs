//! Customers who ask their bank for the money back.

use std::collections::BTreeMap;

use proptest::prelude::*;
use schemas::{
    disputes::{DisputeReported, DisputeState, GatewayDispute},
    ledger::{Account, balances},
    orders::{OrdersMessage, PaymentRefunded, RefundRefused},
    payments::{GatewayCall, GatewayPayment, GatewayState, RefundPayment},
    types::{GatewayName, Money, Timestamp},
};

use super::bench::{AMOUNT, Bench};
use crate::{PaymentStatus, effect::Ask};

const FEE: i64 = 1_500;

/// A chargeback over the whole payment, as it stands at some second of the gateway's clock.
fn chargeback(state: DisputeState, second: i64) -> GatewayDispute {
    GatewayDispute {
        dispute_id: "dp_1".to_owned(),
        gateway_ref: "pi_1".to_owned(),
        payment_ref: "pi_1".to_owned(),
        order_ref: String::new(),
        state,
        is_inquiry: false,
        reason: "fraudulent".to_owned(),
        amount_minor: AMOUNT,
        currency: "inr".to_owned(),
        withdrawn_minor: AMOUNT,
        reinstated_minor: if state == DisputeState::Won { AMOUNT } else { 0 },
        fee_minor: FEE,
        fee_returned_minor: 0,
        evidence_due: Some(Timestamp::from_millis(9_000_000)),
        at: Timestamp::from_millis(second * 1_000),
    }
}

fn reported(dispute: GatewayDispute) -> DisputeReported {
    let (event_id, event_type) = ("evt".to_owned(), "charge.dispute.updated".to_owned());
    DisputeReported { gateway: GatewayName::Stripe, event_id, event_type, dispute }
}

fn report(bench: &mut Bench, dispute: GatewayDispute) {
    bench.give(reported(dispute)).unwrap();
}

fn refund(bench: &mut Bench, refund_id: &str, minor: i64) {
    let refund_id = refund_id.to_owned();
    bench.give(RefundPayment { order_id: bench.order, refund_id, amount: Money::inr(minor) }).unwrap();
}

fn refused(bench: &Bench, refund_id: &str) -> OrdersMessage {
    let (refund_id, code) = (refund_id.to_owned(), "disputed".to_owned());
    RefundRefused { order_id: bench.order, refund_id, code }.into()
}

/// The accounts that are not at zero.
fn open_accounts(bench: &Bench) -> BTreeMap<Account, i64> {
    let all = balances(bench.ledger.iter().map(Into::into)).into_iter();
    all.map(|((account, _), sides)| (account, sides.balance_minor())).filter(|(_, balance)| *balance != 0).collect()
}

#[test]
fn a_chargeback_is_booked_as_taken_and_once_lost_as_a_loss() {
    let mut bench = Bench::captured();
    report(&mut bench, chargeback(DisputeState::NeedsResponse, 1));
    let customers = (Account::Customers, -AMOUNT);
    let taken = [customers, (Account::StripeClearing, -FEE), (Account::Disputes, AMOUNT), (Account::GatewayFees, FEE)];
    assert_eq!(open_accounts(&bench), BTreeMap::from(taken));
    report(&mut bench, chargeback(DisputeState::Lost, 2));
    let lost =
        [customers, (Account::StripeClearing, -FEE), (Account::DisputeLosses, AMOUNT), (Account::GatewayFees, FEE)];
    assert_eq!(open_accounts(&bench), BTreeMap::from(lost));
    assert_eq!(bench.told_names()[2..], ["PaymentDisputed", "PaymentDisputed"]);
}

#[test]
fn a_dispute_that_is_won_leaves_its_fee_alone() {
    let mut bench = Bench::captured();
    report(&mut bench, chargeback(DisputeState::NeedsResponse, 1));
    report(&mut bench, chargeback(DisputeState::Won, 2));
    let kept = [(Account::Customers, -AMOUNT), (Account::StripeClearing, AMOUNT - FEE), (Account::GatewayFees, FEE)];
    assert_eq!(open_accounts(&bench), BTreeMap::from(kept));
    refund(&mut bench, "r1", 1_000);
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund], "it is ours to give back again");
}

#[test]
fn a_repetition_and_an_older_word_change_nothing() {
    let mut bench = Bench::captured();
    report(&mut bench, chargeback(DisputeState::Lost, 2));
    let (told, booked) = (bench.told.len(), bench.ledger.len());
    report(&mut bench, chargeback(DisputeState::Lost, 2));
    report(&mut bench, chargeback(DisputeState::NeedsResponse, 1));
    assert_eq!((bench.told.len(), bench.ledger.len()), (told, booked));
}

#[test]
fn a_refund_that_would_pay_the_disputed_money_twice_is_refused() {
    let mut bench = Bench::captured();
    let part = GatewayDispute { amount_minor: AMOUNT - 1_000, ..chargeback(DisputeState::UnderReview, 1) };
    report(&mut bench, part);
    refund(&mut bench, "too much", 1_001);
    refund(&mut bench, "fits", 1_000);
    assert_eq!(bench.told[3..], [refused(&bench, "too much")]);
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund]);
}

#[test]
fn a_promise_that_a_dispute_overtakes_is_taken_back() {
    let mut bench = Bench::captured();
    refund(&mut bench, "on its way", 1_000);
    refund(&mut bench, "waiting", 1_000);
    report(&mut bench, chargeback(DisputeState::NeedsResponse, 1));
    assert!(bench.told.contains(&refused(&bench, "waiting")), "{:?}", bench.told);
    bench.done(2, GatewayPayment { refunded_minor: 1_000, ..bench.seen(GatewayState::Captured) });
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund]);
}

#[test]
fn an_amount_beyond_all_measure_holds_what_was_captured_and_no_more() {
    let mut bench = Bench::captured();
    for name in ["dp_1", "dp_2"] {
        let (dispute_id, amount_minor) = (name.to_owned(), i64::MAX);
        report(&mut bench, GatewayDispute { dispute_id, amount_minor, ..chargeback(DisputeState::NeedsResponse, 1) });
    }
    refund(&mut bench, "r1", 1);
    assert_eq!(bench.told.last(), Some(&refused(&bench, "r1")));
    assert_eq!((bench.state().main.disputed_minor, bench.calls.len()), (AMOUNT, 2));
}

#[test]
fn an_inquiry_is_answered_by_a_refund() {
    let mut bench = Bench::captured();
    let asked = GatewayDispute {
        is_inquiry: true,
        withdrawn_minor: 0,
        fee_minor: 0,
        ..chargeback(DisputeState::NeedsResponse, 1)
    };
    report(&mut bench, asked);
    refund(&mut bench, "r1", AMOUNT);
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund]);
}

#[test]
fn an_order_that_is_withdrawn_waits_for_the_dispute_and_is_told_when_the_customer_has_the_money() {
    let mut bench = Bench::captured();
    let part = |state, second| GatewayDispute { amount_minor: AMOUNT - 1_000, ..chargeback(state, second) };
    report(&mut bench, part(DisputeState::NeedsResponse, 1));
    bench.cancel();
    assert!(matches!(&bench.calls[2].effect.ask, Ask::Refund { amount, .. } if *amount == Money::inr(1_000)));
    bench.done(2, GatewayPayment { refunded_minor: 1_000, ..bench.seen(GatewayState::Captured) });
    assert_eq!((bench.state().status, bench.told_names()[3..].len()), (PaymentStatus::Refunding, 0));
    report(&mut bench, part(DisputeState::Lost, 2));
    let all_back = OrdersMessage::from(PaymentRefunded { order_id: bench.order, amount: Money::inr(AMOUNT) });
    assert_eq!(bench.told.last(), Some(&all_back));
    assert_eq!((bench.state().status, bench.state().deadline), (PaymentStatus::Refunded, None));
    report(&mut bench, part(DisputeState::Lost, 2));
    assert_eq!(bench.told.iter().filter(|told| **told == all_back).count(), 1);
}

#[test]
fn a_withdrawn_order_s_dispute_that_is_won_is_paid_back_by_us() {
    let mut bench = Bench::captured();
    report(&mut bench, chargeback(DisputeState::NeedsResponse, 1));
    bench.cancel();
    assert_eq!(bench.calls.len(), 2);
    report(&mut bench, chargeback(DisputeState::Won, 2));
    assert_eq!(bench.asked()[2..], [GatewayCall::Refund]);
    bench.done(2, bench.seen(GatewayState::Refunded));
    assert_eq!(bench.told_names().last(), Some(&"PaymentRefunded"));
}

#[test]
fn a_dispute_about_something_else_is_refused() {
    let mut bench = Bench::captured();
    let foreign = GatewayDispute { gateway_ref: "pi_9".to_owned(), ..chargeback(DisputeState::Lost, 1) };
    assert_eq!(bench.give(reported(foreign)).unwrap_err().code, "foreign_dispute");
    let dollars = GatewayDispute { currency: "usd".to_owned(), ..chargeback(DisputeState::Lost, 1) };
    assert_eq!(bench.give(reported(dollars)).unwrap_err().code, "currency_mismatch");
    let other = DisputeReported { gateway: GatewayName::Razorpay, ..reported(chargeback(DisputeState::Lost, 1)) };
    assert_eq!(bench.give(other).unwrap_err().code, "gateway_mismatch");
}

/// Whatever a gateway might say of one of two disputes.
fn word() -> impl Strategy<Value = GatewayDispute> {
    let amounts = (0..2_000_i64, 0..2_000_i64, 0..100_i64, 0..100_i64, 0..2_000_i64);
    let state = proptest::sample::select(DisputeState::ALL.to_vec());
    (0..2, state, any::<bool>(), 0..4_i64, amounts, proptest::option::of(0..9_i64)).prop_map(
        |(name, state, is_inquiry, second, (withdrawn, reinstated, fee, fee_returned, amount), due)| GatewayDispute {
            dispute_id: format!("dp_{name}"),
            is_inquiry,
            amount_minor: amount,
            withdrawn_minor: withdrawn,
            reinstated_minor: reinstated,
            fee_minor: fee,
            fee_returned_minor: fee_returned,
            evidence_due: due.map(Timestamp::from_millis),
            ..chargeback(state, second)
        },
    )
}

/// Words, and the same in another order and some of them twice.
fn retold() -> impl Strategy<Value = (Vec<GatewayDispute>, Vec<GatewayDispute>)> {
    proptest::collection::vec(word(), 1..8).prop_flat_map(|words| {
        let twice: Vec<GatewayDispute> = words.iter().chain(&words).cloned().collect();
        (Just(words), Just(twice).prop_shuffle())
    })
}

/// What is known of the disputes, and what of that was booked.
fn heard(words: Vec<GatewayDispute>) -> (Vec<crate::Dispute>, BTreeMap<Account, i64>) {
    let mut bench = Bench::captured();
    for word in words {
        report(&mut bench, word);
    }
    let mut known = bench.state().disputes.clone();
    known.sort_by(|a, b| a.dispute_id.cmp(&b.dispute_id));
    (known, open_accounts(&bench))
}

/// One thing that happens to a payment that is captured.
#[derive(Debug, Clone)]
enum Step {
    Hear(Box<GatewayDispute>),
    Refund(i64),
    /// The refund that is under way is made.
    Make,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => word().prop_map(|word| {
            Step::Hear(Box::new(GatewayDispute { amount_minor: word.amount_minor * 150, ..word }))
        }),
        4 => (1..=AMOUNT).prop_map(Step::Refund),
        4 => Just(Step::Make),
        1 => Just(Step::Cancel),
    ]
}

fn given_back_by(bench: &Bench, call: usize) -> i64 {
    match &bench.calls[call].effect.ask {
        Ask::Refund { amount, .. } => amount.minor,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn whatever_the_order_and_however_often_it_is_told_the_same_is_known_and_booked((once, retold) in retold()) {
        prop_assert_eq!(heard(once), heard(retold));
    }

    #[test]
    fn never_is_more_given_back_than_was_captured_and_is_not_disputed(
        steps in proptest::collection::vec(step(), 1..30),
    ) {
        let mut bench = Bench::captured();
        let (mut refunded, mut made) = (0, 2);
        for (number, step) in steps.into_iter().enumerate() {
            let asked = bench.calls.len();
            match step {
                Step::Hear(word) => report(&mut bench, *word),
                Step::Refund(minor) => refund(&mut bench, &format!("r{number}"), minor),
                Step::Cancel => bench.cancel(),
                Step::Make if made < asked => {
                    refunded += given_back_by(&bench, made);
                    let state = if refunded == AMOUNT { GatewayState::Refunded } else { GatewayState::Captured };
                    bench.done(made, GatewayPayment { refunded_minor: refunded, ..bench.seen(state) });
                    made += 1;
                }
                Step::Make => {}
            }
            let disputed: i64 = bench.state().disputes.iter().map(crate::Dispute::held_back).sum();
            for call in asked..bench.calls.len() {
                prop_assert!(given_back_by(&bench, call) + refunded + disputed <= AMOUNT);
            }
        }
    }
}
