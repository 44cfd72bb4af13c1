//! I11: a coupon is used by exactly those orders that stand, never by more than may, and is refused to none that may. The
//! limits of a run do not change.

use std::collections::BTreeMap;

use schemas::types::OrderStatus;

use super::{Coupon, Facts, Order, Redemption, Report};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("coupons", facts.coupons.len());
    report.looked_at("redemptions", facts.redemptions.len());
    facts.coupons.iter().for_each(|coupon| check_coupon(facts, coupon, report));
    check_orders(facts, report);
}

fn check_coupon(facts: &Facts, coupon: &Coupon, report: &mut Report) {
    let Coupon { code, used, .. } = coupon;
    let live = of_coupon(facts, code).filter(|row| row.state == "used");
    let mut by_user: BTreeMap<&str, i64> = BTreeMap::new();
    live.for_each(|row| *by_user.entry(&row.user_id).or_default() += 1);
    let sum: i64 = by_user.values().sum();
    report.require(sum == *used, code, || format!("used {used} times by the counter, {sum} times by the records"));
    let fits = |limit: Option<i64>, used: i64| limit.is_none_or(|limit| used <= limit);
    report.require(fits(coupon.total_limit, sum), code, || format!("{sum} orders use it, of {:?}", coupon.total_limit));
    for (user, used) in &by_user {
        let found = || format!("{used} orders of {user} use it, of {:?}", coupon.user_limit);
        report.require(fits(coupon.user_limit, *used), code, found);
    }
    for count in facts.coupon_users.iter().filter(|count| count.code == *code) {
        let rows = by_user.get(count.user_id.as_str()).copied().unwrap_or_default();
        let found = || format!("{} times by the counter of {}, {rows} by the records", count.used, count.user_id);
        report.require(count.used == rows, code, found);
    }
    for row in of_coupon(facts, code).filter(|row| row.refusal.as_deref() == Some("used_up")) {
        let found =
            || format!("{} refused when {} used it, of {:?}", row.order_id, row.used_before, coupon.total_limit);
        report.require(coupon.total_limit.is_some_and(|limit| row.used_before >= limit), code, found);
    }
}

/// What an order says about its coupon, and how it ended, agree with the coupon's books.
fn check_orders(facts: &Facts, report: &mut Report) {
    let mut rows: BTreeMap<(&str, &str), &Redemption> = BTreeMap::new();
    for row in &facts.redemptions {
        let twin = rows.insert((&row.order_id, &row.code), row);
        report.require(twin.is_none(), &row.order_id, || format!("two redemptions of {}", row.code));
    }
    for order in &facts.orders {
        let Some(coupon) = &order.coupon else { continue };
        let row = rows.remove(&(order.id.as_str(), coupon.code.as_str()));
        let state = row.map_or("none", |row| row.state.as_str());
        let fits = match coupon.state.as_str() {
            "used" => stands(order) && state == "used",
            "refused" => order.status == OrderStatus::Rejected && state == "refused",
            "given_back" => !stands(order) && matches!(state, "given_back" | "refused"),
            _ => false,
        };
        let found = || format!("{}, its coupon {}, and by the books {state}", order.status.as_str(), coupon.state);
        report.require(fits, &order.id, found);
    }
    for ((order, code), row) in rows {
        report.require(row.state != "used", order, || format!("it uses {code} and has no such coupon"));
    }
}

/// Whether goods and money stay where they are.
fn stands(order: &Order) -> bool {
    let all_back = order.is_paid_online() && order.captured > 0 && order.captured == order.refunded;
    order.status == OrderStatus::Delivered && !all_back && !order.is_cash_undone()
}

fn of_coupon<'a>(facts: &'a Facts, code: &'a str) -> impl Iterator<Item = &'a Redemption> {
    facts.redemptions.iter().filter(move |row| row.code == code)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{DELIVERED, assert_caught};

    #[test]
    fn a_coupon_that_more_orders_use_than_may_is_caught() {
        assert_caught("I11", "2 orders use it, of Some(1)", |facts| {
            let mut twin = facts.redemptions[0].clone();
            "somebody".clone_into(&mut twin.user_id);
            "unheard of".clone_into(&mut twin.order_id);
            facts.redemptions.push(twin);
            facts.coupons[0].used += 1;
        });
    }

    #[test]
    fn a_customer_who_uses_it_more_often_than_they_may_is_caught() {
        assert_caught("I11", "2 orders of asha use it, of Some(1)", |facts| {
            let twin = facts.redemptions[0].clone();
            facts.redemptions.push(super::Redemption { order_id: "unheard of".to_owned(), ..twin });
        });
    }

    #[test]
    fn a_use_without_a_record_is_caught() {
        assert_caught("I11", "used 2 times by the counter, 1 times by the records", |facts| facts.coupons[0].used += 1);
        assert_caught("I11", "2 times by the counter of asha, 1 by the records", |facts| {
            facts.coupon_users[0].used += 1
        });
    }

    #[test]
    fn a_use_that_was_never_given_back_is_caught() {
        assert_caught("I11", "refunded, its coupon given_back, and by the books used", |facts| {
            let row = facts.redemptions.iter_mut().find(|row| row.state == "given_back").unwrap();
            "used".clone_into(&mut row.state);
        });
    }

    #[test]
    fn an_order_that_stands_and_does_not_use_its_coupon_is_caught() {
        assert_caught("I11", "delivered, its coupon given_back", |facts| {
            "given_back".clone_into(&mut facts.orders[DELIVERED].coupon.as_mut().unwrap().state);
        });
        assert_caught("I11", "by the books given_back", |facts| {
            "given_back".clone_into(&mut facts.redemptions[0].state);
        });
    }

    #[test]
    fn a_refusal_while_the_coupon_may_be_used_is_caught() {
        assert_caught("I11", "refused when 0 used it, of Some(1)", |facts| {
            let row = facts.redemptions.iter_mut().find(|row| row.state == "refused").unwrap();
            row.used_before = 0;
        });
    }

    #[test]
    fn a_use_by_an_order_that_has_no_coupon_is_caught() {
        assert_caught("I11", "has no such coupon", |facts| facts.orders[DELIVERED].coupon = None);
    }
}
