//! Orders whose payment the customer disputes.

use schemas::{
    disputes::DisputeState,
    orders::PaymentDisputed,
    refunds::Unrefundable,
    types::{Money, PaymentMethod, Timestamp},
};

use super::super::{Journey, ORDER, TOTAL, refund_order};

fn disputed(state: DisputeState, paise: i64) -> PaymentDisputed {
    PaymentDisputed {
        order_id: ORDER,
        dispute_id: "dp_1".to_owned(),
        state,
        is_inquiry: false,
        reason: "fraudulent".to_owned(),
        amount: Money::inr(paise),
        evidence_due: Some(Timestamp::from_millis(9)),
    }
}

#[test]
fn a_dispute_is_kept_as_it_stands_and_told_once_for_each_turn() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    let path = journey.path();
    for state in [DisputeState::NeedsResponse, DisputeState::NeedsResponse, DisputeState::Lost] {
        assert_eq!(journey.tell(disputed(state, TOTAL.minor)), [""; 0]);
    }
    let kept: Vec<_> = journey.order.disputes.iter().map(|dispute| dispute.state).collect();
    assert_eq!(kept, [DisputeState::Lost]);
    let told: Vec<_> = journey.disputes.iter().map(|told| (told.state, told.amount)).collect();
    let amount = TOTAL;
    assert_eq!(told, [(DisputeState::NeedsResponse, amount), (DisputeState::Lost, amount)]);
    assert_eq!(journey.path(), path, "where the order stands does not depend on it");
}

#[test]
fn what_is_disputed_is_not_refunded_until_the_dispute_is_won() {
    let mut journey = Journey::packed(PaymentMethod::Stripe);
    journey.tell(disputed(DisputeState::UnderReview, TOTAL.minor - 100));
    let price = |journey: &Journey, paise| journey.order.price_refund(Some(Money::inr(paise)), &[]).map(|_| ());
    let left = Money::inr(100);
    assert_eq!(price(&journey, 100), Ok(()));
    assert_eq!(price(&journey, 101), Err(Unrefundable::Disputed { left }));
    assert_eq!(price(&journey, TOTAL.minor + 1), Err(Unrefundable::ExceedsPayment { left }));
    journey.tell(refund_order("r1", Some(101)));
    assert_eq!(journey.order.refunds[0].code, "disputed");
    journey.tell(disputed(DisputeState::Won, TOTAL.minor - 100));
    assert_eq!(price(&journey, TOTAL.minor), Ok(()));
}

#[test]
fn a_cash_order_has_no_payment_to_dispute() {
    let mut journey = Journey::packed(PaymentMethod::Cod);
    assert_eq!(journey.try_tell(disputed(DisputeState::Lost, 1)).unwrap_err().code, "cash_order");
}
