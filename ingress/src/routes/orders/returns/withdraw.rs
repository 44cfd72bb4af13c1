//! `POST /orders/{id}/returns/{return_id}/withdraw`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    orders::OrdersMessage,
    returns::{ReturnState as R, WithdrawReturn},
};
use shared::{id::MessageId, time::Timestamp};

use super::{accepted, return_of};
use crate::{
    admission::Refusal,
    app::App,
    auth::User,
    extract::{IdempotencyKey, Path},
    inbox,
    problem::{Problem, RETURN_NOT_OPEN},
    views::ReturnAccepted,
};

/// The customer keeps the goods after all. Asked for again it is the same wish, under whatever key; once the goods came it is
/// too late.
#[utoipa::path(post, path = "/orders/{id}/returns/{return_id}/withdraw", tag = "orders",
    params(("id" = String, Path), ("return_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    security(("bearer" = [])),
    responses(
        (status = 202, body = ReturnAccepted),
        (status = 404, description = "order_not_found, return_not_found"),
        (status = 409, description = "return_not_open"),
    ))]
pub async fn withdraw(
    State(app): State<Arc<App>>,
    user: User,
    Path((order, id)): Path<(String, String)>,
    IdempotencyKey(_key): IdempotencyKey,
    headers: HeaderMap,
) -> Result<(StatusCode, Answer<ReturnAccepted>), Problem> {
    let (order, content) = return_of(&app, user, &order, &id).await?;
    if !matches!(content.state, R::Requested | R::Approved | R::Withdrawn) {
        return Err(Problem::new(RETURN_NOT_OPEN).detail(format!("the return is {}", content.state.as_str())));
    }
    let (order_id, return_id) = (order.order_id, content.return_id);
    let id = MessageId::of_fact(&format!("withdraw-return/{return_id}"));
    let from = inbox::From::about(order_id, id, Timestamp::now(), &headers);
    app.admission.cancel().map_err(Refusal::answer)?;
    app.inbox.send::<OrdersMessage>(order_id, WithdrawReturn { order_id, return_id: return_id.clone() }, from).await?;
    Ok((StatusCode::ACCEPTED, Answer(accepted(order_id, return_id))))
}
