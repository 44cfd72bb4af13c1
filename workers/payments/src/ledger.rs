//! The money ledger: what a step made of a payment, as double entries.
//!
//! What is booked is the difference between what was known before and after, so the entries of a payment always add up to
//! what is known of it, whatever the message was that taught it.

use schemas::{
    ids::OrderId,
    ledger::{Account, LedgerEntry, Occasion},
    types::{Money, Timestamp},
};
use shared::{id::MessageId, message::Delivery};

use crate::{cash, dispute, handler::Out, holding::Holding, payment::Payment, rows::PaymentsRow, settlement};

/// What is to be booked: everything of an entry but its name and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What names the entry for ever; `None` if the message does.
    pub name: Option<String>,
    /// Where the money itself is: a gateway's clearing account, or cash.
    pub money: Account,
    /// The gateway's name for the money; for cash, what it is written down as.
    pub payment_ref: String,
    /// What happened.
    pub occasion: Occasion,
    /// How much, in minor units; more than zero.
    pub minor: i64,
}

/// Books what this message made of the payment. The entries are named by the message, or by the settlement line that they
/// book, so that its repetition books nothing twice.
pub fn book<M>(before: Option<&Payment>, after: &Payment, delivery: &Delivery<M>, out: &mut Out<'_>) {
    for (nth, posting) in postings(before, after).into_iter().enumerate() {
        out.save(PaymentsRow::Entry(posting.entry(&Booked {
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
    let moved = after.holdings().flat_map(|holding| moved(known(holding), holding));
    let besides = dispute::postings(before, after).chain(settlement::postings(before, after));
    moved.chain(besides).chain(cash::postings(before, after)).collect()
}

fn moved(before: Option<&Holding>, after: &Holding) -> Vec<Posting> {
    let Some(gateway) = after.gateway else { return Vec::new() };
    let (captured, refunded) = before.map_or((0, 0), |before| (before.captured_minor, before.refunded_minor));
    let changes = [
        (Occasion::Captured, after.captured_minor.saturating_sub(captured)),
        (Occasion::Refunded, after.refunded_minor.saturating_sub(refunded)),
        (Occasion::RefundFailed, refunded.saturating_sub(after.refunded_minor)),
    ];
    let posting = |(occasion, minor)| {
        let payment_ref = after.payment_ref.clone();
        Posting { name: None, money: Account::clearing(gateway), payment_ref, occasion, minor }
    };
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
        let (debit, credit) = self.occasion.sides(self.money);
        LedgerEntry {
            entry_id: self.name.unwrap_or_else(|| format!("{}:{}", booked.cause, booked.nth)),
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
