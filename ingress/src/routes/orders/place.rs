//! `POST /orders`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use schemas::{
    ids::{OrderId, UserId},
    orders::{OrdersMessage, PlaceOrder},
};
use serde::Serialize;
use shared::{
    id::{CorrelationId, MessageId},
    time::Timestamp,
    versioned_cache::Ticket,
};
use utoipa::ToSchema;

use super::{
    form::{OrderForm, Wish},
    price::{FALLBACK, price},
};
use crate::{
    app::App,
    auth::{Bearer, Visitor},
    extract::{Admitted, Json},
    inbox,
    problem::Problem,
    read_models::{Acceptance, OrderRequest, Snapshot},
    trace,
    views::ProblemDoc,
};

/// The order was taken; what becomes of it is told at `status_url`.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Accepted {
    /// The order.
    #[schema(value_type = String, format = Uuid)]
    order_id: OrderId,
    /// Where its status is read.
    status_url: String,
}

/// Places an order.
///
/// Answered 202 only once the order is safe in the orders worker's inbox. The same `Idempotency-Key` with the same body
/// is the same order, however often and however concurrently it is sent.
#[utoipa::path(post, path = "/orders", tag = "orders", request_body = OrderForm, security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters")),
    responses(
        (status = 202, body = Accepted),
        (status = 401, body = ProblemDoc, content_type = "application/problem+json"),
        (status = 422, body = ProblemDoc, content_type = "application/problem+json"),
        (status = 503, body = ProblemDoc, content_type = "application/problem+json"),
    ))]
pub async fn place(
    State(app): State<Arc<App>>,
    admitted: Admitted,
    headers: HeaderMap,
    Json(form): Json<OrderForm>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<Accepted>), Problem> {
    let wish = form.parse().map_err(Problem::invalid)?;
    let request = request(&app, admitted.bearer, admitted.key.as_deref(), &wish).await?;
    app.admission.repetitions().remember(&request.id);
    send(&app, &request.place, &headers).await?;
    let status_url = format!("/api/v1/orders/{}/status", request.order_id);
    let accepted = Accepted { order_id: request.order_id, status_url: status_url.clone() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, status_url)], Answer(accepted)))
}

/// The request as it stands on record: this one, or the first of its key.
async fn request(app: &Arc<App>, customer: Bearer, key: Option<&str>, wish: &Wish) -> Result<OrderRequest, Problem> {
    let digest = wish.digest();
    let place = match priced(app, customer, wish).await {
        Ok(place) => place,
        // A repetition is the order it repeats, even if by now the product is gone.
        Err(refusal) => return first_of(app, customer.user, key, &digest).await?.ok_or(refusal),
    };
    let request = OrderRequest::new(key, digest, place);
    let ticket = app.statuses.ticket();
    match app.requests.accept(&request).await? {
        Acceptance::First => {
            // The customer asks next where the order stands. Not so for a repetition: its order has moved on since.
            keep_beside(app, Snapshot::of_request(&request), ticket);
            Ok(request)
        }
        Acceptance::Repetition(first) => first.must_ask_for(&request.body_hash).map(|()| *first),
    }
}

/// Puts a first status into the cache beside the answer, which does not show it.
fn keep_beside(app: &Arc<App>, first: Snapshot, ticket: Ticket) {
    let app = Arc::clone(app);
    tokio::spawn(async move { app.statuses.keep(&[first], &ticket).await });
}

async fn first_of(app: &App, user: UserId, key: Option<&str>, digest: &str) -> Result<Option<OrderRequest>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let Some(first) = app.requests.by_key(user, key).await? else { return Ok(None) };
    first.must_ask_for(digest).map(|()| Some(first))
}

async fn priced(app: &App, customer: Bearer, wish: &Wish) -> Result<PlaceOrder, Problem> {
    let placed_at = Timestamp::now();
    let (priced, coupon) = price(app, Visitor(Some(customer)), wish, placed_at).await?;
    Ok(PlaceOrder {
        order_id: OrderId::generate(),
        user_id: customer.user,
        lines: priced.lines,
        totals: priced.totals,
        address: wish.address.clone(),
        payment_method: wish.payment_method.method(FALLBACK),
        any_gateway: wish.payment_method.is_any_gateway(),
        placed_at,
        buyer_gstin: wish.buyer_gstin.clone(),
        coupon,
    })
}

/// Repetitions send the same message with the same id, and the orders worker knows it again.
async fn send(app: &App, place: &PlaceOrder, headers: &HeaderMap) -> Result<(), Problem> {
    let from = inbox::From {
        id: MessageId::of_fact(&format!("place/{}", place.order_id)),
        correlation: CorrelationId::from_uuid(place.order_id.as_uuid()),
        at: place.placed_at,
        trace: trace::of(headers),
    };
    app.inbox.send::<OrdersMessage>(place.order_id, place.clone(), from).await
}
