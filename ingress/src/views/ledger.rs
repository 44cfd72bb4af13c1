//! The money ledger, as answers show it.

use std::collections::BTreeMap;

use schemas::{
    ids::OrderId,
    ledger::{Account, LedgerEntry, Occasion, Sides, Turnover, balances},
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AccountDoc, MoneyDoc, OccasionDoc};

/// One account and what was booked on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BalanceView {
    /// Its name.
    #[schema(value_type = AccountDoc)]
    pub account: Account,
    /// The ISO 4217 code.
    pub currency: &'static str,
    /// All debits, in minor units.
    pub debit_minor: i64,
    /// All credits, in minor units.
    pub credit_minor: i64,
    /// Debits less credits, in minor units.
    pub balance_minor: i64,
}

/// A trial balance: the balances of all accounts come to zero.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialBalance {
    /// What was booked before this moment counts.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The accounts that were booked on.
    pub accounts: Vec<BalanceView>,
}

/// One double entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    /// Its name.
    entry_id: String,
    /// What happened.
    #[schema(value_type = OccasionDoc)]
    occasion: Occasion,
    /// The account that receives.
    #[schema(value_type = AccountDoc)]
    debit: Account,
    /// The account that gives.
    #[schema(value_type = AccountDoc)]
    credit: Account,
    /// How much.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// The gateway's name for the money.
    payment_ref: String,
    /// When it was booked.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// What was booked for an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderLedger {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// The entries, the oldest first.
    entries: Vec<EntryView>,
    /// What they come to.
    accounts: Vec<BalanceView>,
}

impl OrderLedger {
    /// The ledger of an order.
    #[must_use]
    pub fn of(order_id: OrderId, entries: Vec<LedgerEntry>) -> Self {
        let accounts = account_views(balances(entries.iter().map(Turnover::from)));
        Self { order_id, entries: entries.into_iter().map(EntryView::from).collect(), accounts }
    }
}

/// The accounts as answers show them.
#[must_use]
pub fn account_views(balances: BTreeMap<(Account, &'static str), Sides>) -> Vec<BalanceView> {
    let view = |((account, currency), sides): ((Account, &'static str), Sides)| BalanceView {
        account,
        currency,
        debit_minor: sides.debit_minor,
        credit_minor: sides.credit_minor,
        balance_minor: sides.balance_minor(),
    };
    balances.into_iter().map(view).collect()
}

impl From<LedgerEntry> for EntryView {
    fn from(entry: LedgerEntry) -> Self {
        let LedgerEntry { entry_id, payment_ref, occasion, debit, credit, amount, at, .. } = entry;
        Self { entry_id, occasion, debit, credit, amount, payment_ref, at }
    }
}
