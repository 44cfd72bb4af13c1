//! The contents page: which message is answered where.

use schemas::{
    coupons::{Coupon, CouponCode, CouponsMessage},
    ids::{OrderId, UserId},
};
use shared::{
    engine::{Handler, NoEffect, Outbox, Refusal, RowKey},
    message::Delivery,
};

use crate::{
    put::{deactivate, put},
    redeem::{redeem, release},
    rows::{CouponRow, Redemption, user_key},
};

/// The rules of the coupons.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coupons;

/// What a step sets in motion.
pub type Out<'a> = Outbox<'a, NoEffect, CouponRow>;

impl Handler for Coupons {
    type State = Coupon;
    type Message = CouponsMessage;
    type Effect = NoEffect;
    type Row = CouponRow;

    fn rows(&self, delivery: &Delivery<CouponsMessage>) -> Vec<RowKey> {
        let of = |code: &CouponCode, order: OrderId, user: UserId| {
            vec![Redemption::row_key(code, order), user_key(code, user)]
        };
        match &delivery.message {
            CouponsMessage::PutCoupon(_) | CouponsMessage::DeactivateCoupon(_) => Vec::new(),
            CouponsMessage::RedeemCoupon(command) => of(&command.code, command.order_id, command.user_id),
            CouponsMessage::ReleaseCoupon(command) => of(&command.code, command.order_id, command.user_id),
        }
    }

    fn handle(
        &self,
        state: Option<Coupon>,
        delivery: &Delivery<CouponsMessage>,
        out: &mut Out<'_>,
    ) -> Result<Option<Coupon>, Refusal> {
        let code = code_of(&delivery.message);
        if delivery.aggregate_id != code.as_str() {
            let detail = format!("a message about {code} came under the key {}", delivery.aggregate_id);
            return Err(Refusal::new("key_mismatch", detail));
        }
        let coupon = state.unwrap_or_else(|| Coupon::unknown(code.clone()));
        match &delivery.message {
            CouponsMessage::PutCoupon(command) => put(coupon, command, out),
            CouponsMessage::DeactivateCoupon(command) => Ok(deactivate(coupon, command, out)),
            CouponsMessage::RedeemCoupon(command) => redeem(coupon, delivery.at, command, out),
            CouponsMessage::ReleaseCoupon(command) => release(coupon, delivery.at, command, out),
        }
        .map(Some)
    }
}

const fn code_of(message: &CouponsMessage) -> &CouponCode {
    match message {
        CouponsMessage::PutCoupon(command) => &command.code,
        CouponsMessage::DeactivateCoupon(command) => &command.code,
        CouponsMessage::RedeemCoupon(command) => &command.code,
        CouponsMessage::ReleaseCoupon(command) => &command.code,
    }
}
