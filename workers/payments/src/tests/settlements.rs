//! What the gateway settled of a payment, as it is booked.

use std::collections::BTreeMap;

use proptest::prelude::*;
use schemas::{
    disputes::{DisputeReported, DisputeState, GatewayDispute},
    ledger::{Account, balances},
    payments::{GatewayPayment, GatewayState, PaymentsMessage},
    settlements::{SettledKind, SettlementReported},
    types::{GatewayName, Timestamp},
};

use super::bench::{AMOUNT, Bench, reported};

/// A line with its net; its order is filled in where it is told.
fn line(bench: &Bench, line_id: &str, kind: SettledKind, gross: i64, (fee, tax): (i64, i64)) -> SettlementReported {
    SettlementReported {
        order_id: bench.order,
        gateway: GatewayName::Stripe,
        line_id: line_id.to_owned(),
        kind,
        entity: if kind == SettledKind::Dispute { "dp_1".to_owned() } else { line_id.to_owned() },
        payment_ref: "pi_1".to_owned(),
        gross_minor: gross,
        fee_minor: fee,
        tax_minor: tax,
        net_minor: gross - fee,
        currency: "INR".to_owned(),
    }
}

fn accounts(bench: &Bench) -> BTreeMap<Account, i64> {
    let all = balances(bench.ledger.iter().map(Into::into)).into_iter();
    all.map(|((account, _), sides)| (account, sides.balance_minor())).filter(|(_, balance)| *balance != 0).collect()
}

#[test]
fn a_capture_is_settled_into_the_bank_less_the_fee_and_its_tax() {
    let mut bench = Bench::captured();
    let settled = line(&bench, "stripe/txn_1", SettledKind::Capture, AMOUNT, (7_509, 1_145));
    bench.give(settled).unwrap();
    let expected = [
        (Account::Customers, -AMOUNT),
        (Account::Bank, AMOUNT - 7_509),
        (Account::GatewayFees, 7_509 - 1_145),
        (Account::GstOnFees, 1_145),
    ];
    assert_eq!(accounts(&bench), BTreeMap::from(expected));
    let names: Vec<_> = bench.ledger[1..].iter().map(|entry| entry.entry_id.as_str()).collect();
    assert_eq!(names, ["stripe/txn_1:settled", "stripe/txn_1:fee_kept", "stripe/txn_1:fee_tax_kept"]);
    assert!(bench.ledger.iter().all(|entry| entry.payment_ref == "pi_1"));
}

#[test]
fn a_line_is_booked_once_whatever_run_reads_it_and_a_refund_the_other_way_round() {
    let mut bench = Bench::captured();
    let refund = line(&bench, "stripe/txn_2", SettledKind::Refund, -700, (0, 0));
    for _ in 0..3 {
        bench.give(refund.clone()).unwrap();
    }
    assert_eq!(bench.ledger.len(), 2);
    let entry = &bench.ledger[1];
    assert_eq!((entry.debit, entry.credit, entry.amount.minor), (Account::StripeClearing, Account::Bank, 700));
    assert_eq!(bench.told_names(), ["PaymentReady", "PaymentCaptured"], "the order has nothing to do with it");
}

#[test]
fn a_capture_that_is_settled_twice_leaves_what_the_gateway_will_want_back() {
    let mut bench = Bench::captured();
    for id in ["stripe/txn_1", "stripe/txn_1_again"] {
        bench.give(line(&bench, id, SettledKind::Capture, AMOUNT, (0, 0))).unwrap();
    }
    assert_eq!(accounts(&bench)[&Account::StripeClearing], -AMOUNT);
}

#[test]
fn a_dispute_that_no_webhook_told_of_is_learnt_from_its_line() {
    let mut bench = Bench::captured();
    bench.give(line(&bench, "stripe/txn_d", SettledKind::Dispute, -AMOUNT, (1_500, 0))).unwrap();
    let expected = [
        (Account::StripeClearing, AMOUNT),
        (Account::Customers, -AMOUNT),
        (Account::Disputes, AMOUNT),
        (Account::GatewayFees, 1_500),
        (Account::Bank, -AMOUNT - 1_500),
    ];
    assert_eq!(accounts(&bench), BTreeMap::from(expected));
    assert_eq!(bench.state().disputes[0].standing.state, DisputeState::NeedsResponse);
}

#[test]
fn what_is_no_line_of_this_payment_is_refused() {
    let mut bench = Bench::captured();
    let usual = line(&bench, "stripe/txn_1", SettledKind::Capture, AMOUNT, (0, 0));
    let dollars = SettlementReported { currency: "USD".to_owned(), ..usual.clone() };
    assert_eq!(bench.give(dollars).unwrap_err().code, "currency_mismatch");
    let other = SettlementReported { gateway: GatewayName::Razorpay, ..usual };
    assert_eq!(bench.give(other).unwrap_err().code, "gateway_mismatch");
}

/// What moved at the gateway besides the capture: refunds, and perhaps a dispute, lost or won, with its fee.
#[derive(Debug, Clone)]
struct Life {
    refunds: Vec<i64>,
    dispute: Option<(i64, i64, bool)>,
    fee: (i64, i64),
}

fn life() -> impl Strategy<Value = Life> {
    let dispute = proptest::option::of((1..AMOUNT, 0..5_000_i64, any::<bool>()));
    let fee = (0..10_000_i64).prop_map(|fee| (fee, fee * 18 / 118));
    (proptest::collection::vec(1..AMOUNT / 4, 0..4), dispute, fee).prop_map(|(refunds, dispute, fee)| Life {
        refunds,
        dispute,
        fee,
    })
}

/// The webhooks and the lines of a life.
fn messages(bench: &Bench, life: &Life) -> Vec<PaymentsMessage> {
    let capture = line(bench, "capture", SettledKind::Capture, AMOUNT, life.fee);
    let mut all: Vec<PaymentsMessage> = vec![capture.into()];
    let mut refunded_minor = 0;
    for (number, minor) in life.refunds.iter().enumerate() {
        refunded_minor += minor;
        let seen = GatewayPayment { refunded_minor, ..bench.seen(GatewayState::Captured) };
        all.push(reported(GatewayName::Stripe, seen).into());
        all.push(line(bench, &format!("refund {number}"), SettledKind::Refund, -minor, (0, 0)).into());
    }
    let Some((minor, fee, won)) = life.dispute else { return all };
    let dispute = |state, reinstated_minor, second| {
        let dispute = GatewayDispute {
            dispute_id: "dp_1".to_owned(),
            gateway_ref: "pi_1".to_owned(),
            payment_ref: "pi_1".to_owned(),
            order_ref: String::new(),
            state,
            is_inquiry: false,
            reason: "fraudulent".to_owned(),
            amount_minor: minor,
            currency: "inr".to_owned(),
            withdrawn_minor: minor,
            reinstated_minor,
            fee_minor: fee,
            fee_returned_minor: 0,
            evidence_due: None,
            at: Timestamp::from_millis(second),
        };
        let (event_id, event_type) = ("evt".to_owned(), "charge.dispute.updated".to_owned());
        DisputeReported { gateway: GatewayName::Stripe, event_id, event_type, dispute }
    };
    all.push(dispute(DisputeState::NeedsResponse, 0, 1).into());
    all.push(line(bench, "taken", SettledKind::Dispute, -minor, (fee, 0)).into());
    if won {
        all.push(dispute(DisputeState::Won, minor, 2).into());
        all.push(line(bench, "given back", SettledKind::Dispute, minor, (0, 0)).into());
    } else {
        all.push(dispute(DisputeState::Lost, 0, 2).into());
    }
    all
}

proptest! {
    #[test]
    fn once_all_is_settled_the_gateway_has_nothing_of_ours_in_whatever_order_it_is_told(
        life in life(), order in any::<u64>(),
    ) {
        let mut bench = Bench::captured();
        let told = messages(&bench, &life);
        let mut twice: Vec<PaymentsMessage> = told.iter().chain(&told).cloned().collect();
        let mut seed = order;
        for place in (1..twice.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            twice.swap(place, usize::try_from(seed >> 33).unwrap() % (place + 1));
        }
        for message in twice {
            bench.give(message).unwrap();
        }
        let found = accounts(&bench);
        let on = |account| found.get(&account).copied().unwrap_or_default();
        let refunded: i64 = life.refunds.iter().sum();
        let (lost, dispute_fee) = life.dispute.map_or((0, 0), |(minor, fee, won)| (if won { 0 } else { minor }, fee));
        let (fee, tax) = life.fee;
        prop_assert_eq!(on(Account::StripeClearing), 0);
        prop_assert_eq!(on(Account::Disputes), 0);
        prop_assert_eq!(on(Account::DisputeLosses), lost);
        prop_assert_eq!(on(Account::GstOnFees), tax);
        prop_assert_eq!(on(Account::GatewayFees), fee - tax + dispute_fee);
        prop_assert_eq!(on(Account::Bank), AMOUNT - fee - refunded - lost - dispute_fee);
        prop_assert_eq!(on(Account::Customers), refunded - AMOUNT);
    }
}
