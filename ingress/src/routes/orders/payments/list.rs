//! `GET /orders/{id}/payments`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{
    super::own::Claimed,
    attempts,
    view::{AttemptView, PaymentList},
};
use crate::{app::App, problem::Problem};

/// The attempts at paying an order, the newest last.
#[utoipa::path(get, path = "/orders/{id}/payments", tag = "payments", params(("id" = String, Path)),
    security(("bearer" = [])), responses(
        (status = 200, body = PaymentList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Answer<PaymentList>, Problem> {
    let items = attempts(&app, claimed).await?.into_iter().map(AttemptView::from).collect();
    Ok(Answer(PaymentList { items }))
}
