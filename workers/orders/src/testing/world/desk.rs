//! The coupons worker, simulated: one coupon of a limit, and what each order has of it, which makes repetitions harmless.

use std::collections::BTreeMap;

use schemas::{
    coupons::CouponsMessage,
    ids::OrderId,
    orders::{CouponRedeemed, CouponRefused, OrdersMessage},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redemption {
    Used,
    Refused,
    GivenBack,
}

#[derive(Debug, Default)]
pub(in crate::testing) struct Desk {
    pub(super) limit: usize,
    pub(super) redemptions: BTreeMap<OrderId, Redemption>,
}

impl Desk {
    pub(super) fn used(&self) -> usize {
        self.redemptions.values().filter(|redemption| **redemption == Redemption::Used).count()
    }

    pub(super) fn obey(&mut self, message: &CouponsMessage) -> Vec<(OrderId, OrdersMessage)> {
        match message {
            CouponsMessage::RedeemCoupon(redeem) => {
                let order_id = redeem.order_id;
                let fits = if self.used() < self.limit { Redemption::Used } else { Redemption::Refused };
                let report = match self.redemptions.entry(order_id).or_insert(fits) {
                    Redemption::Used => CouponRedeemed { order_id }.into(),
                    _ => CouponRefused { order_id, code: "used_up".to_owned() }.into(),
                };
                vec![(order_id, report)]
            }
            CouponsMessage::ReleaseCoupon(release) => {
                let redemption = self.redemptions.entry(release.order_id).or_insert(Redemption::GivenBack);
                if *redemption == Redemption::Used {
                    *redemption = Redemption::GivenBack;
                }
                Vec::new()
            }
            CouponsMessage::PutCoupon(_) | CouponsMessage::DeactivateCoupon(_) => {
                unreachable!("orders make no coupons")
            }
        }
    }
}
