//! Cash that came in for an order, or was paid out of it. No gateway has anything to do with it: it is kept to be booked once,
//! and as a last guard that no more goes out than came in. Whether it counts, the process manager has decided.

use schemas::{
    cash::{BookCash, CashMovement},
    ledger::{Account, Occasion},
};
use serde::{Deserialize, Serialize};
use shared::engine::Refusal;

use crate::{ledger::Posting, payment::Payment};

/// Cash that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashMoved {
    /// Names it, together with its way.
    pub cash_id: String,
    /// Which way it went.
    pub movement: CashMovement,
    /// How much, in minor units.
    pub minor: i64,
    /// What it is written down as.
    pub reference: String,
}

/// Takes in cash that moved. A repetition changes nothing.
///
/// # Errors
/// [`Refusal`] for an amount that is not positive or of another currency, and for more than is there.
pub fn book(state: Option<Payment>, command: &BookCash) -> Result<Payment, Refusal> {
    let mut payment = state.unwrap_or_else(|| Payment::at_no_gateway(command.order_id, command.amount.zero()));
    let BookCash { cash_id, movement, amount, reference, .. } = command.clone();
    if payment.cash.iter().any(|known| known.cash_id == cash_id && known.movement == movement) {
        return Ok(payment);
    }
    if amount.minor <= 0 || amount.currency != payment.amount.currency {
        return Err(Refusal::new("amount_not_positive", format!("asked to book {amount} in cash")));
    }
    let there = payment.cash.iter().map(CashMoved::signed_minor).fold(0, i64::saturating_add);
    if movement == CashMovement::PaidOut && amount.minor > there {
        return Err(Refusal::new("exceeds_cash", format!("{amount} paid out of {there} paise in cash")));
    }
    payment.cash.push(CashMoved { cash_id, movement, minor: amount.minor, reference });
    Ok(payment)
}

/// What a step is to be booked as, under the names of the money.
pub fn postings<'a>(before: Option<&'a Payment>, after: &'a Payment) -> impl Iterator<Item = Posting> + 'a {
    let known = before.map_or(0, |before| before.cash.len()); // movements are only ever added
    after.cash.iter().skip(known).map(|moved| {
        let occasion = moved.occasion();
        Posting {
            name: Some(format!("{}:{}:{}", after.order_id, occasion.as_str(), moved.cash_id)),
            money: Account::Cash,
            payment_ref: moved.reference.clone(),
            occasion,
            minor: moved.minor,
        }
    })
}

impl CashMoved {
    const fn signed_minor(&self) -> i64 {
        match self.movement {
            CashMovement::Received => self.minor,
            CashMovement::PaidOut => -self.minor,
        }
    }

    const fn occasion(&self) -> Occasion {
        match self.movement {
            CashMovement::Received => Occasion::CashReceived,
            CashMovement::PaidOut => Occasion::CashPaidOut,
        }
    }
}
