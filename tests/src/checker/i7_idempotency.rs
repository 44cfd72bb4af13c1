//! I7: one key of one customer is one request, however often it is sent and whatever dies meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use super::{Burst, Facts, Order, Posted, Report};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("bursts", facts.bursts.len());
    report.looked_at("equal requests", facts.bursts.iter().map(|burst| burst.equal.len()).sum());
    report.looked_at("other bodies", facts.bursts.iter().map(|burst| clear(&burst.other_body)).sum());
    report.looked_at("other customers", facts.bursts.iter().map(|burst| accepted(&burst.other_user).count()).sum());
    let mut orders: BTreeMap<&str, Vec<&Order>> = BTreeMap::new();
    facts.orders.iter().for_each(|order| orders.entry(&order.reference).or_default().push(order));
    for burst in &facts.bursts {
        check_equal(burst, &orders, report);
        check_other_body(burst, &orders, report);
        check_other_user(burst, report);
    }
}

/// One order, told in the same words.
fn check_equal(burst: &Burst, orders: &BTreeMap<&str, Vec<&Order>>, report: &mut Report) {
    let key = &burst.reference;
    let made = orders.get(key.as_str()).map_or(0, Vec::len);
    report.require(made <= 1, key, || format!("equal requests made {made} orders"));
    let bodies: BTreeSet<&str> = accepted(&burst.equal).map(|answer| answer.body.as_str()).collect();
    report.require(bodies.len() <= 1, key, || format!("equal requests were answered {bodies:?}"));
    for answer in &burst.equal {
        let refused = answer.status.is_some_and(is_refusal);
        report.require(!refused, key, || format!("a repetition was refused: {:?} {}", answer.status, answer.body));
    }
}

/// A clear no, and no order.
fn check_other_body(burst: &Burst, orders: &BTreeMap<&str, Vec<&Order>>, report: &mut Report) {
    let key = &burst.reference;
    let exists = orders.contains_key(burst.other_reference.as_str());
    report.require(!exists, key, || "another body under the same key made an order".to_owned());
    for answer in &burst.other_body {
        let Posted { status, body, code, .. } = answer;
        let taken = status.is_some_and(|status| (200..400).contains(&status));
        report.require(!taken, key, || format!("another body under the same key was taken: {status:?} {body}"));
        let unclear = status.is_some_and(is_refusal) && code.as_ref().is_none_or(String::is_empty);
        report.require(!unclear, key, || format!("refused without a code: {status:?} {body}"));
    }
}

/// Another customer's key is another key.
fn check_other_user(burst: &Burst, report: &mut Report) {
    let key = &burst.reference;
    let own: BTreeSet<&String> = accepted(&burst.equal).filter_map(|answer| answer.order.as_ref()).collect();
    for answer in &burst.other_user {
        let shared = answer.order.as_ref().is_some_and(|order| own.contains(order));
        report.require(!shared, key, || format!("two customers have the order {:?}", answer.order));
        let refused = answer.status.is_some_and(is_refusal);
        let found = || format!("another customer's key was refused: {:?} {}", answer.status, answer.body);
        report.require(!refused, key, found);
    }
}

fn accepted(answers: &[Posted]) -> impl Iterator<Item = &Posted> {
    answers.iter().filter(|answer| answer.status == Some(202))
}

/// How many were told clearly that they are refused.
fn clear(answers: &[Posted]) -> usize {
    answers.iter().filter(|answer| answer.status.is_some_and(is_refusal)).count()
}

/// A clear no, unlike "later" (429), "it is not known" (5xx), and a token that has run out meanwhile (401).
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 429)
}

#[cfg(test)]
mod tests {
    use super::super::{
        check,
        sample::{assert_caught, sound},
    };
    use super::*;

    #[test]
    fn two_orders_of_one_key_are_caught() {
        assert_caught("I7", "equal requests made 2 orders", |facts| {
            let reference = facts.bursts[0].reference.clone();
            let mut twin = facts.orders.iter().find(|order| order.reference == reference).unwrap().clone();
            twin.id = "twin".to_owned();
            facts.orders.push(twin);
        });
    }

    #[test]
    fn two_answers_to_one_request_are_caught() {
        assert_caught("I7", "equal requests were answered", |facts| facts.bursts[0].equal[0].body.push(' '));
    }

    #[test]
    fn a_repetition_that_is_refused_is_caught() {
        assert_caught("I7", "a repetition was refused", |facts| facts.bursts[0].equal[1].status = Some(409));
    }

    #[test]
    fn another_body_that_is_taken_is_caught() {
        assert_caught("I7", "another body under the same key was taken", |facts| {
            facts.bursts[0].other_body[0] = facts.bursts[0].equal[0].clone();
        });
    }

    #[test]
    fn another_body_that_makes_an_order_behind_a_refusal_is_caught() {
        assert_caught("I7", "another body under the same key made an order", |facts| {
            facts.bursts[0].other_reference = facts.orders[1].reference.clone();
        });
    }

    #[test]
    fn a_refusal_that_does_not_say_why_is_caught() {
        assert_caught("I7", "refused without a code", |facts| facts.bursts[0].other_body[0].code = None);
    }

    #[test]
    fn two_customers_with_one_order_are_caught() {
        assert_caught("I7", "two customers have the order", |facts| {
            facts.bursts[0].other_user[0].order = facts.bursts[0].equal[0].order.clone();
        });
    }

    #[test]
    fn another_customer_s_key_that_is_refused_is_caught() {
        assert_caught("I7", "another customer's key was refused", |facts| {
            facts.bursts[0].other_user[0].status = Some(422);
        });
    }

    #[test]
    fn an_ingress_that_dies_in_the_middle_may_leave_requests_without_an_answer() {
        let mut facts = sound();
        for (answer, status) in facts.bursts[0].equal.iter_mut().skip(1).zip([None, Some(503), Some(429)]) {
            *answer = Posted { status, body: String::new(), order: None, code: None };
        }
        facts.bursts[0].other_body[0].status = None;
        assert_eq!(check(&facts), []);
    }
}
