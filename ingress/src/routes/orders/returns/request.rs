//! `POST /orders/{id}/returns`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use schemas::{
    documents::Order,
    ids::{ProductId, Sku},
    orders::OrdersMessage,
    returns::{OrderReturn, RequestReturn, ReturnReason, ReturnedUnits},
};
use serde::Deserialize;
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::{accepted, order_of, problem};
use crate::{
    admission::Refusal,
    app::App,
    extract::{Json, RequiredKey},
    inbox,
    problem::{IDEMPOTENCY_KEY_REUSED, NOT_RETURNABLE, Problem},
    routes::orders::own::Claimed,
    validate::{self, Faults},
    views::{ReturnAccepted, ReturnReasonDoc},
};

/// The most parts of a return: as many as an order may have.
const MOST_ITEMS: usize = 50;

/// What is to come back, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnForm {
    /// 1 to 50, each part once.
    items: Vec<ReturnItemForm>,
    /// Why they come back.
    #[schema(value_type = ReturnReasonDoc)]
    reason: ReturnReason,
    /// In the customer's words, at most 500 characters.
    #[serde(default)]
    comment: Option<String>,
}

/// Units of one part, which is named by its SKU or by its product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnItemForm {
    /// The part.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    sku: Option<Sku>,
    /// The product.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    product_id: Option<ProductId>,
    /// How many.
    #[schema(minimum = 1)]
    quantity: i32,
}

/// Asks to send goods of a delivered order back. The shop decides; what comes of it is told at `status_url`. The same
/// `Idempotency-Key`, which must be given, is the same return. No more can be returned than was bought and is neither
/// returned nor paid back yet, whatever is asked for at once: one that does not fit any more is shown as `refused`.
#[utoipa::path(post, path = "/orders/{id}/returns", tag = "orders", request_body = ReturnForm,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = [])),
    responses(
        (status = 202, body = ReturnAccepted),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "not_returnable, return_window_over"),
        (status = 422, description = "non_returnable"),
    ))]
pub async fn request(
    State(app): State<Arc<App>>,
    claimed: Claimed,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(form): Json<ReturnForm>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Answer<ReturnAccepted>), Problem> {
    let not_yet = || Problem::new(NOT_RETURNABLE).detail("the order is not delivered");
    let order = order_of(&app, claimed).await?.ok_or_else(not_yet)?;
    let id = MessageId::of_fact(&format!("return/{}/{}/{key}", order.order_id, claimed.user));
    let at = Timestamp::now();
    let wish = form.read(&order, id, at)?;
    match order.returns.iter().find(|known| known.return_id == wish.return_id) {
        Some(known) => repeated(known, &wish)?,
        None => check(&order, &wish)?,
    }
    let from = inbox::From::about(order.order_id, id, at, &headers);
    let accepted = accepted(order.order_id, wish.return_id.clone());
    app.admission.cancel().map_err(Refusal::answer)?;
    app.inbox.send::<OrdersMessage>(order.order_id, wish, from).await?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, accepted.status_url.clone())], Answer(accepted)))
}

impl ReturnForm {
    /// The checked wish. Whether the goods can come back only the order says.
    fn read(self, order: &Order, id: MessageId, asked_at: Timestamp) -> Result<RequestReturn, Problem> {
        let mut faults = Faults::default();
        let comment = self.comment.as_deref().unwrap_or_default();
        let comment = faults.check("comment", validate::line(comment, 0, 500));
        if self.items.len() > MOST_ITEMS {
            faults.add("items", format!("must have 1 to {MOST_ITEMS} items"));
        }
        let mut lines = Vec::new();
        for (place, item) in self.items.into_iter().take(MOST_ITEMS).enumerate() {
            let quantity = item.quantity;
            match item.part(order) {
                Ok(sku) => lines.push(ReturnedUnits { sku, quantity }),
                Err(expected) => faults.add(format!("items[{place}]"), expected),
            }
        }
        faults.none_in(()).map_err(Problem::invalid)?;
        let (order_id, return_id) = (order.order_id, id.to_string());
        Ok(RequestReturn { order_id, return_id, lines, reason: self.reason, comment, asked_at })
    }
}

impl ReturnItemForm {
    fn part(self, order: &Order) -> Result<Sku, &'static str> {
        match (self.sku, self.product_id) {
            (Some(sku), None) => Ok(sku),
            (None, Some(product)) => {
                let line = order.lines.iter().find(|line| line.product_id == product);
                line.map(|line| line.sku.clone()).ok_or("must be a product of the order")
            }
            _ => Err("must have either a sku or a product_id"),
        }
    }
}

/// What the orders worker will say, unless another return is faster.
fn check(order: &Order, wish: &RequestReturn) -> Result<(), Problem> {
    let skus: Vec<&str> = wish.lines.iter().map(|line| line.sku.as_str()).collect();
    order.check_return(&wish.lines, wish.asked_at).map_err(|why| problem(&why, &skus))
}

/// The same request again is the same return; another one under its key is a mistake.
fn repeated(known: &OrderReturn, wish: &RequestReturn) -> Result<(), Problem> {
    let kept = known.lines.iter().map(|line| (&line.sku, line.quantity));
    let same = kept.eq(wish.lines.iter().map(|line| (&line.sku, line.quantity)))
        && known.reason == wish.reason
        && known.comment == wish.comment;
    if same { Ok(()) } else { Err(Problem::new(IDEMPOTENCY_KEY_REUSED)) }
}
