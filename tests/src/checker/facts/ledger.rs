//! What the shop has booked.

use schemas::ledger::{Account, Occasion};

/// One double entry of the money ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Its name.
    pub entry_id: String,
    /// The order whose money it is.
    pub order_id: String,
    /// The gateway's name for the money; for cash, what it is written down as.
    pub payment_id: String,
    /// What happened.
    pub occasion: Occasion,
    /// The account that receives.
    pub debit: Account,
    /// The account that gives.
    pub credit: Account,
    /// How much.
    pub amount: i64,
}

impl Booked {
    /// Whether it moved in cash.
    #[must_use]
    pub const fn is_cash(&self) -> bool {
        matches!(self.occasion, Occasion::CashReceived | Occasion::CashPaidOut)
    }
}
