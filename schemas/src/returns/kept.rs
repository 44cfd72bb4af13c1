//! A return as its order keeps it, and as it stands in the list of all returns.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
use shared::engine::{Row, RowKey};

use super::ReturnReason;
use crate::{
    documents::Order,
    ids::{OrderId, Sku, UserId},
    types::{Money, Timestamp},
};

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
