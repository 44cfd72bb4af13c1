//! Limits hold whatever comes, in whatever order and how often.

mod desk;

use std::collections::HashMap;

use coupons::rows::RedemptionState;
use desk::{Answer, Desk, order, redeem, release, ten_percent};
use proptest::{collection::vec, prelude::*};
use schemas::coupons::PutCoupon;

const CODES: [&str; 2] = ["DIWALI", "MONSOON"];
const ORDERS: u128 = 12;
const CUSTOMERS: u128 = 3;

/// Something that happens to a coupon; an order is always the same customer's.
#[derive(Debug, Clone, Copy)]
enum Event {
    Redeem { order: u128 },
    Release { order: u128 },
    Put { total_limit: Option<i64>, user_limit: Option<i64>, active: bool },
}

fn limit() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![1 => Just(None), 3 => (1..5i64).prop_map(Some)]
}

fn asked() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..ORDERS).prop_map(|order| Event::Redeem { order }),
        1 => (0..ORDERS).prop_map(|order| Event::Release { order }),
    ]
}

fn anything() -> impl Strategy<Value = Event> {
    let put = (limit(), limit(), proptest::bool::weighted(0.8));
    let put = put.prop_map(|(total_limit, user_limit, active)| Event::Put { total_limit, user_limit, active });
    prop_oneof![5 => asked(), 1 => put]
}

fn happen(desk: &mut Desk, code: &str, event: Event) -> Vec<Answer> {
    let told = match event {
        Event::Redeem { order } => desk.deliver(redeem(code, order, order % CUSTOMERS)),
        Event::Release { order } => desk.deliver(release(code, order, order % CUSTOMERS)),
        Event::Put { total_limit, user_limit, active } => {
            let revision = desk.revision(code) + 1;
            desk.deliver(PutCoupon { revision, active, ..ten_percent(code, total_limit, user_limit) })
        }
    };
    told.expect("nothing here makes no sense")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_more_orders_use_a_coupon_than_may_and_none_is_refused_while_it_may(
        total_limit in limit(), user_limit in limit(), events in vec((0..CODES.len(), asked()), 0..80),
    ) {
        let mut desk = Desk::default();
        for code in CODES {
            desk.deliver(ten_percent(code, total_limit, user_limit)).unwrap();
        }
        for (code, event) in events {
            let code = CODES[code];
            let (Event::Redeem { order } | Event::Release { order }) = event else { continue };
            let (before, live) = (desk.redemption(code, order), desk.live(code, None));
            let by_user = desk.live(code, Some(order % CUSTOMERS));
            happen(&mut desk, code, event);
            let fits = total_limit.is_none_or(|limit| live < limit) && user_limit.is_none_or(|limit| by_user < limit);
            if before.is_none() && matches!(event, Event::Redeem { .. }) {
                prop_assert_eq!(desk.redemption(code, order) == Some(RedemptionState::Used), fits);
            }
            prop_assert!(total_limit.is_none_or(|limit| desk.live(code, None) <= limit));
            prop_assert!(user_limit.is_none_or(|limit| desk.live(code, Some(order % CUSTOMERS)) <= limit));
            desk.assert_counters_are_the_rows();
        }
    }

    #[test]
    fn counters_are_the_rows_whatever_admins_change_and_all_that_is_used_can_be_given_back(
        events in vec((0..CODES.len(), anything()), 0..80),
    ) {
        let mut desk = Desk::default();
        for (code, event) in events {
            happen(&mut desk, CODES[code], event);
            desk.assert_counters_are_the_rows();
        }
        for code in CODES {
            (0..ORDERS).for_each(|order| drop(happen(&mut desk, code, Event::Release { order })));
            prop_assert_eq!(desk.used(code), 0);
        }
        desk.assert_counters_are_the_rows();
    }

    #[test]
    fn an_order_is_told_one_thing_however_often_it_asks(events in vec(anything(), 0..80)) {
        let (mut desk, mut told) = (Desk::default(), HashMap::new());
        for event in events {
            let answers = happen(&mut desk, CODES[0], event);
            let again = if matches!(event, Event::Put { .. }) { Vec::new() } else { happen(&mut desk, CODES[0], event) };
            match event {
                Event::Redeem { order } => {
                    prop_assert_eq!(answers.len(), 1);
                    prop_assert_eq!(&answers, &again);
                    let first = told.entry(order).or_insert_with(|| answers.clone());
                    let given_back = vec![Answer::Refused(desk::order(order), "given_back".to_owned())];
                    prop_assert!(*first == answers || answers == given_back);
                }
                Event::Release { .. } | Event::Put { .. } => prop_assert!(answers.is_empty() && again.is_empty()),
            }
        }
        let redeemed = |n: &u128| told.get(n).is_some_and(|told| *told == vec![Answer::Redeemed(order(*n))]);
        prop_assert!((0..ORDERS).filter(redeemed).count() as i64 >= desk.used(CODES[0]));
    }
}
