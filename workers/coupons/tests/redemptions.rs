//! The life of a coupon, message by message.

mod desk;

use coupons::rows::{CouponRow, Redemption, RedemptionState};
use desk::{Answer, Desk, code, order, redeem, release, ten_percent, user};
use schemas::{
    coupons::{DeactivateCoupon, PutCoupon, RedeemCoupon, Unredeemable},
    types::Timestamp,
};

fn desk_with(total_limit: Option<i64>, user_limit: Option<i64>) -> Desk {
    let mut desk = Desk::default();
    desk.deliver(ten_percent("MONSOON", total_limit, user_limit)).expect("sound terms");
    desk
}

fn granted(n: u128) -> Vec<Answer> {
    vec![Answer::Redeemed(order(n))]
}

fn refused(n: u128, why: &str) -> Vec<Answer> {
    vec![Answer::Refused(order(n), why.to_owned())]
}

#[test]
fn as_many_orders_use_a_coupon_as_may() {
    let mut desk = desk_with(Some(2), None);
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(granted(1)));
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 1)), Ok(granted(2)));
    assert_eq!(desk.deliver(redeem("MONSOON", 3, 2)), Ok(refused(3, "used_up")));
    assert_eq!(desk.used("MONSOON"), 2);
}

#[test]
fn each_customer_uses_it_as_often_as_they_may() {
    let mut desk = desk_with(None, Some(1));
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(granted(1)));
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 1)), Ok(refused(2, "used_up_by_user")));
    assert_eq!(desk.deliver(redeem("MONSOON", 3, 2)), Ok(granted(3)));
}

#[test]
fn what_is_given_back_another_order_may_use() {
    let mut desk = desk_with(Some(1), Some(1));
    desk.deliver(redeem("MONSOON", 1, 1)).unwrap();
    assert_eq!(desk.deliver(release("MONSOON", 1, 1)), Ok(vec![]));
    assert_eq!(desk.deliver(release("MONSOON", 1, 1)), Ok(vec![]));
    assert_eq!(desk.used("MONSOON"), 0);
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 1)), Ok(granted(2)));
    assert_eq!(desk.used("MONSOON"), 1);
}

#[test]
fn an_order_that_asks_again_is_told_the_same_and_counts_once() {
    let mut desk = desk_with(Some(1), None);
    for _ in 0..3 {
        assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(granted(1)));
        assert_eq!(desk.deliver(redeem("MONSOON", 2, 2)), Ok(refused(2, "used_up")));
    }
    desk.deliver(release("MONSOON", 1, 1)).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 2)), Ok(refused(2, "used_up")), "a refusal stands");
}

#[test]
fn a_redemption_that_comes_after_its_release_uses_nothing() {
    let mut desk = desk_with(Some(1), None);
    assert_eq!(desk.deliver(release("MONSOON", 1, 1)), Ok(vec![]));
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(refused(1, "given_back")));
    assert_eq!(desk.used("MONSOON"), 0);
    desk.deliver(redeem("MONSOON", 2, 1)).unwrap();
    desk.deliver(release("MONSOON", 2, 1)).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 1)), Ok(refused(2, "given_back")));
    assert_eq!(desk.redemption("MONSOON", 2), Some(RedemptionState::GivenBack));
}

#[test]
fn a_coupon_that_is_not_good_is_refused_by_name() {
    let mut desk = Desk::default();
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(refused(1, "unknown")));
    desk.deliver(ten_percent("MONSOON", None, None)).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(refused(1, "unknown")));
    let placed = |n, millis| {
        let placed_at = Timestamp::from_millis(millis);
        RedeemCoupon { code: code("MONSOON"), order_id: order(n), user_id: user(1), placed_at }
    };
    assert_eq!(desk.deliver(placed(2, 999)), Ok(refused(2, "not_yet")));
    assert_eq!(desk.deliver(placed(3, 2_000)), Ok(refused(3, "expired")));
    let put = PutCoupon { active: false, revision: 2, ..ten_percent("MONSOON", None, None) };
    desk.deliver(put).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 4, 1)), Ok(refused(4, "inactive")));
}

#[test]
fn of_two_changes_made_beside_each_other_the_first_counts_and_an_old_one_that_comes_again_does_not() {
    let mut desk = desk_with(Some(1), None);
    let second = PutCoupon { revision: 2, ..ten_percent("MONSOON", Some(2), None) };
    let beside = PutCoupon { revision: 2, ..ten_percent("MONSOON", Some(9), None) };
    let first = ten_percent("MONSOON", Some(1), None);
    for put in [second.clone(), beside, second, first] {
        desk.deliver(put).unwrap();
        assert_eq!(desk.revision("MONSOON"), 2);
    }
    for n in [1, 2] {
        assert_eq!(desk.deliver(redeem("MONSOON", n, n)), Ok(granted(n)));
    }
    assert_eq!(desk.deliver(redeem("MONSOON", 3, 3)), Ok(refused(3, "used_up")));
}

#[test]
fn a_coupon_that_is_taken_back_is_used_by_no_further_order_until_an_admin_says_so() {
    let mut desk = desk_with(Some(5), None);
    desk.deliver(redeem("MONSOON", 1, 1)).unwrap();
    let changed_at = Timestamp::from_millis(7);
    let deactivate = DeactivateCoupon { code: code("MONSOON"), admin_id: user(0), changed_at };
    for _ in 0..2 {
        assert_eq!(desk.deliver(deactivate.clone()), Ok(vec![]));
        assert_eq!((desk.revision("MONSOON"), desk.used("MONSOON")), (2, 1));
    }
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 1)), Ok(granted(1)));
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 2)), Ok(refused(2, "inactive")));
    desk.deliver(PutCoupon { revision: 2, ..ten_percent("MONSOON", None, None) }).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 3, 3)), Ok(refused(3, "inactive")), "made beside it");
    desk.deliver(PutCoupon { revision: 3, ..ten_percent("MONSOON", None, None) }).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 4, 4)), Ok(granted(4)));
}

#[test]
fn a_limit_below_what_is_used_takes_nothing_back_and_grants_nothing_more() {
    let mut desk = desk_with(Some(3), None);
    for n in 1..=3 {
        desk.deliver(redeem("MONSOON", n, n)).unwrap();
    }
    desk.deliver(PutCoupon { revision: 2, ..ten_percent("MONSOON", Some(2), None) }).unwrap();
    desk.deliver(release("MONSOON", 1, 1)).unwrap();
    assert_eq!(desk.used("MONSOON"), 2);
    assert_eq!(desk.deliver(redeem("MONSOON", 4, 4)), Ok(refused(4, "used_up")));
    desk.deliver(release("MONSOON", 2, 2)).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 5, 5)), Ok(granted(5)));
}

#[test]
fn a_limit_for_each_customer_that_comes_later_counts_what_they_used_before() {
    let mut desk = desk_with(None, None);
    desk.deliver(redeem("MONSOON", 1, 1)).unwrap();
    desk.deliver(PutCoupon { revision: 2, ..ten_percent("MONSOON", None, Some(1)) }).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 2, 1)), Ok(refused(2, "used_up_by_user")));
}

#[test]
fn messages_that_contradict_the_books_are_refused_by_name() {
    let mut desk = desk_with(None, None);
    desk.deliver(redeem("MONSOON", 1, 1)).unwrap();
    assert_eq!(desk.deliver(redeem("MONSOON", 1, 2)), Err("redemption_user_changed".into()));
    assert_eq!(desk.deliver(release("MONSOON", 1, 2)), Err("redemption_user_changed".into()));
    assert_eq!(desk.deliver(ten_percent("MONSOON", Some(0), None)), Err("senseless_terms".into()));
    desk.assert_counters_are_the_rows();
}

#[test]
fn a_row_is_stored_under_its_kind_and_reads_back() {
    let row = CouponRow::Redemption(Redemption {
        code: code("MONSOON"),
        order_id: order(1),
        user_id: user(1),
        state: RedemptionState::Refused,
        refusal: Some(Unredeemable::UsedUpByUser),
        used_before: 3,
        at: Timestamp::from_millis(7),
    });
    let document = serde_json::to_value(&row).unwrap();
    assert_eq!((&document["kind"], &document["state"]), (&"redemption".into(), &"refused".into()));
    assert_eq!(serde_json::from_value::<CouponRow>(document).unwrap(), row);
}
