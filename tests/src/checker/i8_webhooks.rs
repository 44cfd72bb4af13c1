//! I8: what a gateway tells counts once, is safe before it is answered, and is believed only from the gateway.

use std::collections::BTreeMap;

use schemas::types::OrderStatus;

use super::{Facts, Forgery, GatewayEvent, GatewayPayment, Order, Report};

/// Events that mean nothing to the shop: taken, and left alone.
const IGNORED: [(&str, &str); 2] = [("stripe", "payment_intent.created"), ("stripe", "payment_intent.processing")];

pub(super) fn check(facts: &Facts, report: &mut Report) {
    report.looked_at("events", facts.events.len());
    report.looked_at("posts", facts.events.iter().map(|event| event.posts.len()).sum());
    facts.events.iter().for_each(|event| check_event(event, report));
    report.looked_at("forgeries", facts.forgeries.iter().filter(|forgery| forgery.status.is_some()).count());
    facts.forgeries.iter().for_each(|forgery| check_forgery(forgery, report));
    check_late_money(facts, report);
}

fn check_event(event: &GatewayEvent, report: &mut Report) {
    let GatewayEvent { source, id, kind, posts, recorded, effects } = event;
    report.require(*effects <= 1, id, || format!("{kind} of {source} had {effects} effects"));
    let taken = posts.iter().filter(|post| post.status.is_some_and(|status| (200..300).contains(&status)));
    let Some(first) = taken.map(|post| post.answered_at_ms).min() else { return };
    if IGNORED.contains(&(source, kind)) {
        return;
    }
    match recorded.iter().min() {
        None => report.add(id, format!("{kind} of {source} was answered 2xx and is in no inbox")),
        Some(at) => report.require(*at <= first, id, || {
            format!("{kind} of {source} was answered 2xx {} ms before it was safe", at - first)
        }),
    }
}

fn check_forgery(forgery: &Forgery, report: &mut Report) {
    let Forgery { source, id, fault, status, recorded } = forgery;
    let believed = status.is_some_and(|status| status < 400);
    report.require(!believed, id, || format!("a webhook of {source} with {fault} was answered {status:?}"));
    report.require(*recorded == 0, id, || format!("a webhook of {source} with {fault} came into an inbox"));
}

/// Money promised for an order that ended without it goes back, and no parcel was ever asked for.
fn check_late_money(facts: &Facts, report: &mut Report) {
    let ended_unpaid = |order: &&Order| order.status.is_terminal() && !order.was_sold();
    let unpaid: BTreeMap<&str, &Order> =
        facts.orders.iter().filter(ended_unpaid).map(|order| (order.id.as_str(), order)).collect();
    let late: Vec<(&Order, &GatewayPayment)> = facts
        .payments
        .iter()
        .filter(|payment| payment.authorized > 0 || payment.captured > 0)
        .filter_map(|payment| Some((*unpaid.get(payment.order_id.as_deref()?)?, payment)))
        .collect();
    report.looked_at("late authorizations", late.len());
    for (order, payment) in late {
        let (captured, refunded) = (payment.captured, payment.refunded);
        report.require(captured == refunded, &order.id, || {
            let status = OrderStatus::as_str(order.status);
            format!("{status}, and of {captured} that came too late {refunded} went back")
        });
        let parcel = facts.parcels.iter().find(|parcel| parcel.reference == order.id);
        report.require(parcel.is_none(), &order.id, || format!("paid too late, and there is {parcel:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        WebhookPost, check,
        sample::{LATE, assert_caught, sound},
    };

    #[test]
    fn an_event_that_counts_twice_is_caught() {
        assert_caught("I8", "payment.captured of razorpay had 2 effects", |facts| facts.events[0].effects = 2);
    }

    #[test]
    fn an_event_that_is_answered_and_forgotten_is_caught() {
        assert_caught("I8", "is in no inbox", |facts| facts.events[0].recorded.clear());
    }

    #[test]
    fn an_event_that_is_answered_before_it_is_safe_is_caught() {
        assert_caught("I8", "7 ms before it was safe", |facts| {
            facts.events[0].recorded = vec![facts.events[0].posts[0].answered_at_ms + 7];
        });
    }

    #[test]
    fn an_event_that_was_never_taken_may_be_in_no_inbox() {
        let mut facts = sound();
        facts.events[0].recorded.clear();
        facts.events[0].posts = [Some(503), None].map(|status| WebhookPost { answered_at_ms: 5, status }).to_vec();
        assert_eq!(check(&facts), []);
    }

    #[test]
    fn an_event_that_means_nothing_may_be_in_no_inbox() {
        let mut facts = sound();
        let event = &mut facts.events[0];
        event.recorded.clear();
        (event.source, event.kind) = ("stripe".to_owned(), "payment_intent.created".to_owned());
        assert_eq!(check(&facts), []);
    }

    #[test]
    fn a_forgery_that_is_believed_is_caught() {
        assert_caught("I8", "with another secret was answered Some(200)", |facts| {
            facts.forgeries[0].status = Some(200);
        });
    }

    #[test]
    fn a_forgery_that_comes_through_behind_a_refusal_is_caught() {
        assert_caught("I8", "came into an inbox", |facts| facts.forgeries[0].recorded = 1);
    }

    #[test]
    fn late_money_that_stays_is_caught() {
        assert_caught("I8", "that came too late 0 went back", |facts| {
            let late = facts.orders[LATE].id.clone();
            let payment = facts.payments.iter_mut().find(|payment| payment.order_id.as_ref() == Some(&late)).unwrap();
            payment.refunded = 0;
        });
    }

    #[test]
    fn a_parcel_for_late_money_is_caught() {
        assert_caught("I8", "paid too late, and there is", |facts| {
            let mut parcel = facts.parcels[0].clone();
            parcel.reference.clone_from(&facts.orders[LATE].id);
            facts.parcels.push(parcel);
        });
    }
}
