//! The money ledger: what a step made of a payment, as double entries.
//!
//! What is booked is the difference between what was known before and after, so the entries of a payment always add up to
//! what is known of it, whatever the message was that taught it.

use schemas::{
    ids::OrderId,
    ledger::{Account, LEDGER, LedgerEntry, Occasion},
    types::{GatewayName, Money, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::{
    engine::{Index, Row, RowKey},
    id::MessageId,
    message::Delivery,
};

use crate::{handler::Out, holding::Holding, payment::Payment};

/// The balances of any date are read from the first index alone, an order's entries by the second.
pub const INDEXES: [Index; 2] = [
    Index {
        collection: LEDGER,
        keys: &[
            ("row.at", 1),
            ("row.debit", 1),
            ("row.credit", 1),
            ("row.amount.currency", 1),
            ("row.amount.minor", 1),
        ],
        unique: false,
    },
    Index { collection: LEDGER, keys: &[("row.order_id", 1), ("row.at", 1), ("_id", 1)], unique: false },
];

/// What this worker keeps beside its payments: an entry of the ledger, written once, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entry(pub LedgerEntry);

impl Row for Entry {
    fn key(&self) -> RowKey {
        RowKey { collection: LEDGER, id: self.0.entry_id.clone() }
    }
}

/// What is to be booked: everything of an entry but its name and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The gateway that holds the money.
    pub gateway: GatewayName,
    /// The gateway's name for the money.
    pub payment_ref: String,
    /// What happened.
    pub occasion: Occasion,
    /// How much, in minor units; more than zero.
    pub minor: i64,
}

/// Books what this message made of the payment. The entries are named by the message, so its repetition books nothing
/// twice.
pub fn book<M>(before: Option<&Payment>, after: &Payment, delivery: &Delivery<M>, out: &mut Out<'_>) {
    for (nth, posting) in postings(before, after).into_iter().enumerate() {
        out.save(Entry(posting.entry(&Booked {
            order_id: after.order_id,
            currency_of: after.amount,
            cause: delivery.id,
            nth,
            at: delivery.at,
        })));
    }
}

/// What a step is to be booked as.
#[must_use]
pub fn postings(before: Option<&Payment>, after: &Payment) -> Vec<Posting> {
    let known = |after: &Holding| {
        let mut holdings = before.into_iter().flat_map(Payment::holdings);
        let same = |holding: &Holding| holding.gateway == after.gateway && holding.payment_ref == after.payment_ref;
        holdings.find(|holding| holding.captured_minor > 0 && same(holding))
    };
    after.holdings().flat_map(|holding| moved(known(holding), holding)).collect()
}

fn moved(before: Option<&Holding>, after: &Holding) -> Vec<Posting> {
    let Some(gateway) = after.gateway else { return Vec::new() };
    let (captured, refunded) = before.map_or((0, 0), |before| (before.captured_minor, before.refunded_minor));
    let changes = [
        (Occasion::Captured, after.captured_minor.saturating_sub(captured)),
        (Occasion::Refunded, after.refunded_minor.saturating_sub(refunded)),
        (Occasion::RefundFailed, refunded.saturating_sub(after.refunded_minor)),
    ];
    let posting = |(occasion, minor)| Posting { gateway, payment_ref: after.payment_ref.clone(), occasion, minor };
    changes.into_iter().filter(|(_, minor)| *minor > 0).map(posting).collect()
}

/// Where, when and by what a posting is booked.
struct Booked {
    order_id: OrderId,
    currency_of: Money,
    cause: MessageId,
    nth: usize,
    at: Timestamp,
}

impl Posting {
    fn entry(self, booked: &Booked) -> LedgerEntry {
        let (debit, credit) = sides(self.occasion, self.gateway);
        LedgerEntry {
            entry_id: format!("{}:{}", booked.cause, booked.nth),
            order_id: booked.order_id,
            payment_ref: self.payment_ref,
            occasion: self.occasion,
            debit,
            credit,
            amount: Money { minor: self.minor, ..booked.currency_of },
            at: booked.at,
        }
    }
}

/// The account that receives and the one that gives.
const fn sides(occasion: Occasion, gateway: GatewayName) -> (Account, Account) {
    let clearing = Account::clearing(gateway);
    match occasion {
        Occasion::Captured | Occasion::RefundFailed => (clearing, Account::Customers),
        Occasion::Refunded => (Account::Customers, clearing),
    }
}
