//! Time runs out: unpaid orders expire, goods that should have come back did not, the others are shown to a person.

use schemas::{orders::OrderDeadlineReached, types::OrderStatus as S};
use shared::engine::Refusal;

use crate::{cancel, draft::Draft, returns};

/// The time that the order's state, or one of its returns, allows has run out.
///
/// An order that is sold never expires (cash on delivery included): goods, money or papers are under way, and giving
/// any of them up by the clock would lose it. It counts as stuck until it moves again.
pub(crate) fn deadline_reached(draft: &mut Draft<'_>, message: &OrderDeadlineReached) -> Result<(), Refusal> {
    if draft.order.deadline != Some(message.due_at) {
        // The order has moved on since, or rests, and goods are to come back.
        return returns::lapse(draft, message.due_at);
    }
    match draft.status() {
        S::Accepted | S::Reserving => cancel::end_unpaid(draft, S::Expired, "unanswered"),
        S::AwaitingPayment => cancel::end_unpaid(draft, S::Expired, "unpaid"),
        S::Paid | S::Confirmed | S::Packed | S::Shipped | S::Cancelling => {
            draft.order.stuck = true;
            draft.renew_deadline();
            Ok(())
        }
        // These have no deadline.
        S::Delivered | S::Rejected | S::Expired | S::PaymentFailed | S::Cancelled | S::Refunded => Ok(()),
    }
}
