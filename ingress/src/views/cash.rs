//! Cash on delivery, as answers show it.

use schemas::{
    cash::{CashInstalment, CashStanding},
    documents::Order,
    ids::UserId,
    types::{Money, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{CashStandingDoc, MoneyDoc};

/// How far an order for cash is paid, as its customer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderCash)]
pub struct OrderCashView {
    /// The sums.
    #[serde(flatten)]
    pub sums: CashSums,
    /// What was paid, the instalment that was told first at the head.
    pub instalments: Vec<PaidInstalmentView>,
}

/// What is due for an order for cash, and what of it is paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct CashSums {
    /// How far it is paid.
    #[schema(value_type = CashStandingDoc)]
    state: CashStanding,
    /// What is to be paid in all: the total less what is credited; nothing for an order that is not sold.
    #[schema(value_type = MoneyDoc)]
    due: Money,
    /// What was paid.
    #[schema(value_type = MoneyDoc)]
    paid: Money,
    /// What is still to be paid.
    #[schema(value_type = MoneyDoc)]
    outstanding: Money,
    /// What is to be paid back.
    #[schema(value_type = MoneyDoc)]
    owed: Money,
    /// What was paid back.
    #[schema(value_type = MoneyDoc)]
    paid_back: Money,
}

/// One instalment, as the customer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaidInstalment)]
pub struct PaidInstalmentView {
    /// How much.
    #[schema(value_type = MoneyDoc)]
    amount: Money,
    /// When it was paid.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// The number of the receipt, or of the carrier's remittance.
    reference: String,
}

/// The cash of an order, as operators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CashAccount {
    /// The sums.
    #[serde(flatten)]
    pub sums: CashSums,
    /// What was told to be taken, in the order in which it was told.
    pub items: Vec<InstalmentView>,
}

/// One instalment, as operators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CashInstalment)]
pub struct InstalmentView {
    /// Its name.
    pub instalment_id: String,
    /// Whether it counts.
    pub state: InstalmentState,
    /// Why it was refused, such as `exceeds_due`; empty otherwise.
    pub code: String,
    /// How much.
    #[schema(value_type = MoneyDoc)]
    pub amount: Money,
    /// When it was taken.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Who took it.
    pub received_by: String,
    /// The number of the receipt, or of the carrier's remittance.
    pub reference: String,
    /// What else was said about it; the customer does not see it.
    pub note: String,
    /// The operator who told of it.
    #[schema(value_type = String, format = Uuid)]
    pub by: UserId,
    /// When they did.
    #[serde(serialize_with = "super::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// Whether an instalment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstalmentState {
    /// The orders worker has not decided yet.
    Asked,
    /// It does.
    Recorded,
    /// It does not.
    Refused,
}

impl CashSums {
    fn of(order: &Order) -> Self {
        Self {
            state: order.cash_standing(),
            due: order.cash_due(),
            paid: order.cash_received(),
            outstanding: order.cash_outstanding(),
            owed: order.cash_owed(),
            paid_back: order.cash_paid_out(),
        }
    }
}

impl OrderCashView {
    /// The cash of an order that is paid so.
    #[must_use]
    pub fn of(order: &Order) -> Option<Self> {
        let counted = order.cash.iter().filter(|instalment| instalment.counts());
        let instalments = counted.map(PaidInstalmentView::from).collect();
        order.is_cash().then(|| Self { sums: CashSums::of(order), instalments })
    }
}

impl CashAccount {
    /// The cash of an order.
    #[must_use]
    pub fn of(order: Order) -> Self {
        let sums = CashSums::of(&order);
        Self { sums, items: order.cash.into_iter().map(InstalmentView::from).collect() }
    }
}

impl From<&CashInstalment> for PaidInstalmentView {
    fn from(instalment: &CashInstalment) -> Self {
        let CashInstalment { amount, received_at, reference, .. } = instalment;
        Self { amount: *amount, received_at: *received_at, reference: reference.clone() }
    }
}

impl From<CashInstalment> for InstalmentView {
    fn from(instalment: CashInstalment) -> Self {
        let state = if instalment.counts() { InstalmentState::Recorded } else { InstalmentState::Refused };
        let CashInstalment { instalment_id, amount, received_at, received_by, reference, note, by, recorded_at, code } =
            instalment;
        Self { instalment_id, state, code, amount, received_at, received_by, reference, note, by, recorded_at }
    }
}
