//! Customers who ask their bank for the money back: written down and told, for people to act on. Where the order stands does
//! not depend on it: the goods have left or are withdrawn for other reasons, and the payments worker minds the money.

use schemas::{disputes::OrderDispute, orders::PaymentDisputed};
use shared::engine::Refusal;

use crate::{draft::Draft, pay};

/// A payment is disputed, or something has come of it.
///
/// # Errors
/// `cash_order`, `payment_not_requested`.
pub(crate) fn payment_disputed(draft: &mut Draft<'_>, message: &PaymentDisputed) -> Result<(), Refusal> {
    pay::expected_from(draft)?;
    let news = OrderDispute {
        dispute_id: message.dispute_id.clone(),
        state: message.state,
        is_inquiry: message.is_inquiry,
        reason: message.reason.clone(),
        amount: message.amount,
        evidence_due: message.evidence_due,
    };
    let disputes = &mut draft.order.disputes;
    match disputes.iter_mut().find(|known| known.dispute_id == news.dispute_id) {
        Some(known) if *known == news => return Ok(()), // a repetition
        Some(known) => *known = news.clone(),
        None => disputes.push(news.clone()),
    }
    draft.disputed(news);
    Ok(())
}
