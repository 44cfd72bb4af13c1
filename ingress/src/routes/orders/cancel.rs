//! `POST /orders/{id}/cancel`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use schemas::{
    ids::OrderId,
    orders::{CancelOrder, OrdersMessage},
    types::OrderStatus,
};
use serde::{Deserialize, Serialize};
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::own::Claimed;
use crate::{
    admission::Refusal,
    app::App,
    extract::{IdempotencyKey, OptionalJson},
    inbox,
    problem::{NOT_CANCELLABLE, Problem, VALIDATION_FAILED},
    validate,
};

/// Why the customer does not want it any more.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// In the customer's words, at most 500 characters.
    #[serde(default)]
    reason: Option<String>,
}

/// The wish was taken; what becomes of it is told at `status_url`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelAccepted {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// Where its status is read.
    status_url: String,
}

/// Asks for an order to be cancelled. What is certain to be too late is refused here; otherwise the orders worker
/// decides. The same `Idempotency-Key` is the same wish, with the reason that was given first.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "orders", request_body = Cancellation,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), security(("bearer" = [])),
    responses(
        (status = 202, body = CancelAccepted),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "not_cancellable"),
    ))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    claimed: Claimed,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    OptionalJson(cancellation): OptionalJson<Cancellation>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<CancelAccepted>), Problem> {
    let reason = validate::line(cancellation.reason.as_deref().unwrap_or_default(), 0, 500)
        .map_err(|expected| Problem::field(VALIDATION_FAILED, "reason", expected))?;
    let order_id = claimed.order;
    let status = claimed.status(&app, 0).await?.view.status;
    if is_too_late(status) {
        return Err(Problem::new(NOT_CANCELLABLE).detail(format!("the order is {}", status.as_str())));
    }
    let name = key.unwrap_or_else(|| MessageId::generate().to_string());
    let id = MessageId::of_fact(&format!("cancel/{order_id}/{name}"));
    let from = inbox::From::about(order_id, id, Timestamp::now(), &headers);
    app.admission.cancel().map_err(Refusal::answer)?;
    app.inbox.send::<OrdersMessage>(order_id, CancelOrder { order_id, reason }, from).await?;
    let status_url = format!("/api/v1/orders/{order_id}/status");
    let accepted = CancelAccepted { order_id, status_url: status_url.clone() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, status_url)], Answer(accepted)))
}

/// A parcel on its way is not called back, and nothing follows a terminal state.
fn is_too_late(status: OrderStatus) -> bool {
    status == OrderStatus::Shipped || status.is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_can_be_cancelled_until_its_parcel_is_on_its_way() {
        let early: Vec<_> = OrderStatus::ALL.into_iter().filter(|status| !is_too_late(*status)).collect();
        use OrderStatus::{Accepted, AwaitingPayment, Cancelling, Confirmed, Packed, Paid, Reserving};
        assert_eq!(early, [Accepted, Reserving, AwaitingPayment, Paid, Confirmed, Packed, Cancelling]);
    }
}
