//! `POST /admin/orders/{id}/returns/{return_id}/receive`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    documents::Order,
    ids::Sku,
    returns::{OrderReturn, ReceiveReturn, ReceivedUnits, ReturnState as R, Unreturnable},
};
use serde::Deserialize;
use shared::id::MessageId;
use utoipa::ToSchema;

use super::{not_open, return_of, send};
use crate::{
    app::App,
    auth::permit,
    extract::{IdempotencyKey, Json, Path},
    problem::{Problem, VALIDATION_FAILED},
    routes::orders::returns::problem,
    validate,
    views::ReturnAccepted,
};

/// What came of a return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptForm {
    /// Each part once; parts of which nothing came are left out.
    items: Vec<ReceivedItemForm>,
    /// What else is to be said about the goods, at most 500 characters; the customer can read it.
    #[serde(default)]
    note: Option<String>,
}

/// Units of one part that came: together at least 1, at most as many as the return was asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedItemForm {
    /// The part.
    #[schema(value_type = String)]
    sku: Sku,
    /// How many can be sold again.
    #[serde(default)]
    #[schema(minimum = 0)]
    restock: i32,
    /// How many cannot.
    #[serde(default)]
    #[schema(minimum = 0)]
    write_off: i32,
}

/// Takes in the goods of an approved return, or of one that had lapsed: they are restocked or written off, and what came is
/// paid back and credited, each once. The same receipt again, under whatever key, changes nothing.
#[utoipa::path(post, path = "/admin/orders/{id}/returns/{return_id}/receive", tag = "admin",
    request_body = ReceiptForm,
    params(("id" = String, Path), ("return_id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    security(("bearer" = ["returns_write"])),
    responses(
        (status = 202, body = ReturnAccepted),
        (status = 404, description = "order_not_found, return_not_found"),
        (status = 409, description = "return_not_open"),
    ))]
pub async fn receive(
    State(app): State<Arc<App>>,
    permit::ReturnsWrite(admin_id): permit::ReturnsWrite,
    Path((order, id)): Path<(String, String)>,
    IdempotencyKey(key): IdempotencyKey,
    headers: HeaderMap,
    Json(form): Json<ReceiptForm>,
) -> Result<(StatusCode, Answer<ReturnAccepted>), Problem> {
    let note = validate::line(form.note.as_deref().unwrap_or_default(), 0, 500)
        .map_err(|expected| Problem::field(VALIDATION_FAILED, "note", expected))?;
    let (order, of) = return_of(&app, &order, &id).await?;
    let lines: Vec<ReceivedUnits> = form.items.into_iter().map(ReceivedUnits::from).collect();
    check(&order, &of, &lines)?;
    let (order_id, return_id) = (order.order_id, of.return_id);
    let name = key.unwrap_or_else(|| MessageId::generate().to_string());
    let fact = format!("receive-return/{return_id}/{name}");
    let message = ReceiveReturn { order_id, return_id: return_id.clone(), lines, note, admin_id };
    Ok((StatusCode::ACCEPTED, Answer(send(&app, (order_id, return_id), &fact, message, &headers).await?)))
}

/// What the orders worker will say, unless somebody is faster.
fn check(order: &Order, of: &OrderReturn, lines: &[ReceivedUnits]) -> Result<(), Problem> {
    match of.state {
        R::Approved | R::Lapsed => order.check_receipt(of, lines).map_err(|why| refused(&why, lines)),
        R::Received | R::Refunded | R::NotRefunded if is_known(of, lines) => Ok(()),
        R::Requested | R::Refused | R::Withdrawn | R::Received | R::Refunded | R::NotRefunded => Err(not_open(of)),
    }
}

/// A receipt tells of units in two ways, of which one is too many.
fn refused(why: &Unreturnable, lines: &[ReceivedUnits]) -> Problem {
    if let Unreturnable::UnitsOutOfRange { sku, left } = why
        && let Some((place, line)) = lines.iter().enumerate().find(|(_, line)| line.sku == *sku)
    {
        return Problem::field(
            VALIDATION_FAILED,
            format!("items[{place}].{}", out_of_range(line, *left)),
            why.to_string(),
        );
    }
    let skus: Vec<&str> = lines.iter().map(|line| line.sku.as_str()).collect();
    problem(why, &skus)
}

/// Which number of units to look at first, of those that are together none, too many, or less than nothing.
fn out_of_range(line: &ReceivedUnits, left: i32) -> &'static str {
    let is_restock = line.restock < 0 || line.restock > left || line.write_off == 0;
    if is_restock { "restock" } else { "write_off" }
}

/// Whether this is what came.
fn is_known(of: &OrderReturn, lines: &[ReceivedUnits]) -> bool {
    let mut known: Vec<_> = of.lines.iter().filter(|line| line.received() > 0).collect();
    let mut told: Vec<_> = lines.iter().collect();
    known.sort_by(|a, b| a.sku.cmp(&b.sku));
    told.sort_by(|a, b| a.sku.cmp(&b.sku));
    let known = known.iter().map(|line| (&line.sku, line.restocked, line.written_off));
    known.eq(told.iter().map(|line| (&line.sku, line.restock, line.write_off)))
}

impl From<ReceivedItemForm> for ReceivedUnits {
    fn from(ReceivedItemForm { sku, restock, write_off }: ReceivedItemForm) -> Self {
        Self { sku, restock, write_off }
    }
}
