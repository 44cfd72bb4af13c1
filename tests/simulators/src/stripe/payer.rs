//! The customer and their bank.

use super::Stripe;
use super::book::Cause;
use super::event::{Kind, StripeEvent};
use super::intent::{Change, Decline, Intent, Refusal, Verdict};
use crate::ids::fresh;
use std::sync::Arc;
use std::time::Duration;

/// The card of a customer who pays on their own.
const USUAL_CARD: &str = "pm_card_visa";

/// How often such a customer tries; then they go away.
const MOST_TRIES: u32 = 4;

/// What the bank says to a test card, before chance has its say.
///
/// Names from <https://docs.stripe.com/testing>; a name that is not among them is a card that works.
fn verdict_on(card: &str) -> Verdict {
    match card {
        "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => Verdict::Declined(Decline::Generic),
        "pm_card_chargeDeclinedInsufficientFunds" | "pm_card_visa_chargeDeclinedInsufficientFunds" => {
            Verdict::Declined(Decline::InsufficientFunds)
        }
        _ => Verdict::Approved,
    }
}

impl Stripe {
    /// Changes an intent by `step`, keeps the books and posts the event, all under one lock so that events of one
    /// intent are queued in the order of its changes.
    pub(super) fn change(
        &self,
        id: &str,
        cause: &Cause,
        step: impl FnOnce(&mut Intent) -> Result<Change, Refusal>,
    ) -> Option<Result<(Change, Intent), (Refusal, Intent)>> {
        let mut book = self.book();
        let record = book.record(id)?;
        let outcome = step(&mut record.intent);
        let intent = record.intent.clone();
        Some(match outcome {
            Ok(change) => {
                if matches!(change, Change::Captured(_)) {
                    record.captured = Some(cause.clone());
                }
                self.outbox.post(StripeEvent::new(Kind::of(change, &intent), intent.clone(), cause));
                Ok((change, intent))
            }
            Err(refusal) => Err((refusal, intent)),
        })
    }

    /// The customer pays with `card`. Where the bank is slow, its answer follows by itself.
    pub(super) fn pay(
        self: &Arc<Self>,
        id: &str,
        card: &str,
        cause: &Cause,
    ) -> Option<Result<(Change, Intent), (Refusal, Intent)>> {
        let payable = self.book().intent(id)?.awaits_payment();
        let decided = match verdict_on(card) {
            Verdict::Approved if payable && self.switches.declines() => Verdict::Declined(Decline::Generic),
            verdict => verdict,
        };
        let late = self.switches.late_authorization();
        let verdict = if late.is_some() { Verdict::Pending } else { decided };
        let outcome = self.change(id, cause, |intent| intent.confirm(card.into(), fresh("ch_3", 21).into(), verdict));
        if let (Some(delay), Some(Ok(_))) = (late, &outcome) {
            self.settle_after(delay, id.to_owned(), decided);
        }
        outcome
    }

    fn settle_after(self: &Arc<Self>, delay: Duration, id: String, verdict: Verdict) {
        let stripe = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            // Gone only after a reset; refused never, since nothing else leaves `processing`.
            let _ = stripe.change(&id, &Cause::now(None), |intent| intent.settle(verdict));
        });
    }

    /// Lets the customer of a fresh intent pay on their own, if customers do. One who is declined tries again.
    pub(super) fn expect_payment(self: &Arc<Self>, id: String) {
        let Some(patience) = self.setup.auto_pay else { return };
        let stripe = Arc::clone(self);
        tokio::spawn(async move {
            for _ in 0..MOST_TRIES {
                tokio::time::sleep(patience).await;
                // Refused when the shop canceled meanwhile: the customer finds the checkout closed.
                match stripe.pay(&id, USUAL_CARD, &Cause::now(None)) {
                    Some(Ok((_, intent))) if intent.awaits_payment() => {}
                    _ => return,
                }
            }
        });
    }
}
