//! Invoices that name the wrong buyer: which may be replaced, and what came of it.
//!
//! A replaced invoice is a cancelled document: its number stays its own, its replacement has the next one of the series, and
//! each cites the other. An invoice is void only together with its replacement, so that at any time one is in force, and
//! invoices less credit notes are what was paid.

use serde::{Deserialize, Serialize};

use crate::{
    documents::{Invoice, Order},
    gstin::state_code,
    ids::UserId,
    types::{Address, OrderStatus, Timestamp},
};

/// The most replacements of an order's invoice.
const MOST: usize = 20;

/// Why an invoice is void, and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Since when.
    pub at: Timestamp,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// The replacement that made it void.
    pub replacement_id: String,
    /// The number of the invoice that stands for it.
    pub replaced_by: String,
}

/// One replacement of an order's invoice, as the order keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceReplacement {
    /// Names it.
    pub replacement_id: String,
    /// The invoice that is to be void.
    pub invoice_number: String,
    /// The right buyer.
    pub address: Address,
    /// The right GSTIN; empty for a buyer who is not registered.
    pub buyer_gstin: String,
    /// Why, in the words of whoever decided it.
    pub reason: String,
    /// Who did.
    pub by: UserId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// How far it has come.
    pub state: ReplacementState,
    /// Why it was refused, as a stable code; empty otherwise.
    pub code: String,
    /// The number of the invoice that stands for the void one; empty until it is made.
    pub number: String,
}

/// How far a replacement has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacementState {
    /// The invoicing worker was told.
    Asked,
    /// The invoice is void, and another stands for it.
    Made,
    /// The invoice stays in force.
    Refused,
}

impl ReplacementState {
    /// The name as answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Made => "made",
            Self::Refused => "refused",
        }
    }
}

/// Why an invoice cannot be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Irreplaceable {
    /// It is not the invoice in force, or there is none.
    #[error("the order has no such invoice in force")]
    NotInForce,
    /// Another replacement comes first.
    #[error("a replacement of this invoice is under way")]
    UnderWay,
    /// A credit note cites it, or is about to.
    #[error("a credit note cites the invoice: what is wrong is credited, not replaced")]
    Credited,
    /// All of it is taken back.
    #[error("the order is withdrawn, and its invoice is taken back")]
    Withdrawn,
    /// The return of its month has it.
    #[error("the invoice is of an earlier month, whose return has it")]
    MonthOver,
    /// The tax would be another.
    #[error("the place of supply must stay: it decides whose tax is on the invoice")]
    AnotherState,
    /// Nobody needs so many.
    #[error("the order's invoice was replaced {MOST} times, the most there may be")]
    TooOften,
}

impl Irreplaceable {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotInForce => "not_in_force",
            Self::UnderWay => "under_way",
            Self::Credited => "credited",
            Self::Withdrawn => "withdrawn",
            Self::MonthOver => "month_over",
            Self::AnotherState => "another_state",
            Self::TooOften => "too_often",
        }
    }
}

impl Order {
    /// Whether a replacement is under way: nothing is credited meanwhile.
    #[must_use]
    pub fn awaits_replacement(&self) -> bool {
        self.replacements.iter().any(|replacement| replacement.state == ReplacementState::Asked)
    }

    /// Whether this invoice of the order may be replaced as far as the order knows; the rest says the invoice.
    ///
    /// # Errors
    /// [`Irreplaceable`].
    pub fn may_replace_invoice(&self, number: &str) -> Result<(), Irreplaceable> {
        use OrderStatus as S;
        if matches!(self.status, S::Cancelling | S::Cancelled | S::Refunded) {
            return Err(Irreplaceable::Withdrawn);
        }
        if self.invoice.as_ref().is_none_or(|invoice| invoice.number != number) {
            return Err(Irreplaceable::NotInForce);
        }
        if self.awaits_replacement() {
            return Err(Irreplaceable::UnderWay);
        }
        if !self.credits.is_empty() || !self.to_credit.is_empty() || self.credit_note.is_some() {
            return Err(Irreplaceable::Credited);
        }
        if self.replacements.iter().filter(|earlier| earlier.state == ReplacementState::Made).count() >= MOST {
            return Err(Irreplaceable::TooOften);
        }
        Ok(())
    }
}

impl Invoice {
    /// Whether it may be replaced at this time by one for this buyer: in its own month, whose return is not made yet (CGST Act,
    /// section 37), and so in its financial year and series; and for the same place of supply, which decides whose tax is on
    /// it. A buyer is registered in that state or not at all.
    ///
    /// # Errors
    /// [`Irreplaceable`].
    pub fn may_be_replaced(&self, at: Timestamp, address: &Address, gstin: &str) -> Result<(), Irreplaceable> {
        let month = |at: Timestamp| (at.date_in_india().year(), at.date_in_india().month());
        if self.void.is_some() {
            return Err(Irreplaceable::NotInForce);
        }
        if month(self.issued_at) != month(at) {
            return Err(Irreplaceable::MonthOver);
        }
        let state = &self.address.state_code;
        if address.state_code != *state || !(gstin.is_empty() || state_code(gstin) == state) {
            return Err(Irreplaceable::AnotherState);
        }
        Ok(())
    }
}
