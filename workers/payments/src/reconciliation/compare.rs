//! The comparison: a pure function of the three books.

use std::collections::{HashMap, HashSet};

use schemas::{
    ids::OrderId,
    reconciliation::{Difference, FindingKind, StatedAmount},
    types::GatewayName,
};

use super::{
    books::{Line, Ours, Period, Rules, Theirs, subject},
    payments, settlement,
};

/// What is wrong with a set of books, each difference once, and what was judged sound or wrong.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is wrong.
    pub differences: Vec<Difference>,
    /// Every subject about whose payment something can be said by now.
    pub judged_payments: HashSet<String>,
    /// Every subject about whose settlement something can be said by now.
    pub judged_lines: HashSet<String>,
}

impl Outcome {
    /// Whether a difference would have been found again if it were still there.
    #[must_use]
    pub fn covers(&self, difference: &Difference) -> bool {
        let judged = if difference.kind.is_of_settlement() { &self.judged_lines } else { &self.judged_payments };
        judged.contains(&difference.subject)
    }
}

/// Compares our books with the gateways' and with what they settled.
///
/// The books must be complete with respect to each other: whatever a gateway knows of our payments is among `theirs`,
/// whatever we know of theirs among `ours`, and whatever was settled for either among `settlements`. Only what moved within
/// `period` is missed in a settlement.
#[must_use]
pub fn reconcile(ours: &[Ours], theirs: &[Theirs], settlements: &[Line], period: Period, rules: &Rules) -> Outcome {
    let index = Index::new(ours);
    let mut outcome = Outcome::default();
    payments::compare(&index, theirs, rules, &mut outcome);
    settlement::compare(&index, theirs, settlements, period, rules, &mut outcome);
    outcome
}

/// Our payments by all their names.
pub(super) struct Index<'a> {
    pub(super) all: &'a [Ours],
    by_order: HashMap<OrderId, &'a Ours>,
    by_gateway_ref: HashMap<(GatewayName, &'a str), &'a Ours>,
}

impl<'a> Index<'a> {
    pub(super) fn new(all: &'a [Ours]) -> Self {
        let by_order = all.iter().map(|ours| (ours.payment.order_id, ours)).collect();
        let mut by_gateway_ref = HashMap::new();
        for ours in all {
            let payment = &ours.payment;
            for holding in payment.holdings().filter(|holding| !holding.gateway_ref.is_empty()) {
                by_gateway_ref.extend(holding.gateway.map(|at| ((at, holding.gateway_ref.as_str()), ours)));
            }
        }
        Self { all, by_order, by_gateway_ref }
    }

    /// The payment of ours that theirs belongs to: the one that knows its name, else the one of the order that it names.
    pub(super) fn of(&self, theirs: &Theirs) -> Option<&'a Ours> {
        let by_name = self.named(theirs.gateway, &theirs.seen.gateway_ref);
        by_name.or_else(|| {
            let ours = self.by_order.get(&theirs.order_id()?)?;
            ours.payment.is_at(theirs.gateway).then_some(*ours)
        })
    }

    /// The payment of ours that the gateway knows by this name.
    pub(super) fn named(&self, gateway: GatewayName, gateway_ref: &str) -> Option<&'a Ours> {
        self.by_gateway_ref.get(&(gateway, gateway_ref)).copied()
    }
}

/// A difference about a payment at a gateway.
pub(super) fn about(theirs: &Theirs, ours: Option<&Ours>, kind: FindingKind, detail: String) -> Difference {
    Difference {
        kind,
        subject: theirs.subject(),
        gateway: theirs.gateway,
        order_id: ours.map(|ours| ours.payment.order_id),
        gateway_ref: theirs.seen.gateway_ref.clone(),
        payment_ref: theirs.seen.payment_ref.clone(),
        expected: None,
        found: None,
        action: kind.action(),
        detail,
    }
}

/// A difference about something that a settlement names, or should.
pub(super) fn about_line(gateway: GatewayName, entity: &str, kind: FindingKind, detail: String) -> Difference {
    Difference {
        kind,
        subject: subject(gateway, entity),
        gateway,
        order_id: None,
        gateway_ref: String::new(),
        payment_ref: String::new(),
        expected: None,
        found: None,
        action: kind.action(),
        detail,
    }
}

/// An amount with its currency, as findings state it.
pub(super) fn stated(minor: i64, currency: &str) -> Option<StatedAmount> {
    Some(StatedAmount { minor, currency: currency.to_uppercase() })
}
