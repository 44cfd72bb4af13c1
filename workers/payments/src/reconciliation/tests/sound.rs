//! Books that agree.

use std::time::Duration;

use proptest::prelude::*;
use schemas::{
    ids::OrderId,
    payments::{GatewayPayment, GatewayState},
    reconciliation::FindingKind,
    types::{GatewayName, Money, OrderStatus, Timestamp},
};
use shared::id::Uuid;

use super::super::{
    books::{Line, LineKind, Ours, Period, Refund, Rules, Theirs},
    compare::{Outcome, reconcile},
};
use crate::{Holding, payment::Payment};

/// How a sale ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Paid,
    /// Cancelled after it was paid.
    Refunded,
    /// Nobody paid, and the order expired.
    Voided,
    Declined,
    /// The customer may still pay.
    Open,
}

/// One sale in all three books.
#[derive(Debug, Clone)]
pub struct Sale {
    pub fate: Fate,
    pub ours: Ours,
    pub theirs: Vec<Theirs>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone)]
pub struct Books {
    pub sales: Vec<Sale>,
    pub rules: Rules,
}

const DAY: i64 = 86_400_000;
const AS_OF: i64 = 20_000 * DAY;

pub fn books() -> impl Strategy<Value = Books> {
    let gateway = prop_oneof![Just(GatewayName::Stripe), Just(GatewayName::Razorpay)];
    let fate = prop_oneof![
        4 => Just(Fate::Paid), 2 => Just(Fate::Refunded), 1 => Just(Fate::Voided), 1 => Just(Fate::Declined),
        1 => Just(Fate::Open),
    ];
    let sale = (gateway, fate, 100i64..10_000_000);
    proptest::collection::vec(sale, 1..20).prop_map(|sales| {
        let numbered = sales.into_iter().enumerate();
        Books::of(numbered.map(|(number, (gateway, fate, amount))| Sale::new(gateway, fate, amount, number)).collect())
    })
}

/// A line that adds up, with a fee of two per cent on what came in.
pub fn line(gateway: GatewayName, entity: &str, gross_minor: i64, id: &str) -> Line {
    let fee_minor = gross_minor.max(0) / 50;
    Line {
        id: id.to_owned(),
        gateway,
        kind: if gross_minor < 0 { LineKind::Refund } else { LineKind::Capture },
        entity: entity.to_owned(),
        gateway_ref: String::new(),
        payment_ref: String::new(),
        gross_minor,
        fee_minor,
        tax_minor: fee_minor * 18 / 118,
        net_minor: gross_minor - fee_minor,
        currency: "INR".to_owned(),
        source: id.to_owned(),
        told: false,
    }
}

impl Books {
    pub fn of(sales: Vec<Sale>) -> Self {
        let rules = Rules {
            as_of: Timestamp::from_millis(AS_OF),
            grace: Duration::from_secs(3600),
            settled_within: Some(Duration::from_secs(2 * 86_400)),
            asked: None,
        };
        Self { sales, rules }
    }

    pub fn reconcile(&self) -> Outcome {
        let ours: Vec<Ours> = self.sales.iter().map(|sale| sale.ours.clone()).collect();
        let theirs: Vec<Theirs> = self.sales.iter().flat_map(|sale| sale.theirs.clone()).collect();
        let lines: Vec<Line> = self.sales.iter().flat_map(|sale| sale.lines.clone()).collect();
        let period = Period { from: Timestamp::from_millis(0), to: self.rules.as_of };
        reconcile(&ours, &theirs, &lines, period, &self.rules)
    }

    /// What is wrong, with what.
    pub fn found(&self) -> Vec<(FindingKind, String)> {
        self.reconcile().differences.into_iter().map(|found| (found.kind, found.subject)).collect()
    }

    pub fn kinds(&self) -> Vec<FindingKind> {
        self.found().into_iter().map(|(kind, _)| kind).collect()
    }

    /// As if all of it had happened a moment ago.
    pub fn rejuvenate(&mut self) {
        let oldest = self.sales.iter().map(|sale| sale.ours.at()).min();
        self.rules.as_of = oldest.unwrap_or(self.rules.as_of).plus(Duration::from_secs(60));
    }
}

impl Sale {
    /// A sale a week old; the numbers tell them apart.
    pub fn new(gateway: GatewayName, fate: Fate, amount: i64, number: usize) -> Self {
        let placed = AS_OF - 7 * DAY;
        let order_id = OrderId::from_uuid(order_at(placed, number));
        let theirs = theirs(gateway, fate, amount, order_id, number, Timestamp::from_millis(placed));
        let lines = lines(&theirs);
        let ours = ours(fate, amount, order_id, &theirs);
        Self { fate, ours, theirs: vec![theirs], lines }
    }
}

fn order_at(millis: i64, number: usize) -> Uuid {
    let time = u128::from(millis.unsigned_abs()) << 80;
    Uuid::from_u128(time | (7 << 76) | (0b10 << 62) | number as u128)
}

fn theirs(gateway: GatewayName, fate: Fate, amount: i64, order_id: OrderId, number: usize, at: Timestamp) -> Theirs {
    let (state, captured, refunded) = match fate {
        Fate::Paid => (GatewayState::Captured, amount, 0),
        Fate::Refunded => (GatewayState::Refunded, amount, amount),
        Fate::Voided => (GatewayState::Voided, 0, 0),
        Fate::Declined => (GatewayState::Declined, 0, 0),
        Fate::Open => (GatewayState::AwaitingCustomer, 0, 0),
    };
    let (gateway_ref, payment_ref, charge) = match gateway {
        GatewayName::Stripe => (format!("pi_{number}"), format!("pi_{number}"), format!("ch_{number}")),
        GatewayName::Razorpay => (format!("order_{number}"), format!("pay_{number}"), format!("pay_{number}")),
    };
    let refund = Refund { id: format!("re_{gateway:?}_{number}"), amount_minor: amount, at, failed: false };
    let seen = GatewayPayment {
        gateway_ref,
        payment_ref: if fate == Fate::Open { String::new() } else { payment_ref },
        order_ref: order_id.to_string(),
        state,
        amount_minor: amount,
        captured_minor: captured,
        refunded_minor: refunded,
        currency: if gateway == GatewayName::Stripe { "inr".to_owned() } else { "INR".to_owned() },
        failure_code: String::new(),
        client_secret: String::new(),
    };
    let charge = if captured > 0 { charge } else { String::new() };
    Theirs { gateway, seen, charge, at, refunds: (refunded > 0).then_some(refund).into_iter().collect() }
}

fn lines(theirs: &Theirs) -> Vec<Line> {
    let captured = (!theirs.charge.is_empty())
        .then(|| line(theirs.gateway, &theirs.charge, theirs.seen.captured_minor, &format!("txn_{}", theirs.charge)));
    let refunds = theirs
        .refunds
        .iter()
        .map(|refund| line(theirs.gateway, &refund.id, -refund.amount_minor, &format!("txn_{}", refund.id)));
    captured.into_iter().chain(refunds).collect()
}

fn ours(fate: Fate, amount: i64, order_id: OrderId, theirs: &Theirs) -> Ours {
    let mut payment = Payment::new(order_id, Holding::new(Some(theirs.gateway), 1), Money::inr(amount));
    payment.main.learn(&theirs.seen);
    payment.paid = matches!(fate, Fate::Paid | Fate::Refunded);
    payment.cancel_requested = matches!(fate, Fate::Refunded | Fate::Voided);
    payment.main.known = Some(theirs.seen.state);
    payment.status = payment.standing();
    let order = match fate {
        Fate::Paid => OrderStatus::Confirmed,
        Fate::Refunded => OrderStatus::Refunded,
        Fate::Voided => OrderStatus::Expired,
        Fate::Declined | Fate::Open => OrderStatus::AwaitingPayment,
    };
    Ours { payment, order: Some(order) }
}
