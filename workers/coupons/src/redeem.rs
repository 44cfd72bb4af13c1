//! An order uses a coupon, and gives its use back.
//!
//! What an order has of a coupon is one row with three states. Both messages may come twice, and a release may overtake
//! the redemption that it undoes, so each decision looks at the row first:
//!
//! | the row is | redeem | release |
//! | --- | --- | --- |
//! | missing | used or refused | given back: it will never be used |
//! | used | redeemed again | given back, another order may use it |
//! | refused | refused again | nothing |
//! | given back | refused | nothing |

use schemas::{
    coupons::{Coupon, CouponCode, CouponUser, RedeemCoupon, ReleaseCoupon, Unredeemable},
    ids::{OrderId, UserId},
    orders::{CouponRedeemed, CouponRefused, OrdersMessage},
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{
    handler::Out,
    rows::{CouponRow, Redemption, RedemptionState, user_key},
};

/// Lets an order use the coupon, or says why not. An order that asks again is told the same again.
///
/// # Errors
/// `redemption_user_changed` when an order asks again as somebody else's.
pub fn redeem(coupon: Coupon, at: Timestamp, command: &RedeemCoupon, out: &mut Out<'_>) -> Result<Coupon, Refusal> {
    let Some(row) = redemption(&command.code, command.order_id, out) else {
        return Ok(decide(coupon, at, command, out));
    };
    is_of(&row, command.user_id)?;
    match row.state {
        RedemptionState::Used => tell_redeemed(command, out),
        RedemptionState::Refused => tell_refused(command, row.refusal.unwrap_or(Unredeemable::Unknown), out),
        RedemptionState::GivenBack => tell_refused(command, Unredeemable::GivenBack, out),
    }
    Ok(coupon)
}

/// Takes back an order's use of the coupon. An order that has not asked yet will get none: its request may still be on the
/// way when a restarted sender repeats itself.
///
/// # Errors
/// `redemption_user_changed` when an order gives back as somebody else's, `coupon_out_of_balance` when a counter would fall
/// below zero.
pub fn release(coupon: Coupon, at: Timestamp, command: &ReleaseCoupon, out: &mut Out<'_>) -> Result<Coupon, Refusal> {
    let Some(row) = redemption(&command.code, command.order_id, out) else {
        save(never(command, at), out);
        return Ok(coupon);
    };
    is_of(&row, command.user_id)?;
    if row.state != RedemptionState::Used {
        return Ok(coupon);
    }
    let by_user = used_by(&command.code, command.user_id, out);
    if coupon.used < 1 || by_user < 1 {
        let detail = format!("{}: order {} gives back one of {}, {by_user}", row.code, row.order_id, coupon.used);
        return Err(Refusal::new("coupon_out_of_balance", detail));
    }
    count(&command.code, command.user_id, by_user - 1, out);
    save(Redemption { state: RedemptionState::GivenBack, at, ..row }, out);
    Ok(Coupon { used: coupon.used - 1, ..coupon })
}

/// The first time an order asks.
fn decide(coupon: Coupon, at: Timestamp, command: &RedeemCoupon, out: &mut Out<'_>) -> Coupon {
    let RedeemCoupon { code, order_id, user_id, placed_at } = command;
    let by_user = used_by(code, *user_id, out);
    let refusal = coupon.redeemable(*placed_at, by_user).err();
    let state = if refusal.is_none() { RedemptionState::Used } else { RedemptionState::Refused };
    let (code, order_id, user_id, used_before) = (code.clone(), *order_id, *user_id, coupon.used);
    save(Redemption { code, order_id, user_id, state, refusal, used_before, at }, out);
    if let Some(why) = refusal {
        tell_refused(command, why, out);
        return coupon;
    }
    count(&command.code, user_id, by_user + 1, out);
    tell_redeemed(command, out);
    Coupon { used: coupon.used + 1, ..coupon }
}

fn never(command: &ReleaseCoupon, at: Timestamp) -> Redemption {
    let ReleaseCoupon { code, order_id, user_id } = command.clone();
    Redemption { code, order_id, user_id, state: RedemptionState::GivenBack, refusal: None, used_before: 0, at }
}

fn is_of(row: &Redemption, user: UserId) -> Result<(), Refusal> {
    if row.user_id == user {
        return Ok(());
    }
    let detail = format!("{}: order {} is of {} and now of {user}", row.code, row.order_id, row.user_id);
    Err(Refusal::new("redemption_user_changed", detail))
}

fn redemption(code: &CouponCode, order: OrderId, out: &Out<'_>) -> Option<Redemption> {
    match out.row(&Redemption::row_key(code, order)) {
        Some(CouponRow::Redemption(row)) => Some(row.clone()),
        _ => None,
    }
}

fn used_by(code: &CouponCode, user: UserId, out: &Out<'_>) -> i64 {
    match out.row(&user_key(code, user)) {
        Some(CouponRow::User(row)) => row.used,
        _ => 0,
    }
}

fn count(code: &CouponCode, user_id: UserId, used: i64, out: &mut Out<'_>) {
    out.save(CouponRow::User(CouponUser { code: code.clone(), user_id, used }));
}

fn save(row: Redemption, out: &mut Out<'_>) {
    out.save(CouponRow::Redemption(row));
}

fn tell_redeemed(command: &RedeemCoupon, out: &mut Out<'_>) {
    let order_id = command.order_id;
    out.send::<OrdersMessage>(&order_id.to_string(), CouponRedeemed { order_id });
}

fn tell_refused(command: &RedeemCoupon, why: Unredeemable, out: &mut Out<'_>) {
    let order_id = command.order_id;
    out.send::<OrdersMessage>(&order_id.to_string(), CouponRefused { order_id, code: why.code().to_owned() });
}
