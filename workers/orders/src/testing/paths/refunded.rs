//! Some of the money goes back, and the order stands.

use proptest::prelude::*;
use schemas::{
    invoicing::InvoicingMessage,
    orders::{RefundOrder, RefundedUnits},
    refunds::RefundState,
    types::{Money, OrderStatus, PaymentMethod},
};

use crate::{
    draft::Command,
    testing::{
        Journey, TOTAL, cancel_order, invoice_credited, invoice_issued, line, partly_refunded, payment_refunded,
        place_parts, refund_order, refund_refused, shipment_cancelled,
    },
};

/// The states of its refunds, with the amounts.
fn refunds(journey: &Journey) -> Vec<(RefundState, i64)> {
    journey.order.refunds.iter().map(|refund| (refund.state, refund.amount.minor)).collect()
}

/// What was told to have gone back: by which refund, and how much.
fn told(journey: &Journey) -> Vec<(&str, i64)> {
    journey.refunds.iter().map(|refund| (refund.refund_id.as_str(), refund.amount.minor)).collect()
}

#[test]
fn two_refunds_are_summed_and_the_order_stands() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    assert_eq!(journey.tell(refund_order("r1", Some(100_000))), ["RefundPayment"]);
    assert_eq!(journey.tell(partly_refunded("r1", 100_000)), ["CreditInvoice CRN/26-27"]);
    assert_eq!(journey.tell(refund_order("r2", Some(50_000))), ["RefundPayment"]);
    journey.tell(partly_refunded("r2", 150_000));
    assert_eq!(journey.order.payment.as_ref().unwrap().refunded, Money::inr(150_000));
    assert_eq!(refunds(&journey), [(RefundState::Made, 100_000), (RefundState::Made, 50_000)]);
    assert_eq!(told(&journey), [("r1", 100_000), ("r2", 50_000)]);
    assert_eq!(journey.order.status, OrderStatus::Packed);
    assert_eq!(journey.refunds[0].invoice_number, "INV/26-27/000001");
}

#[test]
fn refunds_together_never_come_to_more_than_was_paid() {
    let mut journey = Journey::paid();
    journey.tell(refund_order("r1", Some(200_000)));
    assert_eq!(journey.tell(refund_order("r2", Some(200_000))), [""; 0], "the first is promised, though not made yet");
    assert_eq!(refunds(&journey)[1].0, RefundState::Refused);
    assert_eq!(journey.order.refunds[1].code, "exceeds_payment");
    journey.tell(refund_refused("r1"));
    assert_eq!(journey.tell(refund_order("r3", Some(200_000))), ["RefundPayment"]);
}

#[test]
fn a_refund_is_asked_for_once_however_often_it_is_told() {
    let mut journey = Journey::paid();
    journey.tell(refund_order("r1", Some(1)));
    assert_eq!(journey.tell(refund_order("r1", Some(1))), [""; 0]);
    journey.tell(partly_refunded("r1", 1));
    journey.tell(partly_refunded("r1", 1));
    journey.tell(refund_refused("r1"));
    assert_eq!(refunds(&journey), [(RefundState::Made, 1)]);
    assert_eq!(told(&journey), [("r1", 1)]);
}

#[test]
fn money_that_went_back_at_the_gateway_is_told_as_nobody_s_refund() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(partly_refunded("", 700));
    journey.tell(partly_refunded("", 700));
    journey.tell(partly_refunded("", 1_000));
    assert_eq!(told(&journey), [("", 700), ("", 300)]);
    assert_eq!(journey.order.refundable().minor, TOTAL.minor - 1_000);
}

#[test]
fn an_order_is_withdrawn_only_when_all_of_its_money_went_back() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(refund_order("r1", Some(TOTAL.minor)));
    journey.tell(partly_refunded("r1", TOTAL.minor));
    assert_eq!(journey.order.status, OrderStatus::Packed, "the payments worker has the last word");
    assert_eq!(journey.tell(payment_refunded(TOTAL)), ["CancelShipment"]);
    assert_eq!(journey.order.status, OrderStatus::Cancelling);
}

#[test]
fn what_was_not_paid_or_is_withdrawn_is_not_refunded() {
    let mut unpaid = Journey::placed(PaymentMethod::Stripe);
    assert_eq!(unpaid.tell(refund_order("r1", Some(1))), [""; 0]);
    assert_eq!(unpaid.order.refunds[0].code, "not_paid");
    let mut cash = Journey::packed(PaymentMethod::Cod);
    assert_eq!(cash.tell(refund_order("r1", Some(1))), [""; 0]);
    assert_eq!(cash.order.refunds[0].code, "not_paid");
    let mut withdrawn = Journey::paid();
    withdrawn.tell(cancel_order());
    assert_eq!(withdrawn.tell(refund_order("r1", Some(1))), [""; 0]);
    assert_eq!(withdrawn.order.refunds[0].code, "withdrawn");
}

#[test]
fn units_are_paid_back_at_what_they_were_sold_for_and_each_once() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(refund_order("r1", None));
    assert_eq!(refunds(&journey), [(RefundState::Asked, 153_600)]);
    journey.tell(refund_order("r2", None));
    assert_eq!(journey.order.refunds[1].code, "units_out_of_range", "there was one brake pad");
    let units = |sku: &str, quantity| vec![RefundedUnits { sku: sku.parse().unwrap(), quantity }];
    let both = RefundOrder { amount: Some(Money::inr(1)), lines: units("OIL-FILTER", 1), ..refund_order("r3", None) };
    journey.tell(both);
    let twice = [units("OIL-FILTER", 1), units("OIL-FILTER", 1)].concat();
    journey.tell(RefundOrder { lines: twice, ..refund_order("r4", None) });
    journey.tell(RefundOrder { lines: units("NO-SUCH", 1), ..refund_order("r5", None) });
    journey.tell(RefundOrder { lines: units("OIL-FILTER", 0), ..refund_order("r6", None) });
    journey.tell(refund_order("r7", Some(0)));
    let codes: Vec<_> = journey.order.refunds[2..].iter().map(|refund| refund.code.as_str()).collect();
    assert_eq!(codes, ["unclear", "unclear", "unknown_part", "units_out_of_range", "unclear"]);
}

proptest! {
    /// A line of any total, paid back unit by unit in any portions, comes to its total to the paisa.
    #[test]
    fn the_units_of_a_line_come_to_its_total(
        total in 100..1_000_000_i64,
        quantity in 1..40_i32,
        portions in proptest::collection::vec(1..10_i32, 1..40),
    ) {
        let mut journey = Journey::paid();
        let lines = vec![schemas::types::OrderLine { total: Money::inr(total), ..line("BELT", quantity) }];
        journey.order.lines = place_parts(journey.order.order_id, PaymentMethod::Stripe, lines).lines;
        journey.order.payment.as_mut().unwrap().captured = Money::inr(total);
        let mut left = quantity;
        for (number, portion) in portions.into_iter().chain([quantity]).enumerate() {
            let units = vec![RefundedUnits { sku: "BELT".parse().unwrap(), quantity: portion.min(left.max(1)) }];
            match journey.order.price_refund(None, &units) {
                Ok(_) => left -= units[0].quantity,
                Err(why) => {
                    prop_assert!(left == 0, "{}", why);
                    continue;
                }
            }
            journey.tell(RefundOrder { lines: units, ..refund_order(&format!("r{number}"), None) });
        }
        let sum: i64 = journey.order.refunds.iter().map(|refund| refund.amount.minor).sum();
        prop_assert!(sum <= total);
        prop_assert!(left > 0 || sum == total);
    }
}

/// A credit note that is asked for: units with their amounts, the amount out of all, and how many stand before it.
type Asked = (Vec<(i32, i64)>, i64, i32);

fn asked(journey: &Journey) -> Vec<Asked> {
    let credit = |command: &Command| match command {
        Command::Invoicing(_, InvoicingMessage::CreditInvoice(credit)) => {
            let lines = credit.lines.iter().map(|line| (line.quantity, line.amount.minor)).collect();
            Some((lines, credit.amount.minor, credit.earlier))
        }
        _ => None,
    };
    journey.last.iter().filter_map(credit).collect()
}

#[test]
fn what_went_back_is_credited_one_credit_note_after_the_other() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    for (id, paise) in [("r1", 100_000), ("r2", 50_000)] {
        journey.tell(refund_order(id, Some(paise)));
    }
    journey.tell(partly_refunded("r1", 100_000));
    assert_eq!(asked(&journey), [(vec![], 100_000, 0)]);
    journey.tell(partly_refunded("r2", 150_000));
    assert_eq!(asked(&journey), [], "the first is not answered yet");
    journey.tell(invoice_credited("CRN/26-27/000001", 0, 100_000));
    assert_eq!(asked(&journey), [(vec![], 50_000, 1)]);
    journey.tell(invoice_credited("CRN/26-27/000002", 1, 50_000));
    assert_eq!((asked(&journey), journey.order.to_credit.len()), (vec![], 0));
}

#[test]
fn units_that_were_paid_back_are_credited_as_units_unless_something_was_taken_off_all_lines() {
    let units = |journey: &mut Journey, id: &str| {
        let lines = vec![RefundedUnits { sku: journey.order.lines[0].sku.clone(), quantity: 1 }];
        journey.tell(RefundOrder { amount: None, lines, ..refund_order(id, None) });
        let paid_back = journey.order.refunds.iter().map(|refund| refund.amount.minor).sum();
        journey.tell(partly_refunded(id, paid_back));
        journey.order.refunds.last().unwrap().amount.minor
    };
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    let one = units(&mut journey, "r1");
    assert_eq!(asked(&journey), [(vec![(1, one)], 0, 0)]);
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(partly_refunded("", 700));
    journey.tell(invoice_credited("CRN/26-27/000001", 0, 700));
    let lines = vec![RefundedUnits { sku: journey.order.lines[0].sku.clone(), quantity: 1 }];
    journey.tell(RefundOrder { amount: None, lines, ..refund_order("r1", None) });
    journey.tell(partly_refunded("r1", 700 + one));
    assert_eq!(asked(&journey), [(vec![], one, 1)]);
}

#[test]
fn money_that_goes_back_before_there_is_an_invoice_is_credited_when_there_is_one() {
    let mut journey = Journey::paid();
    journey.tell(refund_order("r1", Some(1_000)));
    journey.tell(partly_refunded("r1", 1_000));
    assert_eq!(asked(&journey), []);
    journey.tell(invoice_issued());
    assert_eq!(asked(&journey), [(vec![], 1_000, 0)]);
}

#[test]
fn a_sale_is_taken_back_once_the_part_under_way_is_credited() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(refund_order("r1", Some(1_000)));
    journey.tell(partly_refunded("r1", 1_000));
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    assert_eq!(asked(&journey), [], "what is left is not known yet");
    journey.tell(invoice_credited("CRN/26-27/000001", 0, 1_000));
    assert_eq!(asked(&journey), [(vec![], TOTAL.minor - 1_000, 1)]);
}

#[test]
fn a_refund_that_the_gateway_reports_before_it_is_known_to_be_made_is_told_once() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(refund_order("r1", Some(1_000)));
    journey.tell(partly_refunded("", 1_300));
    assert_eq!(told(&journey), [("", 300)]);
    journey.tell(partly_refunded("r1", 1_300));
    assert_eq!(told(&journey), [("", 300), ("r1", 1_000)]);
}

#[test]
fn what_seemed_to_be_a_refund_of_ours_is_told_as_nobody_s_when_ours_is_refused() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(refund_order("r1", Some(1_000)));
    journey.tell(partly_refunded("", 600));
    assert_eq!(told(&journey), []);
    journey.tell(refund_refused("r1"));
    assert_eq!(told(&journey), [("", 600)]);
}
