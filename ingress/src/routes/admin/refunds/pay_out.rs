//! `POST /admin/orders/{id}/refunds/{refund_id}/paid`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    cash::{Payout, RecordPayout},
    documents::Order,
    orders::OrdersMessage,
    refunds::{OrderRefund, RefundState},
};
use serde::Deserialize;
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::{order_of, view::RefundView};
use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path, RequiredKey},
    inbox,
    problem::{NOT_OWED, Problem, REFUND_NOT_FOUND},
    validate::{self, Faults},
};

/// How a refund of cash was paid out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutForm {
    /// What it is written down as, in 1 to 100 characters: the UTR of a transfer, or the number of a receipt.
    reference: String,
    /// When it was paid out: since the refund was asked for.
    #[schema(value_type = String, format = DateTime)]
    paid_at: String,
}

/// Writes down that a refund of an order for cash, which is `owed`, was paid out to the customer: it is `made`, its return
/// refunded, and the coupon free if nothing is left. The first word counts; the same one again changes nothing.
#[utoipa::path(post, path = "/admin/orders/{id}/refunds/{refund_id}/paid", tag = "admin", request_body = PayoutForm,
    params(("id" = String, Path), ("refund_id" = String, Path), ("Idempotency-Key" = String, Header)),
    security(("bearer" = ["refunds_write"])),
    responses(
        (status = 202, body = RefundView),
        (status = 404, description = "order_not_found, refund_not_found"),
        (status = 409, description = "not_owed"),
    ))]
pub async fn pay_out(
    State(app): State<Arc<App>>,
    permit::RefundsWrite(admin): permit::RefundsWrite,
    Path((id, refund_id)): Path<(String, String)>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(form): Json<PayoutForm>,
) -> Result<(StatusCode, Answer<RefundView>), Problem> {
    let order = order_of(&app, &id).await?;
    let refund = order.refunds.iter().find(|refund| refund.refund_id == refund_id);
    let refund = refund.ok_or_else(|| Problem::new(REFUND_NOT_FOUND))?;
    let at = Timestamp::now();
    let (order_id, (reference, paid_at)) = (order.order_id, form.read(refund, at)?);
    let payout = Payout { reference, paid_at, by: admin, recorded_at: at };
    let shown = paid(&order, refund, &payout)?;
    let id = MessageId::of_fact(&format!("payout/{order_id}/{refund_id}/{admin}/{key}"));
    let from = inbox::From::about(order_id, id, at, &headers);
    let Payout { reference, paid_at, by: admin_id, .. } = payout;
    let told = RecordPayout { order_id, refund_id, reference, paid_at, admin_id };
    app.inbox.send::<OrdersMessage>(order_id, told, from).await?;
    Ok((StatusCode::ACCEPTED, Answer(RefundView::from(shown))))
}

impl PayoutForm {
    fn read(self, refund: &OrderRefund, now: Timestamp) -> Result<(String, Timestamp), Problem> {
        let mut faults = Faults::default();
        let reference = faults.check("reference", validate::line(&self.reference, 1, 100));
        let paid_at = validate::moment(&self.paid_at, refund.asked_at, now);
        let paid_at = faults.check("paid_at", paid_at.map(Some)).unwrap_or(now);
        faults.none_in((reference, paid_at)).map_err(Problem::invalid)
    }
}

/// What the orders worker will make of it, unless somebody is faster. One that was paid out so before is what it is.
fn paid(order: &Order, refund: &OrderRefund, payout: &Payout) -> Result<OrderRefund, Problem> {
    let told = |known: &Payout| known.reference == payout.reference && known.paid_at == payout.paid_at;
    if refund.paid_out.as_ref().is_some_and(told) {
        return Ok(refund.clone());
    }
    order.check_payout(refund).map_err(|why| Problem::new(NOT_OWED).detail(why.to_string()))?;
    Ok(OrderRefund { state: RefundState::Made, paid_out: Some(payout.clone()), ..refund.clone() })
}
