//! Returns: goods that a customer sends back. What was asked for, how far it has come, what may still be asked for, and what
//! the goods that came back are paid back at.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::{
    body,
    engine::{Row, RowKey},
};

use crate::{
    documents::Order,
    ids::{OrderId, Sku, UserId},
    refunds::{OrderRefund, RefundState, RefundedLine},
    types::{Money, OrderStatus, Timestamp},
};

/// A customer wants to send units of a delivered order back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct RequestReturn {
    /// The order.
    pub order_id: OrderId,
    /// Names this return: asked for once, however often it is told.
    pub return_id: String,
    /// What is to come back. Each part once.
    pub lines: Vec<ReturnedUnits>,
    /// Why.
    pub reason: ReturnReason,
    /// What else the customer says; may be empty.
    pub comment: String,
    /// When the customer asked.
    pub asked_at: Timestamp,
}

/// Units of a part that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReturnedUnits {
    /// The part.
    pub sku: Sku,
    /// How many units; at least 1.
    pub quantity: i32,
}

/// The customer keeps the goods after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct WithdrawReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
}

/// Somebody of the shop has decided about a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct DecideReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
    /// What was decided.
    pub decision: ReturnDecision,
    /// Why, in the words of whoever decided; may be empty.
    pub reason: String,
    /// Who decided: the account of an admin.
    pub admin_id: UserId,
}

/// The goods of a return came, all or some of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReceiveReturn {
    /// The order.
    pub order_id: OrderId,
    /// The return.
    pub return_id: String,
    /// What came. Each part once, none of which nothing came.
    pub lines: Vec<ReceivedUnits>,
    /// What else is to be said about the goods; may be empty.
    pub note: String,
    /// Who received them: the account of an admin.
    pub admin_id: UserId,
}

/// Units of a part that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReceivedUnits {
    /// The part.
    pub sku: Sku,
    /// How many can be sold again.
    pub restock: i32,
    /// How many cannot.
    pub write_off: i32,
}

/// Why goods come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ReturnReason {
    Damaged,
    Defective,
    WrongPart,
    DoesNotFit,
    NotAsDescribed,
    NotNeeded,
}

impl ReturnReason {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Defective => "defective",
            Self::WrongPart => "wrong_part",
            Self::DoesNotFit => "does_not_fit",
            Self::NotAsDescribed => "not_as_described",
            Self::NotNeeded => "not_needed",
        }
    }
}

/// What the shop says to a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ReturnDecision {
    Approve,
    Refuse,
}

/// How far a return has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ReturnState {
    Requested,
    Approved,
    Refused,
    Withdrawn,
    Lapsed,
    Received,
    Refunded,
    NotRefunded,
}

impl ReturnState {
    /// Every legal move, from and to. A return that the shop's rules do not allow is refused from the start.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Requested, Self::Approved),
        (Self::Requested, Self::Refused),
        (Self::Requested, Self::Withdrawn),
        (Self::Approved, Self::Received),
        (Self::Approved, Self::Withdrawn),
        (Self::Approved, Self::Lapsed),
        (Self::Lapsed, Self::Received), // late, but there
        (Self::Received, Self::Refunded),
        (Self::Received, Self::NotRefunded),
        // A gateway that said no has done it all the same, or it turned out that cash had been paid.
        (Self::NotRefunded, Self::Refunded),
    ];

    /// Whether somebody has still to do something about it.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Received)
    }

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::Received => "received",
            Self::Refunded => "refunded",
            Self::NotRefunded => "not_refunded",
        }
    }
}

/// One return, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReturn {
    /// Names it; its refund has the same name.
    pub return_id: String,
    /// What is to come back, and what of it came.
    pub lines: Vec<ReturnLine>,
    /// Why.
    pub reason: ReturnReason,
    /// What else the customer says; may be empty.
    pub comment: String,
    /// When the customer asked.
    pub asked_at: Timestamp,
    /// How far it has come.
    pub state: ReturnState,
    /// Every state it was in, with the time.
    pub history: Vec<ReturnStep>,
    /// Why it was refused by the rules, or not refunded, as a stable code; empty otherwise.
    pub code: String,
    /// What the shop last said about it; may be empty.
    pub note: String,
    /// Who of the shop did.
    pub by: Option<UserId>,
    /// Until when the goods must come, once it is approved.
    pub goods_due_at: Option<Timestamp>,
    /// What the goods that came are paid back at.
    pub refund: Money,
}

/// A part that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ReturnLine {
    /// The part.
    pub sku: Sku,
    /// How many units were asked for.
    pub quantity: i32,
    /// How many came and can be sold again.
    pub restocked: i32,
    /// How many came and cannot.
    pub written_off: i32,
}

impl ReturnLine {
    /// How many units came.
    #[must_use]
    pub const fn received(&self) -> i32 {
        self.restocked.saturating_add(self.written_off)
    }
}

/// One state of a return's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnStep {
    /// The state it came to.
    pub state: ReturnState,
    /// When.
    pub at: Timestamp,
}

/// A return as the list of all returns has it, in the collection [`ListedReturn::COLLECTION`]: written by the orders worker
/// alone, together with the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedReturn {
    /// Where it stands in the list: open ones first, the oldest of them first; then the others, the youngest first.
    pub place: String,
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The return.
    #[serde(flatten)]
    pub content: OrderReturn,
}

impl ListedReturn {
    /// Where the documents are.
    pub const COLLECTION: &'static str = "returns";

    /// The places between which the open returns stand, the others, or all.
    #[must_use]
    pub const fn places(open: Option<bool>) -> (&'static str, &'static str) {
        match open {
            Some(true) => ("0/", "1/"),
            Some(false) => ("1/", "2/"),
            None => ("0/", "2/"),
        }
    }

    /// An order's return in the list.
    #[must_use]
    pub fn of(order: &Order, content: &OrderReturn) -> Self {
        let (order_id, user_id) = (order.order_id, order.user_id);
        Self { place: place(content), order_id, user_id, content: content.clone() }
    }
}

fn place(content: &OrderReturn) -> String {
    let (asked_at, id) = (content.asked_at.as_millis(), &content.return_id);
    match content.state.is_open() {
        true => format!("0/{asked_at:019}/{id}"),
        false => format!("1/{:019}/{id}", i64::MAX - asked_at.max(0)),
    }
}

impl Row for ListedReturn {
    fn key(&self) -> RowKey {
        RowKey { collection: Self::COLLECTION, id: self.content.return_id.clone() }
    }
}

/// The most returns of an order, those that came to nothing among them.
const MOST_RETURNS: usize = 50;

/// Why goods cannot come back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreturnable {
    /// The customer does not have them.
    #[error("the order is not delivered")]
    NotDelivered,
    /// It is too late.
    #[error("goods of this order could be returned until {until}")]
    WindowOver {
        /// When it became so.
        until: Timestamp,
    },
    /// The order was asked to take goods back too many times.
    #[error("an order has at most {MOST_RETURNS} returns")]
    TooMany,
    /// The shop does not take it back.
    #[error("{0} is not taken back")]
    NonReturnable(Sku),
    /// There is no such part.
    #[error("there is no {0} to return")]
    UnknownPart(Sku),
    /// More units than are left of the part, or none.
    #[error("of {sku}, 1 to {left} units can be returned")]
    UnitsOutOfRange {
        /// The part.
        sku: Sku,
        /// How many are left.
        left: i32,
    },
    /// No part, or one twice.
    #[error("give at least one part, each once")]
    Unclear,
}

impl Unreturnable {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotDelivered => "not_delivered",
            Self::WindowOver { .. } => "return_window_over",
            Self::TooMany => "too_many_returns",
            Self::NonReturnable(_) => "non_returnable",
            Self::UnknownPart(_) => "unknown_part",
            Self::UnitsOutOfRange { .. } => "units_out_of_range",
            Self::Unclear => "unclear",
        }
    }
}

impl Order {
    /// Whether a return can be asked for.
    ///
    /// # Errors
    /// [`Unreturnable`].
    pub fn check_return(&self, lines: &[ReturnedUnits], asked_at: Timestamp) -> Result<(), Unreturnable> {
        if self.status != OrderStatus::Delivered {
            return Err(Unreturnable::NotDelivered);
        }
        if let Some(until) = self.returnable_until.filter(|until| *until < asked_at) {
            return Err(Unreturnable::WindowOver { until });
        }
        if self.returns.len() >= MOST_RETURNS {
            return Err(Unreturnable::TooMany);
        }
        each_once(lines.iter().map(|line| &line.sku))?;
        lines.iter().try_for_each(|units| self.check_units(units))
    }

    fn check_units(&self, ReturnedUnits { sku, quantity }: &ReturnedUnits) -> Result<(), Unreturnable> {
        let line = self.lines.iter().find(|line| line.sku == *sku);
        let line = line.ok_or_else(|| Unreturnable::UnknownPart(sku.clone()))?;
        if line.non_returnable {
            return Err(Unreturnable::NonReturnable(sku.clone()));
        }
        in_range(sku, *quantity, self.units_left(sku, ""))
    }

    /// Whether these units can have come with this return: no more than it was asked for, and than are left of the order.
    ///
    /// # Errors
    /// [`Unreturnable`].
    pub fn check_receipt(&self, of: &OrderReturn, lines: &[ReceivedUnits]) -> Result<(), Unreturnable> {
        each_once(lines.iter().map(|line| &line.sku))?;
        lines.iter().try_for_each(|ReceivedUnits { sku, restock, write_off }| {
            let asked = of.lines.iter().find(|line| line.sku == *sku);
            let asked = asked.ok_or_else(|| Unreturnable::UnknownPart(sku.clone()))?;
            let left = asked.quantity.min(self.units_left(sku, &of.return_id));
            // A part of which less than nothing came is as wrong as too much of it.
            let units = if *restock < 0 || *write_off < 0 { -1 } else { restock.saturating_add(*write_off) };
            in_range(sku, units, left)
        })
    }

    /// How many units of a part the customer has and neither was paid back for nor asked to return, but by this return.
    #[must_use]
    pub fn units_left(&self, sku: &Sku, besides: &str) -> i32 {
        let bought = self.lines.iter().filter(|line| line.sku == *sku).map(|line| line.quantity);
        let is_return = |refund: &&OrderRefund| self.returns.iter().any(|of| of.return_id == refund.refund_id);
        let refunds = self.refunds.iter().filter(|refund| refund.state != RefundState::Refused && !is_return(refund));
        let refunded =
            refunds.flat_map(|refund| &refund.lines).filter(|line| line.sku == *sku).map(|line| line.quantity);
        let returns = self.returns.iter().filter(|of| of.return_id != besides);
        let returned = returns.flat_map(|of| of.lines.iter().map(|line| (of.state, line)));
        let returned = returned.filter(|(_, line)| line.sku == *sku).map(|(state, line)| units_of(state, line));
        sum(bought).saturating_sub(sum(refunded)).saturating_sub(sum(returned))
    }

    /// What units that came back are paid back at: what they were sold for, and together no more than is still there of
    /// what the customer paid.
    #[must_use]
    pub fn price_returned(&self, units: &[ReturnedUnits]) -> Vec<RefundedLine> {
        let mut left = self.kept_minor();
        let priced = units.iter().filter_map(|ReturnedUnits { sku, quantity }| {
            let amount = self.price_of_units(sku, *quantity)?;
            let amount = Money { minor: amount.minor.min(left), ..amount };
            left -= amount.minor;
            Some(RefundedLine { sku: sku.clone(), quantity: *quantity, amount })
        });
        priced.collect()
    }

    /// What is still there of what the customer paid a gateway; of what is to be paid in cash, what is due, paid or not.
    fn kept_minor(&self) -> i64 {
        if self.is_cash() { self.cash_due().minor } else { self.refundable().minor }
    }

    /// Until when the goods of an approved return must come; the first of several.
    #[must_use]
    pub fn goods_due_at(&self) -> Option<Timestamp> {
        let awaited = self.returns.iter().filter(|of| of.state == ReturnState::Approved);
        awaited.filter_map(|of| of.goods_due_at).min()
    }
}

/// How many units of the order a return takes up.
fn units_of(state: ReturnState, line: &ReturnLine) -> i32 {
    match state {
        ReturnState::Requested | ReturnState::Approved => line.quantity,
        ReturnState::Received | ReturnState::Refunded | ReturnState::NotRefunded => line.received(),
        ReturnState::Refused | ReturnState::Withdrawn | ReturnState::Lapsed => 0,
    }
}

fn sum(units: impl Iterator<Item = i32>) -> i32 {
    units.fold(0, i32::saturating_add)
}

fn in_range(sku: &Sku, units: i32, left: i32) -> Result<(), Unreturnable> {
    if (1..=left).contains(&units) { Ok(()) } else { Err(Unreturnable::UnitsOutOfRange { sku: sku.clone(), left }) }
}

fn each_once<'a>(skus: impl Iterator<Item = &'a Sku>) -> Result<(), Unreturnable> {
    let skus: Vec<_> = skus.collect();
    let twice = skus.iter().enumerate().any(|(place, sku)| skus[..place].contains(sku));
    if skus.is_empty() || twice { Err(Unreturnable::Unclear) } else { Ok(()) }
}

body!(RequestReturn: "../avro/RequestReturn.v1.avsc");
body!(WithdrawReturn: "../avro/WithdrawReturn.v1.avsc");
body!(DecideReturn: "../avro/DecideReturn.v1.avsc");
body!(ReceiveReturn: "../avro/ReceiveReturn.v1.avsc");

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(state: ReturnState, asked_at: i64) -> String {
        place(&OrderReturn {
            return_id: "r".to_owned(),
            lines: Vec::new(),
            reason: ReturnReason::Damaged,
            comment: String::new(),
            asked_at: Timestamp::from_millis(asked_at),
            state,
            history: Vec::new(),
            code: String::new(),
            note: String::new(),
            by: None,
            goods_due_at: None,
            refund: Money::inr(0),
        })
    }

    #[test]
    fn open_returns_stand_first_in_the_list_and_the_youngest_of_the_others_behind_them() {
        use ReturnState as S;
        let inorder =
            [(S::Requested, 5), (S::Approved, 70), (S::Received, 1_000), (S::Refunded, 900), (S::Refused, 80)];
        let places: Vec<_> = inorder.into_iter().map(|(state, at)| listed(state, at)).collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn something_follows_every_open_state() {
        for (from, _) in ReturnState::MOVES {
            assert!(from.is_open() || matches!(from, ReturnState::Lapsed | ReturnState::NotRefunded), "{from:?}");
        }
        for state in [ReturnState::Requested, ReturnState::Approved, ReturnState::Received] {
            assert!(ReturnState::MOVES.iter().any(|(from, _)| *from == state), "{state:?}");
        }
    }
}
