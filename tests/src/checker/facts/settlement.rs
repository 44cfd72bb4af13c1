//! What reconciliation made of a settlement file.

/// A settlement with mistakes that were planted, and those that were reported.
#[derive(Debug, Clone, Default)]
pub struct Settlement {
    /// What was done to the gateway's file.
    pub planted: Vec<Discrepancy>,
    /// What reconciliation found in it.
    pub reported: Vec<Discrepancy>,
}

/// One difference between a settlement and the books.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discrepancy {
    /// What is wrong, as reconciliation calls it: a line is missing, there twice, of another amount.
    pub kind: String,
    /// The gateway's name for the payment.
    pub payment: String,
}
