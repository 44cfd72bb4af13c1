//! `POST /admin/orders/{id}/refunds`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    documents::Order,
    ids::{OrderId, Sku, UserId},
    orders::{OrdersMessage, RefundOrder, RefundedUnits},
    refunds::{OrderRefund, RefundState, Unrefundable},
    types::{Currency, Money},
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
    problem::{IDEMPOTENCY_KEY_REUSED, NOT_REFUNDABLE, Problem, VALIDATION_FAILED},
    validate::{self, Faults},
};

/// The most lines of a refund: as many as an order may have.
const MOST_LINES: usize = 50;

/// What goes back: either an amount or units of the order's parts, at what they were sold for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundForm {
    /// An amount in paise, at least 1.
    #[serde(default)]
    amount_minor: Option<i64>,
    /// Units of parts, each part once.
    #[serde(default)]
    lines: Vec<RefundLineForm>,
    /// Why, in 1 to 500 characters.
    reason: String,
}

/// Units of one part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundLineForm {
    /// The part.
    #[schema(value_type = String)]
    sku: Sku,
    /// How many.
    #[schema(minimum = 1)]
    quantity: i32,
}

/// Gives some of an order's money back; the order stands, unless nothing of its money is left. The same
/// `Idempotency-Key`, which must be given, is the same refund. Refunds of an order never come to more than was captured,
/// however many are asked for at once: one that does not fit any more is shown as `refused`. Of an order for cash it lessens
/// what nobody has paid yet; what is left of it is `owed` until it is paid out.
#[utoipa::path(post, path = "/admin/orders/{id}/refunds", tag = "admin", request_body = RefundForm,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = ["refunds_write"])),
    responses(
        (status = 202, body = RefundView),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "not_refundable"),
    ))]
pub async fn create(
    State(app): State<Arc<App>>,
    permit::RefundsWrite(admin): permit::RefundsWrite,
    Path(id): Path<String>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(form): Json<RefundForm>,
) -> Result<(StatusCode, Answer<RefundView>), Problem> {
    let order = order_of(&app, &id).await?;
    let id = MessageId::of_fact(&format!("refund/{}/{admin}/{key}", order.order_id));
    let at = Timestamp::now();
    let wish = form.read(order.order_id, id, admin)?;
    let refund = match order.refunds.iter().find(|refund| refund.refund_id == wish.refund_id) {
        Some(known) => repeated(known, &wish)?,
        None => asked(&order, &wish, at).map_err(problem)?,
    };
    let from = inbox::From::about(order.order_id, id, at, &headers);
    app.inbox.send::<OrdersMessage>(order.order_id, wish, from).await?;
    Ok((StatusCode::ACCEPTED, Answer(RefundView::from(refund))))
}

impl RefundForm {
    /// The checked wish. What it comes to only the order says.
    fn read(self, order_id: OrderId, id: MessageId, admin_id: UserId) -> Result<RefundOrder, Problem> {
        let mut faults = Faults::default();
        let reason = faults.check("reason", validate::line(&self.reason, 1, 500));
        if self.amount_minor.is_some() != self.lines.is_empty() {
            faults.add("amount_minor", "give either an amount or lines");
        }
        if self.amount_minor.is_some_and(|minor| minor < 1) {
            faults.add("amount_minor", "must be at least 1");
        }
        if self.lines.len() > MOST_LINES {
            faults.add("lines", format!("must be at most {MOST_LINES}"));
        }
        let amount = self.amount_minor.map(|minor| Money { minor, currency: Currency::INR });
        let unit = |line: RefundLineForm| RefundedUnits { sku: line.sku, quantity: line.quantity };
        let lines = self.lines.into_iter().map(unit).collect();
        faults.none_in(()).map_err(Problem::invalid)?;
        Ok(RefundOrder { order_id, refund_id: id.to_string(), amount, lines, reason, admin_id })
    }
}

/// What the orders worker will make of it, unless another refund is faster.
fn asked(order: &Order, wish: &RefundOrder, asked_at: Timestamp) -> Result<OrderRefund, Unrefundable> {
    let (amount, lines) = order.price_refund(wish.amount, &wish.lines)?;
    let RefundOrder { refund_id, reason, admin_id: by, .. } = wish.clone();
    let (state, code) = (RefundState::Asked, String::new());
    let refund =
        OrderRefund { refund_id, amount, lines, reason, by, asked_at, state, code, set_off: None, paid_out: None };
    Ok(if order.is_cash() { order.owing(refund) } else { refund })
}

/// The same request again is answered with how far it has come; another one under its key is a mistake.
fn repeated(known: &OrderRefund, wish: &RefundOrder) -> Result<OrderRefund, Problem> {
    let units = |sku: &Sku, quantity| (sku.clone(), quantity);
    let refused_unpriced = known.amount.minor == 0;
    let kept: Vec<_> = known.lines.iter().map(|line| units(&line.sku, line.quantity)).collect();
    let wanted: Vec<_> = wish.lines.iter().map(|line| units(&line.sku, line.quantity)).collect();
    let same_amount = wish.amount.is_none_or(|amount| amount == known.amount);
    let same = refused_unpriced || (same_amount && kept == wanted);
    if same && known.reason == wish.reason { Ok(known.clone()) } else { Err(Problem::new(IDEMPOTENCY_KEY_REUSED)) }
}

fn problem(why: Unrefundable) -> Problem {
    match &why {
        Unrefundable::NotPaid
        | Unrefundable::Withdrawn
        | Unrefundable::ExceedsPayment { .. }
        | Unrefundable::Disputed { .. } => Problem::new(NOT_REFUNDABLE).detail(why.to_string()),
        Unrefundable::UnknownPart(_) | Unrefundable::UnitsOutOfRange { .. } | Unrefundable::Unclear => {
            Problem::field(VALIDATION_FAILED, "lines", why.to_string())
        }
    }
}
