//! I1: every order that was acknowledged exists, once, as it was sent; one of unknown fate exists once or not at all; none
//! exists that nobody sent.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answered, Facts, Order, Report, Request};

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("requests", facts.requests.len());
    report.looked_at("acknowledged", facts.requests.iter().filter(|request| was_accepted(request)).count());
    let mut by_reference: BTreeMap<&str, Vec<&Order>> = BTreeMap::new();
    for order in &facts.orders {
        by_reference.entry(&order.reference).or_default().push(order);
    }
    for request in &facts.requests {
        let orders = by_reference.remove(request.reference.as_str()).unwrap_or_default();
        check_request(request, &orders, report);
    }
    for order in by_reference.into_values().flatten() {
        report.add(&order.id, format!("nobody sent it: {:?}", order.reference));
    }
}

fn check_request(request: &Request, orders: &[&Order], report: &mut Report) {
    let reference = &request.reference;
    let told: BTreeSet<&str> = request.answers.iter().filter_map(accepted).collect();
    report.require(told.len() <= 1, reference, || format!("one request was told several orders: {told:?}"));
    report.require(orders.len() <= 1, reference, || format!("one request made {} orders", orders.len()));
    for id in &told {
        let exists = orders.iter().any(|order| order.id == *id);
        report.require(exists, id, || "it was acknowledged and does not exist".to_owned());
    }
    let refused =
        !request.answers.is_empty() && request.answers.iter().all(|told| matches!(told, Answered::Refused(_)));
    report.require(!refused || orders.is_empty(), reference, || "it was refused and exists all the same".to_owned());
    for order in orders {
        let same = order.lines == request.lines;
        report.require(same, &order.id, || format!("asked for {:?}, has {:?}", request.lines, order.lines));
    }
}

fn was_accepted(request: &Request) -> bool {
    request.answers.iter().any(|answer| accepted(answer).is_some())
}

fn accepted(answer: &Answered) -> Option<&str> {
    match answer {
        Answered::Accepted(id) => Some(id),
        Answered::Refused(_) | Answered::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{assert_caught, sound};
    use super::*;

    #[test]
    fn an_acknowledged_order_that_is_lost_is_caught() {
        assert_caught("I1", "acknowledged and does not exist", |facts| {
            facts.orders.remove(0);
        });
    }

    #[test]
    fn an_order_that_nobody_sent_is_caught() {
        assert_caught("I1", "nobody sent it", |facts| {
            facts.requests.remove(0);
        });
    }

    #[test]
    fn two_orders_of_one_request_are_caught() {
        assert_caught("I1", "made 2 orders", |facts| {
            let mut twin = facts.orders[0].clone();
            twin.id = "twin".to_owned();
            facts.orders.push(twin);
        });
    }

    #[test]
    fn two_ids_told_for_one_request_are_caught() {
        assert_caught("I1", "told several orders", |facts| {
            facts.requests[0].answers.push(Answered::Accepted("other".to_owned()))
        });
    }

    #[test]
    fn an_order_with_other_lines_than_were_sent_is_caught() {
        assert_caught("I1", "asked for", |facts| facts.requests[0].lines[0].quantity += 1);
    }

    #[test]
    fn a_refused_request_that_exists_is_caught() {
        assert_caught("I1", "refused and exists", |facts| facts.requests[0].answers = vec![Answered::Refused(422)]);
    }

    #[test]
    fn a_request_of_unknown_fate_may_exist_or_not() {
        let mut facts = sound();
        facts.requests[0].answers = vec![Answered::Unknown("connection lost".to_owned())];
        assert_eq!(super::super::check(&facts), []);
        facts.requests.push(Request { reference: "lost".to_owned(), ..facts.requests[0].clone() });
        assert_eq!(super::super::check(&facts), []);
    }
}
