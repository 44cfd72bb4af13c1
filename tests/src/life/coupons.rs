//! The coupons of a run: one that many customers want and few get, and one that is there for everybody a few times.

use serde_json::json;

use super::Dice;
use crate::{Stack, coupons};

/// For so few orders that it is used up at once.
const SCARCE: &str = "SCARCE-10";
/// For every customer, but not for each of their orders.
const OURS: &str = "OURS-10";
/// One order in so many asks for one of them.
const ONE_IN: usize = 4;

/// Makes them.
pub(super) async fn make(shop: &Stack) {
    let admin = shop.admin().await;
    coupons::make(&admin, SCARCE, &json!({ "total_limit": 3 })).await;
    coupons::make(&admin, OURS, &json!({ "user_limit": 1 })).await;
}

/// The coupon of an order, if it has one.
pub(super) fn of_order(dice: &mut Dice) -> Option<&'static str> {
    (dice.below(ONE_IN) == 0).then(|| [SCARCE, OURS][dice.below(2)])
}
