//! The three books that are compared: ours, the gateways', and what the gateways settled.

use std::time::Duration;

use schemas::{
    ids::OrderId,
    payments::{GatewayPayment, GatewayState},
    types::{GatewayName, OrderStatus, Timestamp},
};
use serde::{Deserialize, Serialize};

use crate::{effect::Target, payment::Payment};

/// Our payment of one order, and where the order stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Ours {
    /// The payment.
    pub payment: Payment,
    /// Where its order stands; `None` if there is no such order.
    pub order: Option<OrderStatus>,
}

/// One payment as its gateway has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// The gateway.
    pub gateway: GatewayName,
    /// The payment.
    pub seen: GatewayPayment,
    /// What settlements name the capture by: `ch_…`, `pay_…`; empty before there is one.
    pub charge: String,
    /// When the customer paid, or, before they have, when the payment was made.
    pub at: Timestamp,
    /// What went back.
    pub refunds: Vec<Refund>,
}

/// One refund at a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The gateway's name for it: `re_…`, `rfnd_…`.
    pub id: String,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// When.
    pub at: Timestamp,
    /// Whether the money came back: then it need not be in a settlement, but may.
    pub failed: bool,
}

/// What a settlement line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Money taken from a customer.
    Capture,
    /// Money given back.
    Refund,
    /// Money taken for a dispute, or given back.
    Dispute,
    /// Pay-outs and fees: nothing that an order of ours moves.
    Other,
}

/// One line of what a gateway settled, in the collection [`Line::COLLECTION`]. What flows out is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Follows from the line, so that a line that is read again is the same line.
    #[serde(rename = "_id")]
    pub id: String,
    /// The gateway.
    pub gateway: GatewayName,
    /// What it is for.
    pub kind: LineKind,
    /// The gateway's name for what it is for: `ch_…`, `re_…`, `pay_…`, `rfnd_…`; of a dispute `dp_…`, `disp_…`.
    pub entity: String,
    /// The payment that the entity belongs to, as far as the line says.
    pub gateway_ref: String,
    /// The same for the money.
    pub payment_ref: String,
    /// The amount before fees, in minor units.
    pub gross_minor: i64,
    /// What the gateway keeps, its tax included.
    pub fee_minor: i64,
    /// The tax in that.
    #[serde(default)]
    pub tax_minor: i64,
    /// What it settles.
    pub net_minor: i64,
    /// ISO 4217, in upper case.
    pub currency: String,
    /// Where the line stands: a file and a line number, or the gateway's name for it.
    pub source: String,
    /// Whether the payments worker was told of it.
    #[serde(default, skip_serializing)]
    pub told: bool,
}

/// A stretch of time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// What must be known to judge: how late it is and how long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// When the books were read.
    pub as_of: Timestamp,
    /// How long a payment may be under way before our books must agree with the gateway's.
    pub grace: Duration,
    /// How long a gateway may take to settle; `None` where it is not known what was settled, so that nothing is missed.
    pub settled_within: Option<Duration>,
    /// The gateway that is asked; `None` if all are. An order may have been tried at several.
    pub asked: Option<GatewayName>,
}

impl Ours {
    /// When the order was placed: its id begins with the time.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        placed_at(self.payment.order_id)
    }
}

impl Theirs {
    /// The gateway's names for it.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { gateway_ref: self.seen.gateway_ref.clone(), payment_ref: self.seen.payment_ref.clone() }
    }

    /// The order that it says it pays for.
    #[must_use]
    pub fn order_id(&self) -> Option<OrderId> {
        self.seen.order_ref.parse().ok()
    }

    /// What the gateway holds for us or has given us of it, in minor units.
    #[must_use]
    pub fn held_minor(&self) -> i64 {
        match self.seen.state {
            GatewayState::Authorized => self.seen.amount_minor,
            _ => self.seen.captured_minor - self.seen.refunded_minor,
        }
    }

    /// How findings name it.
    #[must_use]
    pub fn subject(&self) -> String {
        let name = if self.seen.payment_ref.is_empty() { &self.seen.gateway_ref } else { &self.seen.payment_ref };
        subject(self.gateway, name)
    }
}

impl Period {
    /// Whether this moment is in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to.since(self.from)
    }

    /// Its parts, none longer than `length`, oldest first.
    pub fn parts(self, length: Duration) -> impl Iterator<Item = Self> {
        let mut from = self.from;
        std::iter::from_fn(move || {
            let to = from.plus(length.max(Duration::from_secs(1))).min(self.to);
            let part = (from < to).then_some(Self { from, to });
            from = to;
            part
        })
    }
}

impl Rules {
    /// Whether what happened then must be known everywhere by now.
    #[must_use]
    pub fn is_due(&self, at: Timestamp) -> bool {
        at.plus(self.grace) <= self.as_of
    }

    /// Whether what moved then must be settled by now.
    #[must_use]
    pub fn is_settled(&self, at: Timestamp) -> bool {
        self.settled_within.is_some_and(|within| at.plus(within.max(self.grace)) <= self.as_of)
    }
}

impl LineKind {
    /// Whether it is for money that a payment of ours moved: in exactly one line each.
    #[must_use]
    pub const fn is_of_movement(self) -> bool {
        matches!(self, Self::Capture | Self::Refund)
    }
}

/// How findings name something at a gateway.
#[must_use]
pub fn subject(gateway: GatewayName, name: &str) -> String {
    format!("{}/{name}", gateway.as_str())
}

/// When an order was placed: its id begins with the time.
#[must_use]
pub fn placed_at(order: OrderId) -> Timestamp {
    let (seconds, nanos) = order.as_uuid().get_timestamp().map_or((0, 0), |time| time.to_unix());
    let millis = i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000);
    Timestamp::from_millis(millis.saturating_add(i64::from(nanos / 1_000_000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_period_make_it_up() {
        let moment = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let period = Period { from: moment(10), to: moment(35) };
        let parts: Vec<Period> = period.parts(Duration::from_secs(10)).collect();
        let ends: Vec<(i64, i64)> = parts.iter().map(|part| (part.from.as_millis(), part.to.as_millis())).collect();
        assert_eq!(ends, [(10_000, 20_000), (20_000, 30_000), (30_000, 35_000)]);
        assert_eq!(Period { from: moment(5), to: moment(5) }.parts(Duration::ZERO).count(), 0);
    }

    #[test]
    fn an_order_tells_when_it_was_placed() {
        let before = Timestamp::now();
        let placed = placed_at(OrderId::generate());
        assert!(before <= placed && placed <= Timestamp::now());
    }
}
