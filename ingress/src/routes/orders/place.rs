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
    basket,
    form::{OrderForm, Wish},
    price::{FALLBACK, price},
    quote::Quote,
};
use crate::{
    app::App,
    auth::{Bearer, Visitor},
    cart::{CartId, Spending},
    extract::{Admitted, Json},
    inbox,
    problem::{CART_CHANGED, CART_ORDERED, Problem},
    read_models::{Acceptance, OrderRequest, Snapshot},
    trace,
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
///
/// With `cart_version` it is what is in the cart, which is spent by one order and no other. Where the cart is not at that version
/// any more, or the order comes to another total than `expected_total_minor`, the answer is 409 with the new `quote`.
#[utoipa::path(post, path = "/orders", tag = "orders", request_body = OrderForm, security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters")),
    responses(
        (status = 202, body = Accepted),
        (status = 409, description = "cart_changed, cart_ordered, total_changed"),
        (status = 422, description = "unknown_product, coupon_refused, unpriceable"),
    ))]
pub async fn place(
    State(app): State<Arc<App>>,
    admitted: Admitted,
    headers: HeaderMap,
    Json(form): Json<OrderForm>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Answer<Accepted>), Problem> {
    let wish = form.parse_order().map_err(Problem::invalid)?;
    let accepted = request(&app, admitted.bearer, admitted.key.as_deref(), &wish).await?;
    let request = &accepted.request;
    app.admission.repetitions().remember(&request.id);
    send(&app, &request.place, &headers).await?;
    spend_cart(&app, request).await;
    if accepted.is_another {
        return Err(ordered_before(request.order_id));
    }
    let status_url = format!("/api/v1/orders/{}/status", request.order_id);
    let accepted = Accepted { order_id: request.order_id, status_url: status_url.clone() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, status_url)], Answer(accepted)))
}

/// A request on record.
struct OnRecord {
    request: OrderRequest,
    /// It is not the one that was sent now, nor one that it repeats, but the one that spends the same cart.
    is_another: bool,
}

impl OnRecord {
    const fn wanted(request: OrderRequest) -> Self {
        Self { request, is_another: false }
    }
}

/// The request as it stands on record: this one, or the first of its key, or the one that has the cart.
async fn request(app: &Arc<App>, customer: Bearer, key: Option<&str>, wish: &Wish) -> Result<OnRecord, Problem> {
    let digest = wish.digest();
    let (place, spending) = match priced(app, customer, wish).await {
        Ok(priced) => priced,
        // A repetition is the order it repeats, even if by now the product is gone, or the cart is empty.
        Err(refusal) => {
            let first = match first_of(app, customer.user, key, &digest).await? {
                None if wish.cart_version.is_some() => made_of_cart(app, customer.user, &digest).await?,
                first => first,
            };
            return first.map(OnRecord::wanted).ok_or(refusal);
        }
    };
    let request = OrderRequest { spending, ..OrderRequest::new(key, digest, place) };
    begin_spending(app, request.spending.as_ref()).await?;
    let ticket = app.statuses.ticket();
    match app.requests.accept(&request).await? {
        Acceptance::First => {
            // The customer asks next where the order stands. Not so for a repetition: its order has moved on since.
            keep_beside(app, Snapshot::of_request(&request), ticket);
            Ok(OnRecord::wanted(request))
        }
        Acceptance::Repetition(first) if first.body_hash == request.body_hash => Ok(OnRecord::wanted(*first)),
        Acceptance::Repetition(first) if first.is_repeated_by(&request) => Err(OrderRequest::key_reused()),
        Acceptance::Repetition(first) => Ok(OnRecord { request: *first, is_another: true }),
    }
}

async fn begin_spending(app: &App, spending: Option<&Spending>) -> Result<(), Problem> {
    match spending {
        Some(spending) if !app.carts.begin_order(spending).await? => {
            Err(Problem::new(CART_CHANGED).detail("the cart was ordered just now"))
        }
        _ => Ok(()),
    }
}

/// Empties the cart of an order that is safe. That this may fail does not matter to the order: the cart finds out by itself.
async fn spend_cart(app: &App, request: &OrderRequest) {
    let Some(spending) = &request.spending else { return };
    if let Err(error) = app.carts.spend(spending, request).await {
        tracing::warn!(order_id = %request.order_id, %error, "a cart does not know yet that it is ordered");
    }
}

/// What was in the cart was ordered, but not as the customer says now.
fn ordered_before(order: OrderId) -> Problem {
    let detail = format!("what was in the cart is order {order}; what is in it now is not ordered");
    Problem::new(CART_ORDERED).detail(detail).with("order_id", order)
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

/// The last order of the customer's cart, if just that was asked for: of several at once, with a key each, one is on record.
async fn made_of_cart(app: &App, user: UserId, digest: &str) -> Result<Option<OrderRequest>, Problem> {
    let last = app.requests.last_of_cart(&CartId::of_user(user)).await?;
    Ok(last.filter(|last| last.body_hash == digest))
}

async fn priced(app: &App, customer: Bearer, wish: &Wish) -> Result<(PlaceOrder, Option<Spending>), Problem> {
    let (placed_at, visitor) = (Timestamp::now(), Visitor(Some(customer)));
    let basket = basket::fill(app, visitor, Some(CartId::of_user(customer.user)), wish.clone()).await?;
    let wish = basket.wish;
    let (priced, coupon) = price(app, visitor, &wish, placed_at).await?;
    let total = priced.totals.grand_total;
    basket::must_come_to(&wish, total, || Quote::new(priced.clone(), coupon.clone(), wish.cart_version))?;
    let place = PlaceOrder {
        order_id: OrderId::generate(),
        user_id: customer.user,
        lines: priced.lines,
        totals: priced.totals,
        address: wish.address,
        payment_method: wish.payment_method.method(FALLBACK),
        any_gateway: wish.payment_method.is_any_gateway(),
        placed_at,
        buyer_gstin: wish.buyer_gstin,
        coupon,
    };
    Ok((place, basket.spending))
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
