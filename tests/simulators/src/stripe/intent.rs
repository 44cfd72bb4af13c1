//! The life of one PaymentIntent. Pure: no clock, no chance, no I/O.
//!
//! Rules from the API reference (PaymentIntents: confirm, capture, cancel; Refunds: create). At every moment
//! `0 <= refunded <= captured <= amount`, and money is captured at most once.

use crate::ledger::Labels;
use serde::Serialize;
use std::sync::Arc;

/// When authorised money is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMethod {
    /// By a later call.
    Manual,
    /// With the authorisation.
    Automatic,
    /// With the authorisation, the default of the present API.
    AutomaticAsync,
}

/// Where an intent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has tried to pay, or the last try was declined.
    RequiresPaymentMethod,
    /// A card is attached; the customer has not confirmed.
    RequiresConfirmation,
    /// The bank is thinking.
    Processing,
    /// Authorised, waiting for a capture.
    RequiresCapture,
    /// Captured.
    Succeeded,
    /// Given up; any authorisation is released.
    Canceled,
}

impl Status {
    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::Processing => "processing",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// Why a bank declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decline {
    /// No reason given.
    Generic,
    /// Not enough money.
    InsufficientFunds,
}

/// What the bank says to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    Declined(Decline),
    /// The answer comes later, by [`Intent::settle`].
    Pending,
}

/// What was agreed when the intent was created; it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `pi_…`
    pub id: String,
    /// What the customer's browser shows to act on this intent alone.
    pub client_secret: String,
    /// Minor units.
    pub amount: i64,
    /// Lower-case ISO 4217.
    pub currency: String,
    /// When the money is taken.
    pub capture_method: CaptureMethod,
    /// The shop's labels.
    pub metadata: Labels,
    /// Free text.
    pub description: Option<String>,
    /// `card` and the like.
    pub payment_method_types: Vec<String>,
    /// Unix seconds.
    pub created: i64,
}

/// One intent. Cloning takes a snapshot cheaply: the terms are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// What was agreed.
    pub terms: Arc<Terms>,
    /// Where it stands.
    pub status: Status,
    /// The card, once there is one.
    pub payment_method: Option<Arc<str>>,
    /// The latest charge, successful or not.
    pub charge: Option<Arc<str>>,
    /// Why the last try failed, while that is the last word.
    pub last_decline: Option<Decline>,
    /// Minor units taken.
    pub captured: i64,
    /// Minor units given back.
    pub refunded: i64,
    /// When and why it was given up.
    pub canceled: Option<Cancellation>,
}

/// When and why an intent was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Unix seconds.
    pub at: i64,
    /// As the caller put it.
    pub reason: Option<Arc<str>>,
}

/// What happened to an intent, for the events and the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The bank took the question.
    Submitted,
    /// The money is promised.
    Authorized,
    /// This much was taken.
    Captured(i64),
    /// The bank declined.
    Declined(Decline),
    /// The intent was given up.
    Canceled,
    /// This much was given back.
    Refunded(i64),
}

/// Why a call was refused; the intent is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The intent's status does not allow the call.
    UnexpectedState,
    /// More than is authorised.
    CaptureTooLarge,
    /// Not a positive amount.
    AmountNotPositive,
    /// Nothing was captured.
    NothingToRefund,
    /// All of it was given back before.
    AlreadyRefunded,
    /// More than is left of what was captured.
    RefundTooLarge,
}

impl Intent {
    /// A fresh intent, with or without a card.
    pub fn new(terms: Terms, payment_method: Option<Arc<str>>) -> Self {
        let status = match payment_method {
            Some(_) => Status::RequiresConfirmation,
            None => Status::RequiresPaymentMethod,
        };
        Self {
            terms: Arc::new(terms),
            status,
            payment_method,
            charge: None,
            last_decline: None,
            captured: 0,
            refunded: 0,
            canceled: None,
        }
    }

    /// Whether the customer may pay now.
    pub fn awaits_payment(&self) -> bool {
        matches!(self.status, Status::RequiresPaymentMethod | Status::RequiresConfirmation)
    }

    /// Minor units that a capture may take.
    pub fn capturable(&self) -> i64 {
        if self.status == Status::RequiresCapture { self.terms.amount } else { 0 }
    }

    /// Minor units that the bank has promised, whether taken since or not.
    pub fn authorized(&self) -> i64 {
        if matches!(self.status, Status::RequiresCapture | Status::Succeeded) { self.terms.amount } else { 0 }
    }

    /// The customer pays with `card`; the bank answers `verdict` on the charge of this id.
    ///
    /// # Errors
    /// [`Refusal::UnexpectedState`] unless a payment is awaited.
    pub fn confirm(&mut self, card: Arc<str>, charge: Arc<str>, verdict: Verdict) -> Result<Change, Refusal> {
        if !self.awaits_payment() {
            return Err(Refusal::UnexpectedState);
        }
        self.payment_method = Some(card);
        self.charge = Some(charge);
        Ok(self.judge(verdict))
    }

    /// The bank answers at last.
    ///
    /// # Errors
    /// [`Refusal::UnexpectedState`] unless the bank was thinking.
    pub fn settle(&mut self, verdict: Verdict) -> Result<Change, Refusal> {
        if self.status != Status::Processing {
            return Err(Refusal::UnexpectedState);
        }
        Ok(self.judge(verdict))
    }

    fn judge(&mut self, verdict: Verdict) -> Change {
        self.last_decline = None;
        match (verdict, self.terms.capture_method) {
            (Verdict::Pending, _) => {
                self.status = Status::Processing;
                Change::Submitted
            }
            (Verdict::Declined(decline), _) => {
                self.status = Status::RequiresPaymentMethod;
                self.payment_method = None;
                self.last_decline = Some(decline);
                Change::Declined(decline)
            }
            (Verdict::Approved, CaptureMethod::Manual) => {
                self.status = Status::RequiresCapture;
                Change::Authorized
            }
            (Verdict::Approved, _) => self.take(self.terms.amount),
        }
    }

    /// The shop takes `amount`, or all of it; what it leaves is released.
    ///
    /// # Errors
    /// Unless the intent awaits a capture of at least that much.
    pub fn capture(&mut self, amount: Option<i64>) -> Result<Change, Refusal> {
        if self.status != Status::RequiresCapture {
            return Err(Refusal::UnexpectedState);
        }
        match amount.unwrap_or(self.terms.amount) {
            ..=0 => Err(Refusal::AmountNotPositive),
            more if more > self.terms.amount => Err(Refusal::CaptureTooLarge),
            amount => Ok(self.take(amount)),
        }
    }

    fn take(&mut self, amount: i64) -> Change {
        self.status = Status::Succeeded;
        self.captured = amount;
        Change::Captured(amount)
    }

    /// The shop gives the intent up; an authorisation is released.
    ///
    /// # Errors
    /// [`Refusal::UnexpectedState`] once it succeeded, was given up before, or while the bank is thinking.
    pub fn cancel(&mut self, at: i64, reason: Option<Arc<str>>) -> Result<Change, Refusal> {
        if !self.awaits_payment() && self.status != Status::RequiresCapture {
            return Err(Refusal::UnexpectedState);
        }
        self.status = Status::Canceled;
        self.canceled = Some(Cancellation { at, reason });
        Ok(Change::Canceled)
    }

    /// The shop gives `amount` back, or all that is left.
    ///
    /// # Errors
    /// Unless at least that much of what was captured is left.
    pub fn refund(&mut self, amount: Option<i64>) -> Result<Change, Refusal> {
        if self.captured == 0 {
            return Err(Refusal::NothingToRefund);
        }
        let left = self.captured - self.refunded;
        if left == 0 {
            return Err(Refusal::AlreadyRefunded);
        }
        match amount.unwrap_or(left) {
            ..=0 => Err(Refusal::AmountNotPositive),
            more if more > left => Err(Refusal::RefundTooLarge),
            amount => {
                self.refunded += amount;
                Ok(Change::Refunded(amount))
            }
        }
    }
}
