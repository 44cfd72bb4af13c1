//! The coupon: using it before anything else is asked for, and giving it back when nothing is sold.

use schemas::{
    coupons::{RedeemCoupon, ReleaseCoupon},
    documents::{CouponState, Order, OrderCoupon, OrderPayment},
    orders::{AppliedCoupon, CouponRefused},
    types::OrderStatus as S,
};
use shared::engine::Refusal;

use crate::{draft::Draft, pay, reserve};

/// What an order that is placed has of its coupon.
pub(crate) fn asked(applied: &AppliedCoupon) -> OrderCoupon {
    let AppliedCoupon { code, discount } = applied.clone();
    OrderCoupon { code, discount, state: CouponState::Asked }
}

/// Asks to use the coupon; an order without one goes on to the stock. The coupon comes first because it is one question
/// while the stock is several: of orders that want the last use, those that lose hold up no part.
pub(crate) fn ask(draft: &mut Draft<'_>) {
    let Order { order_id, user_id, placed_at, .. } = draft.order;
    match &draft.order.coupon {
        Some(coupon) => {
            let code = coupon.code.clone();
            draft.tell_coupons(code.clone(), RedeemCoupon { code, order_id, user_id, placed_at });
        }
        None => reserve::ask(draft),
    }
}

/// Whether the coupons worker has still to answer: then nothing was asked of the stock.
pub(crate) fn is_awaited(draft: &Draft<'_>) -> bool {
    is(draft, CouponState::Asked)
}

fn is(draft: &Draft<'_>, state: CouponState) -> bool {
    draft.order.coupon.as_ref().is_some_and(|coupon| coupon.state == state)
}

fn becomes(draft: &mut Draft<'_>, state: CouponState) {
    if let Some(coupon) = &mut draft.order.coupon {
        coupon.state = state;
    }
}

/// The order uses its coupon: on to the stock.
pub(crate) fn coupon_redeemed(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match draft.status() {
        S::Accepted | S::Reserving if is_awaited(draft) => {
            becomes(draft, CouponState::Used);
            reserve::ask(draft);
            Ok(())
        }
        // A repetition, or the order ended meanwhile: its release is on the way.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed | S::Packed | S::Shipped => Ok(()),
        S::Delivered | S::Cancelling => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// The order may not use its coupon, and its prices count on it: it ends.
pub(crate) fn coupon_refused(draft: &mut Draft<'_>, message: &CouponRefused) -> Result<(), Refusal> {
    match draft.status() {
        S::Accepted | S::Reserving if is_awaited(draft) => {
            becomes(draft, CouponState::Refused);
            draft.move_to(S::Rejected, &format!("coupon_{}", message.code))
        }
        // A repetition, or the order ended meanwhile and gave the coupon back before it was asked for.
        S::Accepted | S::Reserving | S::AwaitingPayment | S::Paid | S::Confirmed | S::Packed | S::Shipped => Ok(()),
        S::Delivered | S::Cancelling => Ok(()),
        S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}

/// Nothing is sold: another order may use the coupon. Where the answer is still on its way, there will be nothing to use:
/// the release stands behind the question in the coupon's queue, and one that comes first refuses it.
pub(crate) fn give_back(draft: &mut Draft<'_>) {
    let Order { order_id, user_id, .. } = draft.order;
    if let Some(coupon) = &mut draft.order.coupon
        && matches!(coupon.state, CouponState::Asked | CouponState::Used)
    {
        coupon.state = CouponState::GivenBack;
        let code = coupon.code.clone();
        draft.tell_coupons(code.clone(), ReleaseCoupon { code, order_id, user_id });
    }
}

/// The customer has all of their money back: nothing is sold, though the order stands. What a gateway gave back of an earlier
/// attempt says nothing of a sale for cash.
pub(crate) fn give_back_if_refunded(draft: &mut Draft<'_>) {
    let all_back = |payment: &OrderPayment| payment.captured.minor > 0 && payment.captured == payment.refunded;
    let order = &draft.order;
    let is_undone =
        if pay::is_cash(draft) { order.is_cash_undone() } else { order.payment.as_ref().is_some_and(all_back) };
    if is_undone {
        give_back(draft);
    }
}

#[cfg(test)]
mod tests {
    use schemas::{documents::CouponState, types::PaymentMethod};

    use crate::testing::{self, Journey, TOTAL};

    const RELEASES: &str = "ReleaseCoupon MONSOON";

    fn state(journey: &Journey) -> CouponState {
        journey.order.coupon.as_ref().unwrap().state
    }

    #[test]
    fn a_coupon_is_used_before_the_stock_is_asked() {
        let mut journey = Journey::with_coupon(PaymentMethod::Stripe);
        assert_eq!(journey.commands, ["RedeemCoupon MONSOON"]);
        assert_eq!(journey.path(), "accepted reserving");
        assert_eq!(journey.tell(testing::coupon_redeemed()), ["ReserveStock BRAKE-PAD then OIL-FILTER"]);
        assert_eq!(journey.tell(testing::coupon_redeemed()), [""; 0]);
        assert_eq!(state(&journey), CouponState::Used);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), ["RequestPayment"]);
    }

    #[test]
    fn an_order_whose_coupon_is_used_up_is_rejected_and_holds_nothing() {
        let mut journey = Journey::with_coupon(PaymentMethod::Cod);
        assert_eq!(journey.tell(testing::coupon_refused("used_up")), [""; 0]);
        assert_eq!(journey.path(), "accepted reserving rejected(coupon_used_up)");
        assert_eq!(state(&journey), CouponState::Refused);
        assert_eq!(journey.tell(testing::coupon_redeemed()), [""; 0]);
    }

    #[test]
    fn answers_of_the_stock_say_nothing_to_an_order_that_has_not_asked_it() {
        let mut journey = Journey::with_coupon(PaymentMethod::Cod);
        assert_eq!(journey.tell(testing::reserved("OIL-FILTER")), [""; 0]);
        assert_eq!(journey.tell(testing::refused("OIL-FILTER")), [""; 0]);
        assert_eq!(journey.path(), "accepted reserving");
    }

    #[test]
    fn an_order_that_ends_before_the_answer_gives_the_coupon_back_and_has_asked_for_no_part() {
        let mut journey = Journey::with_coupon(PaymentMethod::Stripe);
        assert_eq!(journey.tell(testing::cancel_order()), [RELEASES]);
        assert_eq!(journey.tell(testing::coupon_redeemed()), [""; 0]);
        assert_eq!(journey.tell(testing::coupon_refused("given_back")), [""; 0]);
        assert_eq!(journey.path(), "accepted reserving cancelled(cancel_requested)");
        assert_eq!(state(&journey), CouponState::GivenBack);
    }

    #[test]
    fn every_end_without_a_sale_gives_the_coupon_back_once() {
        let sold_out = |journey: &mut Journey| journey.tell(testing::refused("BRAKE-PAD"));
        let expires = |journey: &mut Journey| journey.run_out();
        let declined = |journey: &mut Journey| {
            journey.reserve_all();
            journey.tell(testing::payment_failed())
        };
        for end in [sold_out, expires, declined] {
            let mut journey = Journey::with_coupon(PaymentMethod::Stripe);
            journey.tell(testing::coupon_redeemed());
            assert!(end(&mut journey).contains(&RELEASES.to_owned()), "{:?}", journey.commands);
            journey.tell(testing::cancel_order());
            assert_eq!(journey.commands.iter().filter(|told| *told == RELEASES).count(), 1);
            assert_eq!(state(&journey), CouponState::GivenBack);
        }
    }

    fn sold() -> Journey {
        let mut journey = Journey::with_coupon(PaymentMethod::Stripe);
        journey.tell(testing::coupon_redeemed());
        journey.reserve_all();
        journey.tell(testing::payment_captured(TOTAL));
        journey.tell(testing::invoice_issued());
        journey.tell(testing::shipment_booked());
        journey
    }

    #[test]
    fn a_sale_that_is_taken_back_gives_the_coupon_back_once_the_parcel_stays() {
        let mut journey = sold();
        assert_eq!(journey.tell(testing::cancel_order()), ["CancelShipment"]);
        assert_eq!(state(&journey), CouponState::Used);
        assert!(journey.tell(testing::shipment_cancelled()).contains(&RELEASES.to_owned()));
        assert_eq!(journey.tell(testing::payment_refunded(TOTAL)), [""; 0]);
    }

    #[test]
    fn some_of_the_money_back_keeps_the_coupon_used_and_all_of_it_gives_it_back() {
        let mut journey = sold();
        journey.tell(testing::picked_up());
        journey.tell(testing::delivered());
        journey.tell(testing::refund_order("r1", Some(100_000)));
        assert!(!journey.tell(testing::partly_refunded("r1", 100_000)).contains(&RELEASES.to_owned()));
        assert_eq!(state(&journey), CouponState::Used);
        assert!(journey.tell(testing::payment_refunded(TOTAL)).contains(&RELEASES.to_owned()));
        assert!(!journey.tell(testing::payment_refunded(TOTAL)).contains(&RELEASES.to_owned()));
    }

    #[test]
    fn parts_that_come_to_all_of_the_money_give_the_coupon_back() {
        let mut journey = sold();
        journey.tell(testing::picked_up());
        for (refund_id, back) in [("r1", 100_000), ("r2", TOTAL.minor)] {
            let part = if refund_id == "r1" { back } else { TOTAL.minor - 100_000 };
            journey.tell(testing::refund_order(refund_id, Some(part)));
            let told = journey.tell(testing::partly_refunded(refund_id, back));
            assert_eq!(told.contains(&RELEASES.to_owned()), refund_id == "r2", "{told:?}");
        }
    }

    #[test]
    fn money_that_goes_back_while_the_carrier_decides_gives_the_coupon_back_however_it_decides() {
        let mut journey = sold();
        journey.tell(testing::cancel_order());
        assert_eq!(journey.tell(testing::payment_refunded(TOTAL)), [""; 0]);
        assert!(journey.tell(testing::cancel_refused()).contains(&RELEASES.to_owned()));
        assert_eq!(journey.path_after(7), "shipped(cancel_refused)");
    }
}
