//! Disputes about payments: <https://razorpay.com/docs/api/disputes/entity/>.

use super::Razorpay;
use super::event::{Kind, RazorpayEvent};
use crate::clock::unix_millis;
use crate::dispute::{Dispute, Standing, Verdict, Wish};
use crate::ids::fresh;
use crate::web::dispute_answer;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// A dispute as the API shows it.
#[derive(Serialize)]
pub(super) struct DisputeEntity<'a> {
    id: &'a str,
    entity: &'static str,
    payment_id: &'a str,
    amount: i64,
    currency: &'a str,
    amount_deducted: i64,
    reason_code: &'a str,
    respond_by: i64,
    status: Standing,
    phase: &'static str,
    created_at: i64,
}

impl<'a> DisputeEntity<'a> {
    pub(super) fn of(dispute: &'a Dispute, currency: &'a str) -> Self {
        let line = dispute.line();
        Self {
            id: &dispute.id,
            entity: "dispute",
            payment_id: &dispute.payment,
            amount: dispute.amount,
            currency,
            amount_deducted: line.withdrawn - line.reinstated,
            reason_code: &dispute.reason,
            respond_by: dispute.due_by(),
            status: dispute.standing,
            phase: if dispute.is_inquiry { "retrieval" } else { "chargeback" },
            created_at: dispute.opened_ms / 1_000,
        }
    }
}

/// `POST /_sim/disputes`
pub(super) async fn open(State(razorpay): State<Arc<Razorpay>>, body: Bytes) -> Response {
    let wish = serde_json::from_slice::<Wish>(&body).map_err(|error| error.to_string());
    dispute_answer(wish.and_then(|wish| razorpay.dispute(wish)))
}

/// `POST /_sim/disputes/{id}/{verdict}`
pub(super) async fn decide(
    State(razorpay): State<Arc<Razorpay>>,
    Path((id, verdict)): Path<(String, Verdict)>,
) -> Response {
    dispute_answer(razorpay.decide(&id, verdict))
}

impl Razorpay {
    fn dispute(&self, wish: Wish) -> Result<String, String> {
        let mut book = self.book();
        let found = book.payment(&wish.payment).filter(|payment| payment.captured() > 0);
        let payment = found.ok_or_else(|| format!("no captured payment {:?}", wish.payment))?;
        let dispute = Dispute::open(fresh("disp_", 14), wish, payment.captured(), 0, unix_millis());
        let (id, kind) = (dispute.id.clone(), Kind::Dispute("payment.dispute.created", payment, dispute.clone()));
        self.outbox.post(RazorpayEvent::now(kind));
        book.disputes.push(dispute);
        Ok(id)
    }

    fn decide(&self, id: &str, verdict: Verdict) -> Result<String, String> {
        let mut book = self.book();
        let found = book.disputes.iter_mut().find(|dispute| dispute.id == id);
        let dispute = found.ok_or_else(|| format!("no dispute {id:?}"))?;
        if !dispute.decide(verdict, unix_millis()) {
            return Err(format!("{id} cannot come to {verdict:?}"));
        }
        let dispute = dispute.clone();
        let payment = book.payment(&dispute.payment).ok_or("its payment is gone")?;
        let event = match verdict {
            Verdict::Review => "payment.dispute.under_review",
            Verdict::Win => "payment.dispute.won",
            Verdict::Lose => "payment.dispute.lost",
            Verdict::Close => "payment.dispute.closed",
        };
        let id = dispute.id.clone();
        self.outbox.post(RazorpayEvent::now(Kind::Dispute(event, payment, dispute)));
        Ok(id)
    }
}
