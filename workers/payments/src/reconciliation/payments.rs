//! Our payments against the gateways': of one payment at most one thing is said, the gravest.

use std::collections::{HashMap, HashSet};

use schemas::{
    payments::GatewayState,
    reconciliation::{Difference, FindingKind},
    types::{Currency, GatewayName, OrderStatus},
};

use super::{
    books::{Ours, Rules, Theirs, subject},
    compare::{Index, Outcome, about, stated},
};
use crate::holding::{Holding, Want};

/// Says what is wrong between our payments and theirs.
pub(super) fn compare(ours: &Index<'_>, theirs: &[Theirs], rules: &Rules, outcome: &mut Outcome) {
    let furthest = furthest_by_name(theirs);
    for payment in theirs {
        let known = ours.of(payment);
        if !rules.is_due(payment.at) || known.is_some_and(|ours| is_moving(ours, rules)) {
            continue;
        }
        outcome.judged_payments.insert(payment.subject());
        let is_furthest = furthest.get(&name_of(payment)).is_some_and(|best| std::ptr::eq(*best, payment));
        outcome.differences.extend(judge(known, payment, is_furthest));
    }
    let told: HashSet<(GatewayName, &str)> = theirs.iter().map(name_of).collect();
    for payment in ours.all {
        outcome.differences.extend(missed(payment, &told, rules, &mut outcome.judged_payments));
    }
}

/// Whether a call is under way that may be changing it: its answer will tell.
fn is_moving(ours: &Ours, rules: &Rules) -> bool {
    let payment = &ours.payment;
    let flights = payment.holdings().filter_map(|holding| holding.flight.as_ref());
    flights.into_iter().any(|flight| !rules.is_due(flight.asked_at))
}

fn name_of(theirs: &Theirs) -> (GatewayName, &str) {
    (theirs.gateway, theirs.seen.gateway_ref.as_str())
}

/// Of several attempts on one order at the gateway, the one that came furthest: a declined one is no news beside it.
fn furthest_by_name(theirs: &[Theirs]) -> HashMap<(GatewayName, &str), &Theirs> {
    let mut furthest: HashMap<(GatewayName, &str), &Theirs> = HashMap::new();
    for payment in theirs {
        let best = furthest.entry(name_of(payment)).or_insert(payment);
        if progress(payment.seen.state) > progress(best.seen.state) {
            *best = payment;
        }
    }
    furthest
}

const fn progress(state: GatewayState) -> u8 {
    match state {
        GatewayState::AwaitingCustomer => 0,
        GatewayState::Declined => 1,
        GatewayState::Voided => 2,
        GatewayState::Authorized => 3,
        GatewayState::Refunded => 4,
        GatewayState::Captured => 5,
    }
}

fn judge(ours: Option<&Ours>, theirs: &Theirs, is_furthest: bool) -> Option<Difference> {
    let Some(ours) = ours else { return orphan(theirs) };
    let payment = &ours.payment;
    let stray = payment.strays.iter().find(|stray| is_named(stray, theirs));
    let is_main = stray.is_none() && is_main(&payment.main, theirs);
    let holding = if is_main { Some(&payment.main) } else { stray };
    if theirs.held_minor() > 0
        && let Some(difference) = judge_held(ours, holding, theirs, is_main)
    {
        return Some(difference);
    }
    let hopes = is_main && payment.want() == Want::Money && !payment.paid;
    if is_unknown(hopes, holding, theirs, is_furthest) {
        return Some(lost_webhook(ours, holding, theirs));
    }
    let counted = holding.map_or(0, |holding| holding.captured_minor);
    (counted > theirs.seen.captured_minor).then(|| {
        let detail = "our books have more captured than the gateway".to_owned();
        amounts(ours, theirs, FindingKind::AmountMismatch, counted, theirs.seen.captured_minor, detail)
    })
}

/// What may be wrong with money that the gateway holds or has given us.
fn judge_held(ours: &Ours, holding: Option<&Holding>, theirs: &Theirs, is_main: bool) -> Option<Difference> {
    let (payment, seen) = (&ours.payment, &theirs.seen);
    let captured = seen.captured_minor > 0;
    let found = if captured { seen.captured_minor } else { seen.amount_minor };
    let expected = payment.amount;
    if Currency::parse(&seen.currency) != Some(expected.currency) {
        let detail = format!("asked for {}, paid in {}", expected.currency.code(), seen.currency.to_uppercase());
        return Some(amounts(ours, theirs, FindingKind::CurrencyMismatch, expected.minor, found, detail));
    }
    if captured && !is_main && payment.main.captured_minor > 0 {
        let detail = format!("the order is paid by {}", payment.main.payment_ref);
        return Some(amounts(ours, theirs, FindingKind::DuplicateCapture, 0, theirs.held_minor(), detail));
    }
    let disputed = holding.map_or(0, |holding| holding.disputed_minor);
    if captured && theirs.held_minor() > disputed && ours.order.is_some_and(ended_without_goods) {
        let status = ours.order.map_or("gone", OrderStatus::as_str);
        let detail = format!("the order is {status}, its money is not back");
        return Some(amounts(ours, theirs, FindingKind::CapturedForEndedOrder, 0, theirs.held_minor(), detail));
    }
    let amiss = is_main && (seen.amount_minor != expected.minor || (captured && seen.captured_minor != expected.minor));
    // An authorisation of another amount is refused as soon as it is known, and falls back by itself.
    (amiss && (captured || holding.is_none_or(|known| known.payment_ref.is_empty()))).then(|| {
        let detail = "paid another amount than the order costs".to_owned();
        amounts(ours, theirs, FindingKind::AmountMismatch, expected.minor, found, detail)
    })
}

/// Whether an order ended so that nobody gets goods for its money.
const fn ended_without_goods(status: OrderStatus) -> bool {
    matches!(
        status,
        OrderStatus::Rejected
            | OrderStatus::Expired
            | OrderStatus::PaymentFailed
            | OrderStatus::Cancelled
            | OrderStatus::Refunded
    )
}

/// Whether our books lack what the gateway says, and hearing it would move them.
fn is_unknown(hopes: bool, holding: Option<&Holding>, theirs: &Theirs, is_furthest: bool) -> bool {
    let seen = &theirs.seen;
    let Some(holding) = holding else { return theirs.held_minor() > 0 };
    match seen.state {
        GatewayState::Captured | GatewayState::Refunded => {
            holding.captured_minor < seen.captured_minor || holding.refunded_minor != seen.refunded_minor
        }
        // To void means at one gateway to leave an authorisation alone: one that we know by name is no news.
        GatewayState::Authorized => {
            holding.payment_ref.is_empty() || (hopes && holding.known != Some(GatewayState::Authorized))
        }
        GatewayState::Declined => hopes && is_furthest && holding.known == Some(GatewayState::AwaitingCustomer),
        GatewayState::Voided => hopes && holding.known != Some(GatewayState::Voided),
        GatewayState::AwaitingCustomer => false,
    }
}

fn lost_webhook(ours: &Ours, holding: Option<&Holding>, theirs: &Theirs) -> Difference {
    let known = holding.and_then(|holding| holding.known).map_or("nothing", state_name);
    let detail = format!("the gateway says {}, our books say {known}", state_name(theirs.seen.state));
    let held = holding.map_or(0, Holding::held_minor);
    let taken = theirs.seen.captured_minor - theirs.seen.refunded_minor;
    amounts(ours, theirs, FindingKind::LostWebhook, held, taken, detail)
}

const fn state_name(state: GatewayState) -> &'static str {
    match state {
        GatewayState::AwaitingCustomer => "awaiting customer",
        GatewayState::Authorized => "authorized",
        GatewayState::Captured => "captured",
        GatewayState::Declined => "declined",
        GatewayState::Voided => "voided",
        GatewayState::Refunded => "refunded",
    }
}

fn orphan(theirs: &Theirs) -> Option<Difference> {
    (theirs.held_minor() > 0).then(|| {
        let named = &theirs.seen.order_ref;
        let of = if named.is_empty() { "it names no order".to_owned() } else { format!("it names {named:?}") };
        let mut found = about(theirs, None, FindingKind::Orphan, format!("no payment of ours; {of}"));
        found.found = stated(theirs.held_minor(), &theirs.seen.currency);
        found
    })
}

/// A payment of ours that the gateway should know, and does not.
fn missed(
    ours: &Ours,
    told: &HashSet<(GatewayName, &str)>,
    rules: &Rules,
    judged: &mut HashSet<String>,
) -> Option<Difference> {
    let target = asked_about(ours, rules)?;
    let (payment, gateway) = (&ours.payment, target.gateway?);
    let name = if target.payment_ref.is_empty() { &target.gateway_ref } else { &target.payment_ref };
    judged.insert(subject(gateway, name));
    if told.contains(&(gateway, target.gateway_ref.as_str())) {
        return None;
    }
    let kind = FindingKind::UnknownToGateway;
    Some(Difference {
        kind,
        subject: subject(gateway, name),
        gateway,
        order_id: Some(payment.order_id),
        gateway_ref: target.gateway_ref.clone(),
        payment_ref: target.payment_ref.clone(),
        expected: stated(target.held_minor(), payment.amount.currency.code()),
        found: None,
        action: kind.action(),
        detail: "the gateway knows no such payment".to_owned(),
    })
}

/// The payment of ours that the gateway must know of: money we count on, or something that is still to come to an end.
pub(super) fn asked_about<'a>(ours: &'a Ours, rules: &Rules) -> Option<&'a Holding> {
    let payment = &ours.payment;
    let main = &payment.main;
    let matters = main.captured_minor > 0 || !payment.is_at_rest();
    let due = rules.is_due(ours.at()) && !is_moving(ours, rules);
    let asked = rules.asked.is_none_or(|gateway| main.gateway == Some(gateway));
    (main.gateway.is_some() && asked && !main.gateway_ref.is_empty() && matters && due).then_some(main)
}

/// An order at the gateway that nobody has paid names no money: it is the main payment's all the same.
fn is_main(main: &Holding, theirs: &Theirs) -> bool {
    let unpaid = theirs.seen.payment_ref.is_empty() && main.gateway_ref == theirs.seen.gateway_ref;
    main.gateway == Some(theirs.gateway) && (main.gateway_ref.is_empty() || unpaid || is_named(main, theirs))
}

fn is_named(holding: &Holding, theirs: &Theirs) -> bool {
    holding.gateway == Some(theirs.gateway) && holding.is_named(&theirs.seen.gateway_ref, &theirs.seen.payment_ref)
}

fn amounts(ours: &Ours, theirs: &Theirs, kind: FindingKind, expected: i64, found: i64, detail: String) -> Difference {
    let mut difference = about(theirs, Some(ours), kind, detail);
    difference.expected = stated(expected, ours.payment.amount.currency.code());
    difference.found = stated(found, &theirs.seen.currency);
    difference
}
