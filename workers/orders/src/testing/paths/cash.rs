//! Cash on delivery: instalments, and what of them goes back.

use proptest::{collection::vec, prelude::*};
use schemas::{
    cash::{BookCash, CashMovement, CashStanding},
    documents::CouponState,
    payments::PaymentsMessage,
    refunds::RefundState,
    returns::{ReturnDecision, ReturnState},
    shipping::ShippingMessage,
    types::{Money, OrderStatus, PaymentMethod},
};

use crate::{
    Command,
    testing::{
        Journey, ORDER, TOTAL, cancel_order, cancel_refused, coupon_redeemed, credit_note_issued, decide_return,
        delivered, invoice_credited, invoice_issued, receive_return, record_cash, record_payout, refund_order,
        request_return, shipment_booked, shipment_cancelled,
    },
};

const NOTHING: [&str; 0] = [];
/// What the brake pad was sold for.
const PAD: i64 = 153_600;
/// Later than anything in these stories.
const LATE: u64 = 10_000;

/// The codes of the instalments; empty where they count.
fn codes(journey: &Journey) -> Vec<&str> {
    journey.order.cash.iter().map(|instalment| instalment.code.as_str()).collect()
}

/// Received, owed, paid out and outstanding, in paise.
fn account(journey: &Journey) -> [i64; 4] {
    let order = &journey.order;
    [order.cash_received(), order.cash_owed(), order.cash_paid_out(), order.cash_outstanding()].map(|money| money.minor)
}

fn refunds(journey: &Journey) -> Vec<(RefundState, i64)> {
    journey.order.refunds.iter().map(|refund| (refund.state, refund.going_back().minor)).collect()
}

/// What payments was told to book by the last message.
fn booked(journey: &Journey) -> Vec<(CashMovement, i64)> {
    let book = |command: &Command| match command {
        Command::Payments(PaymentsMessage::BookCash(BookCash { movement, amount, .. })) => {
            Some((*movement, amount.minor))
        }
        _ => None,
    };
    journey.last.iter().filter_map(book).collect()
}

/// The brake pad of an order that has arrived comes back.
fn pad_comes_back(journey: &mut Journey) -> Vec<String> {
    journey.tell(request_return("b1", &[("BRAKE-PAD", 1)]));
    journey.tell(decide_return("b1", ReturnDecision::Approve));
    journey.tell(receive_return("b1", &[("BRAKE-PAD", 1, 0)]))
}

fn state_of_return(journey: &Journey) -> (ReturnState, &str) {
    let of = &journey.order.returns[0];
    (of.state, &of.code)
}

#[test]
fn cash_is_paid_in_any_number_of_instalments_and_each_counts_once() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    assert_eq!((account(&journey), journey.order.cash_standing()), ([0, 0, 0, TOTAL.minor], CashStanding::Pending));
    for (name, paise) in [("c1", 100_000), ("c1", 100_000), ("c2", 200_000), ("c1", 1)] {
        journey.tell(record_cash(name, paise, LATE));
    }
    assert_eq!(account(&journey), [300_000, 0, 0, 18_200]);
    assert_eq!(journey.order.cash_standing(), CashStanding::PartiallyPaid);
    journey.tell(delivered());
    assert_eq!(journey.tell(record_cash("c3", 18_200, LATE)), ["BookCash"]);
    assert_eq!(booked(&journey), [(CashMovement::Received, 18_200)]);
    assert_eq!((account(&journey)[3], journey.order.cash_standing()), (0, CashStanding::Paid));
    assert_eq!(journey.commands.iter().filter(|told| *told == "BookCash").count(), 3);
}

#[test]
fn more_than_is_due_is_refused_and_shown() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(record_cash("c1", 300_000, LATE));
    for (name, paise) in [("c2", 18_201), ("c3", 0), ("c4", -1)] {
        assert_eq!(journey.tell(record_cash(name, paise, LATE)), NOTHING);
    }
    assert_eq!(codes(&journey), ["", "exceeds_due", "unclear", "unclear"]);
    assert_eq!(account(&journey), [300_000, 0, 0, 18_200]);
    assert_eq!(journey.tell(record_cash("c2", 18_200, LATE)), NOTHING, "it was refused under this name");
    assert_eq!(journey.tell(record_cash("c5", 18_200, LATE)), ["BookCash"]);
}

#[test]
fn only_orders_for_cash_that_are_sold_take_any() {
    let refused = |mut journey: Journey| {
        assert_eq!(journey.tell(record_cash("c1", 100, LATE)), NOTHING);
        journey.order.cash[0].code.clone()
    };
    assert_eq!(refused(Journey::placed(PaymentMethod::Cod)), "not_confirmed");
    let mut cancelled = Journey::packed(PaymentMethod::Cod);
    cancelled.tell(cancel_order());
    assert_eq!(refused(cancelled), "withdrawn");
    // Everybody else pays at once or not at all, whatever anybody says.
    for journey in [Journey::placed(PaymentMethod::Stripe), Journey::paid(), Journey::packed(PaymentMethod::Razorpay)] {
        assert_eq!(refused(journey), "not_cash");
    }
}

#[test]
fn the_carrier_collects_what_is_not_paid_yet() {
    let mut journey = Journey::placed(PaymentMethod::Cod);
    journey.reserve_all();
    journey.tell(record_cash("c1", 100_000, LATE));
    journey.tell(invoice_issued());
    let collect = journey.last.iter().find_map(|command| match command {
        Command::Shipping(ShippingMessage::BookShipment(book)) => Some(book.collect),
        _ => None,
    });
    assert_eq!(collect, Some(Money::inr(TOTAL.minor - 100_000)));
}

#[test]
fn what_was_paid_for_goods_that_came_back_is_owed_and_paid_out_once() {
    let mut journey = Journey::delivered(PaymentMethod::Cod);
    journey.tell(record_cash("c1", TOTAL.minor, 1));
    assert_eq!(pad_comes_back(&mut journey), ["ReturnStock BRAKE-PAD", "CreditInvoice CRN/26-27"]);
    assert_eq!(
        (refunds(&journey), state_of_return(&journey).0),
        (vec![(RefundState::Owed, PAD)], ReturnState::Received)
    );
    assert_eq!(account(&journey), [TOTAL.minor, PAD, 0, 0]);
    journey.tell(invoice_credited("CRN/26-27/000001", 0, PAD));
    assert_eq!(journey.tell(record_payout("b1")), ["BookCash"]);
    assert_eq!(booked(&journey), [(CashMovement::PaidOut, PAD)]);
    for _ in 0..2 {
        assert_eq!(journey.tell(record_payout("b1")), NOTHING);
    }
    assert_eq!(
        (refunds(&journey), state_of_return(&journey)),
        (vec![(RefundState::Made, PAD)], (ReturnState::Refunded, ""))
    );
    let told: Vec<_> = journey.refunds.iter().map(|told| (told.refund_id.as_str(), told.amount.minor)).collect();
    assert_eq!(told, [("b1", PAD)]);
    assert_eq!(journey.order.refunds[0].paid_out.as_ref().unwrap().reference, "UTR 1");
    assert_eq!(journey.try_tell(record_payout("b2")).unwrap_err().code, "unknown_refund");
}

#[test]
fn goods_that_nobody_paid_for_are_credited_and_nothing_goes_back() {
    let mut journey = Journey::delivered(PaymentMethod::Cod);
    assert_eq!(pad_comes_back(&mut journey), ["ReturnStock BRAKE-PAD", "CreditInvoice CRN/26-27"]);
    assert_eq!(refunds(&journey), [(RefundState::SetOff, 0)]);
    assert_eq!(state_of_return(&journey), (ReturnState::NotRefunded, "set_off"));
    assert_eq!(account(&journey), [0, 0, 0, TOTAL.minor - PAD]);
    assert_eq!(journey.tell(record_payout("b1")), NOTHING);
    assert_eq!(journey.tell(record_cash("c1", TOTAL.minor - PAD + 1, LATE)), NOTHING, "the pad is not due any more");
    assert_eq!(journey.tell(record_cash("c2", TOTAL.minor - PAD, LATE)), ["BookCash"]);
}

#[test]
fn what_comes_back_of_a_part_payment_is_set_off_first() {
    let mut journey = Journey::delivered(PaymentMethod::Cod);
    journey.tell(record_cash("c1", 200_000, 1));
    pad_comes_back(&mut journey);
    let outstanding = TOTAL.minor - 200_000;
    assert_eq!(refunds(&journey), [(RefundState::Owed, PAD - outstanding)]);
    assert_eq!(account(&journey), [200_000, PAD - outstanding, 0, 0]);
    assert_eq!(journey.order.cash_kept(), journey.order.cash_due(), "the goods that are kept are paid for");
}

#[test]
fn cash_that_a_carrier_took_before_the_goods_came_back_may_be_told_afterwards() {
    let mut journey = Journey::delivered(PaymentMethod::Cod);
    pad_comes_back(&mut journey);
    assert_eq!(refunds(&journey), [(RefundState::SetOff, 0)]);
    assert_eq!(journey.tell(record_cash("c1", TOTAL.minor + 1, 1)), NOTHING);
    assert_eq!(journey.tell(record_cash("c2", TOTAL.minor, 1)), ["BookCash"]);
    assert_eq!(refunds(&journey), [(RefundState::Owed, PAD)]);
    journey.tell(record_payout("b1"));
    assert_eq!(state_of_return(&journey), (ReturnState::Refunded, ""));
    assert_eq!(account(&journey), [TOTAL.minor, 0, PAD, 0]);
}

#[test]
fn an_operator_gives_back_no_more_than_was_received() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(refund_order("r1", Some(1)));
    journey.tell(record_cash("c1", TOTAL.minor, 1));
    journey.tell(refund_order("r2", Some(TOTAL.minor - 100)));
    journey.tell(refund_order("r3", Some(101)));
    let codes: Vec<_> = journey.order.refunds.iter().map(|refund| refund.code.as_str()).collect();
    assert_eq!(codes, ["not_paid", "", "exceeds_payment"]);
    assert_eq!(journey.order.refundable(), Money::inr(100));
    assert_eq!(journey.tell(record_payout("r1")), NOTHING);
    assert_eq!(journey.tell(record_payout("r2")), ["BookCash"]);
}

#[test]
fn a_cash_order_that_is_cancelled_before_anybody_paid_ends_without_money() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    journey.tell(credit_note_issued());
    assert_eq!((journey.order.status, refunds(&journey)), (OrderStatus::Cancelled, vec![]));
}

#[test]
fn a_cash_order_that_is_cancelled_is_at_its_end_once_what_was_paid_is_paid_out() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(record_cash("c1", 200_000, 1));
    journey.tell(refund_order("r1", Some(TOTAL.minor - 200_000 + 30_000)));
    journey.tell(invoice_credited("CRN/26-27/000001", 0, journey.order.refunds[0].amount.minor));
    journey.tell(cancel_order());
    journey.tell(shipment_cancelled());
    let left = 200_000 - 30_000;
    assert_eq!(refunds(&journey), [(RefundState::Owed, 30_000), (RefundState::Owed, left)]);
    journey.tell(invoice_credited("CRN/26-27/000002", 1, left));
    assert_eq!(journey.order.status, OrderStatus::Cancelling);
    journey.tell(record_payout("r1"));
    assert_eq!(journey.order.status, OrderStatus::Cancelling, "some is still owed");
    let cancelled = format!("cancelled-{ORDER}");
    assert_eq!(journey.tell(record_payout(&cancelled)), ["BookCash"]);
    assert_eq!(journey.order.status, OrderStatus::Refunded);
    assert_eq!(journey.tell(record_payout(&cancelled)), NOTHING);
    assert_eq!(account(&journey), [200_000, 0, 200_000, 0]);
}

#[test]
fn a_sale_that_stands_after_all_owes_nothing() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    journey.tell(record_cash("c1", 200_000, 1));
    journey.tell(cancel_order());
    journey.tell(cancel_refused());
    assert_eq!(account(&journey), [200_000, 0, 0, TOTAL.minor - 200_000]);
    assert_eq!(journey.tell(record_cash("c2", 1, LATE)), ["BookCash"]);
}

#[test]
fn the_coupon_comes_free_once_all_is_credited_and_paid_out() {
    for (paid, frees_at_once) in [(TOTAL.minor, false), (0, true)] {
        let mut journey = Journey::with_coupon(PaymentMethod::Cod);
        journey.tell(coupon_redeemed());
        journey.reserve_all();
        journey.tell(invoice_issued());
        journey.tell(shipment_booked());
        journey.tell(delivered());
        journey.order.totals.grand_total = Money::inr(PAD);
        journey.tell(record_cash("c1", paid.min(PAD), 1));
        pad_comes_back(&mut journey);
        let state = |journey: &Journey| journey.order.coupon.as_ref().unwrap().state;
        assert_eq!(state(&journey) == CouponState::GivenBack, frees_at_once);
        journey.tell(record_payout("b1"));
        assert_eq!(state(&journey), CouponState::GivenBack);
        assert_eq!(journey.commands.iter().filter(|told| told.starts_with("ReleaseCoupon")).count(), 1);
    }
}

proptest! {
    /// Whatever is told of cash, in whatever portions, as long as the order stands: what counts comes to no more than its
    /// total, and as much as fits is never refused.
    #[test]
    fn no_instalment_that_fits_is_refused_and_none_that_does_not_counts(
        told in vec((0..12_usize, -10..200_000_i64), 0..30),
    ) {
        let mut journey = Journey::delivered(PaymentMethod::Cod);
        let mut counted: Vec<(usize, i64)> = Vec::new();
        let mut names = Vec::new();
        for (name, paise) in told {
            let is_news = !names.contains(&name);
            names.push(name);
            let sum: i64 = counted.iter().map(|(_, paise)| paise).sum();
            let fits = is_news && paise > 0 && sum + paise <= TOTAL.minor;
            let commands = journey.tell(record_cash(&format!("c{name}"), paise, LATE));
            prop_assert_eq!(commands.len(), usize::from(fits));
            counted.extend(fits.then_some((name, paise)));
        }
        let sum: i64 = counted.iter().map(|(_, paise)| paise).sum();
        prop_assert_eq!(account(&journey), [sum, 0, 0, TOTAL.minor - sum]);
    }
}
