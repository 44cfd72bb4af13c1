//! `POST /admin/orders/{id}/cash`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    cash::{CashInstalment, RecordCash, Unreceivable},
    documents::Order,
    ids::UserId,
    orders::OrdersMessage,
    types::{Currency, Money},
};
use serde::Deserialize;
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path, RequiredKey},
    inbox,
    problem::{CASH_NOT_DUE, IDEMPOTENCY_KEY_REUSED, Problem},
    routes::admin::refunds::order_of,
    validate::{self, Faults},
    views::{InstalmentState, InstalmentView},
};

/// Cash that was taken for an order: all that is due, or an instalment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CashForm {
    /// An amount in paise, at least 1.
    #[schema(minimum = 1)]
    amount_minor: i64,
    /// When it was taken from the customer: since the order was placed.
    #[schema(value_type = String, format = DateTime)]
    received_at: String,
    /// Who took it, in 1 to 100 characters: one of the shop's people, or a carrier.
    received_by: String,
    /// What it is written down as, in 1 to 100 characters: the number of a receipt, or of a carrier's remittance.
    reference: String,
    /// What else is to be said about it, at most 500 characters; the customer does not see it.
    #[serde(default)]
    note: Option<String>,
}

/// Writes down cash that was taken for an order that is paid so, once it is confirmed. The same `Idempotency-Key`, which must
/// be given, is the same instalment. Instalments never come to more than is due, however many are told of at once: one that
/// does not fit any more is shown as `refused`. Cash that was taken before goods came back may be told afterwards.
#[utoipa::path(post, path = "/admin/orders/{id}/cash", tag = "admin", request_body = CashForm,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = ["money_write"])),
    responses(
        (status = 202, body = InstalmentView),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "cash_not_due"),
    ))]
pub async fn record(
    State(app): State<Arc<App>>,
    permit::MoneyWrite(admin): permit::MoneyWrite,
    Path(id): Path<String>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(form): Json<CashForm>,
) -> Result<(StatusCode, Answer<InstalmentView>), Problem> {
    let order = order_of(&app, &id).await?;
    let id = MessageId::of_fact(&format!("cash/{}/{admin}/{key}", order.order_id));
    let at = Timestamp::now();
    let told = form.read(&order, id, admin, at)?;
    let shown = match order.cash.iter().find(|known| known.instalment_id == told.instalment_id) {
        Some(known) => repeated(known, &told)?,
        None => asked(&order, &told, at).map_err(|why| Problem::new(CASH_NOT_DUE).detail(why.to_string()))?,
    };
    let from = inbox::From::about(order.order_id, id, at, &headers);
    app.inbox.send::<OrdersMessage>(order.order_id, told, from).await?;
    Ok((StatusCode::ACCEPTED, Answer(shown)))
}

impl CashForm {
    fn read(self, order: &Order, id: MessageId, admin_id: UserId, now: Timestamp) -> Result<RecordCash, Problem> {
        let mut faults = Faults::default();
        if self.amount_minor < 1 {
            faults.add("amount_minor", "must be at least 1");
        }
        let received_at = validate::moment(&self.received_at, order.placed_at, now);
        let received_at = faults.check("received_at", received_at.map(Some)).unwrap_or(now);
        let received_by = faults.check("received_by", validate::line(&self.received_by, 1, 100));
        let reference = faults.check("reference", validate::line(&self.reference, 1, 100));
        let note = faults.check("note", validate::line(self.note.as_deref().unwrap_or_default(), 0, 500));
        faults.none_in(()).map_err(Problem::invalid)?;
        let (order_id, instalment_id) = (order.order_id, id.to_string());
        let amount = Money { minor: self.amount_minor, currency: Currency::INR };
        Ok(RecordCash { order_id, instalment_id, amount, received_at, received_by, reference, note, admin_id })
    }
}

/// What the orders worker will make of it, unless somebody is faster.
fn asked(order: &Order, told: &RecordCash, recorded_at: Timestamp) -> Result<InstalmentView, Unreceivable> {
    order.check_cash(told.amount, told.received_at)?;
    let RecordCash { instalment_id, amount, received_at, received_by, reference, note, admin_id: by, .. } =
        told.clone();
    let (state, code) = (InstalmentState::Asked, String::new());
    Ok(InstalmentView {
        instalment_id,
        state,
        code,
        amount,
        received_at,
        received_by,
        reference,
        note,
        by,
        recorded_at,
    })
}

/// The same request again is answered with what came of it; another one under its key is a mistake.
fn repeated(known: &CashInstalment, told: &RecordCash) -> Result<InstalmentView, Problem> {
    let same = known.amount == told.amount
        && known.received_at == told.received_at
        && (&known.received_by, &known.reference, &known.note) == (&told.received_by, &told.reference, &told.note);
    if same { Ok(known.clone().into()) } else { Err(Problem::new(IDEMPOTENCY_KEY_REUSED)) }
}
