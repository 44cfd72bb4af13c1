//! The money ledger: double entries that the payments worker writes and the ingress reads. Append-only: what was booked
//! stays, and what was wrong is booked back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ids::OrderId,
    types::{Currency, GatewayName, Money, Timestamp},
};

/// The collection of the entries. Each stands under `row`.
pub const LEDGER: &str = "money_ledger";

/// Where money is, or where it came from. Debits add to the assets and expenses, credits to what is owed to customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What Stripe has of ours.
    StripeClearing,
    /// What Razorpay has of ours.
    RazorpayClearing,
    /// What customers have paid and not got back, to be set off against their invoices. In credit.
    Customers,
    /// What gateways have taken for disputes and may give back.
    Disputes,
    /// What was lost to customers who disputed a payment.
    DisputeLosses,
    /// What gateways keep for their work.
    GatewayFees,
    /// The tax on that, to be set off against the shop's own.
    GstOnFees,
    /// What gateways have paid out.
    Bank,
    /// What was taken in cash and not paid out again, wherever it is: with a carrier, in the till, or taken to the bank.
    Cash,
}

impl Account {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::StripeClearing,
        Self::RazorpayClearing,
        Self::Customers,
        Self::Disputes,
        Self::DisputeLosses,
        Self::GatewayFees,
        Self::GstOnFees,
        Self::Bank,
        Self::Cash,
    ];

    /// The account of what a gateway has of ours.
    #[must_use]
    pub const fn clearing(gateway: GatewayName) -> Self {
        match gateway {
            GatewayName::Stripe => Self::StripeClearing,
            GatewayName::Razorpay => Self::RazorpayClearing,
        }
    }

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StripeClearing => "stripe_clearing",
            Self::RazorpayClearing => "razorpay_clearing",
            Self::Customers => "customers",
            Self::Disputes => "disputes",
            Self::DisputeLosses => "dispute_losses",
            Self::GatewayFees => "gateway_fees",
            Self::GstOnFees => "gst_on_fees",
            Self::Bank => "bank",
            Self::Cash => "cash",
        }
    }
}

/// What happened to the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A gateway took it from the customer.
    Captured,
    /// A gateway gave it back.
    Refunded,
    /// A refund that was booked came to nothing: the money is here again.
    RefundFailed,
    /// A gateway took it for a dispute.
    DisputeWithdrawn,
    /// A gateway gave back what it had taken for a dispute.
    DisputeReinstated,
    /// A dispute is lost, and what was taken for it.
    DisputeLost,
    /// A dispute that was lost is not after all.
    DisputeRecovered,
    /// A gateway charged for a dispute.
    DisputeCharged,
    /// A gateway gave back what it had charged for a dispute.
    DisputeChargeReturned,
    /// A gateway paid it out.
    Settled,
    /// A gateway took it off what it paid out.
    SettlementDeducted,
    /// A gateway kept it as its fee.
    FeeKept,
    /// A gateway gave back what it had kept.
    FeeReturned,
    /// The tax on a fee that was kept.
    FeeTaxKept,
    /// The tax on a fee that was given back.
    FeeTaxReturned,
    /// It was taken from the customer in cash.
    CashReceived,
    /// It was taken in cash, and paid out to the customer.
    CashPaidOut,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Captured,
        Self::Refunded,
        Self::RefundFailed,
        Self::DisputeWithdrawn,
        Self::DisputeReinstated,
        Self::DisputeLost,
        Self::DisputeRecovered,
        Self::DisputeCharged,
        Self::DisputeChargeReturned,
        Self::Settled,
        Self::SettlementDeducted,
        Self::FeeKept,
        Self::FeeReturned,
        Self::FeeTaxKept,
        Self::FeeTaxReturned,
        Self::CashReceived,
        Self::CashPaidOut,
    ];

    /// The account that receives and the one that gives, where the money itself is on this account: a gateway's clearing
    /// account, or cash.
    #[must_use]
    pub const fn sides(self, money: Account) -> (Account, Account) {
        match self {
            Self::Captured | Self::RefundFailed | Self::CashReceived => (money, Account::Customers),
            Self::Refunded | Self::CashPaidOut => (Account::Customers, money),
            Self::DisputeWithdrawn => (Account::Disputes, money),
            Self::DisputeReinstated => (money, Account::Disputes),
            Self::DisputeLost => (Account::DisputeLosses, Account::Disputes),
            Self::DisputeRecovered => (Account::Disputes, Account::DisputeLosses),
            Self::DisputeCharged | Self::FeeKept => (Account::GatewayFees, money),
            Self::DisputeChargeReturned | Self::FeeReturned => (money, Account::GatewayFees),
            Self::Settled => (Account::Bank, money),
            Self::SettlementDeducted => (money, Account::Bank),
            Self::FeeTaxKept => (Account::GstOnFees, money),
            Self::FeeTaxReturned => (money, Account::GstOnFees),
        }
    }

    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::DisputeWithdrawn => "dispute_withdrawn",
            Self::DisputeReinstated => "dispute_reinstated",
            Self::DisputeLost => "dispute_lost",
            Self::DisputeRecovered => "dispute_recovered",
            Self::DisputeCharged => "dispute_charged",
            Self::DisputeChargeReturned => "dispute_charge_returned",
            Self::Settled => "settled",
            Self::SettlementDeducted => "settlement_deducted",
            Self::FeeKept => "fee_kept",
            Self::FeeReturned => "fee_returned",
            Self::FeeTaxKept => "fee_tax_kept",
            Self::FeeTaxReturned => "fee_tax_returned",
            Self::CashReceived => "cash_received",
            Self::CashPaidOut => "cash_paid_out",
        }
    }
}

/// One double entry: the amount on the debit side of one account and on the credit side of another, so that the books
/// always balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Names the entry for ever: what is booked again under it is the same entry.
    pub entry_id: String,
    /// The order whose money it is.
    pub order_id: OrderId,
    /// The gateway's name for the money; for cash, what it is written down as.
    pub payment_ref: String,
    /// What happened.
    pub occasion: Occasion,
    /// The account that receives.
    pub debit: Account,
    /// The account that gives.
    pub credit: Account,
    /// How much; more than zero.
    pub amount: Money,
    /// When it was booked.
    pub at: Timestamp,
}

/// What entries between the same two accounts come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnover {
    /// The account that received.
    pub debit: Account,
    /// The account that gave.
    pub credit: Account,
    /// The currency.
    pub currency: Currency,
    /// How much, in minor units.
    pub minor: i64,
}

/// The two sides of an account, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// All that was booked on the left.
    pub debit_minor: i64,
    /// All that was booked on the right.
    pub credit_minor: i64,
}

impl Sides {
    /// Debits less credits.
    #[must_use]
    pub const fn balance_minor(self) -> i64 {
        self.debit_minor.saturating_sub(self.credit_minor)
    }
}

/// The trial balance: both sides of every account that was booked on. The debits of all accounts equal the credits.
#[must_use]
pub fn balances(turnovers: impl IntoIterator<Item = Turnover>) -> BTreeMap<(Account, &'static str), Sides> {
    let mut balances: BTreeMap<(Account, &'static str), Sides> = BTreeMap::new();
    for Turnover { debit, credit, currency, minor } in turnovers {
        let left = balances.entry((debit, currency.code())).or_default();
        left.debit_minor = left.debit_minor.saturating_add(minor);
        let right = balances.entry((credit, currency.code())).or_default();
        right.credit_minor = right.credit_minor.saturating_add(minor);
    }
    balances
}

impl From<&LedgerEntry> for Turnover {
    fn from(entry: &LedgerEntry) -> Self {
        let Money { minor, currency } = entry.amount;
        Self { debit: entry.debit, credit: entry.credit, currency, minor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turnover(debit: Account, credit: Account, minor: i64) -> Turnover {
        Turnover { debit, credit, currency: Currency::INR, minor }
    }

    #[test]
    fn the_sides_of_all_accounts_are_equal_whatever_was_booked() {
        let booked = [
            turnover(Account::StripeClearing, Account::Customers, 318_200),
            turnover(Account::RazorpayClearing, Account::Customers, 100),
            turnover(Account::Customers, Account::StripeClearing, 200),
        ];
        let balances = balances(booked);
        let stripe = balances[&(Account::StripeClearing, "INR")];
        assert_eq!((stripe.debit_minor, stripe.credit_minor, stripe.balance_minor()), (318_200, 200, 318_000));
        assert_eq!(balances[&(Account::Customers, "INR")].balance_minor(), -318_100);
        assert_eq!(balances.values().map(|sides| sides.balance_minor()).sum::<i64>(), 0);
    }

    #[test]
    fn accounts_are_stored_under_the_names_that_answers_have() {
        for account in Account::ALL {
            assert_eq!(serde_json::to_value(account).unwrap(), account.as_str());
        }
        for occasion in Occasion::ALL {
            assert_eq!(serde_json::to_value(occasion).unwrap(), occasion.as_str());
        }
    }
}
