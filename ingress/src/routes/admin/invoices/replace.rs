//! `POST /admin/orders/{id}/invoice/replace`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    documents::Order,
    ids::UserId,
    orders::{CorrectInvoice, OrdersMessage},
    replacements::{InvoiceReplacement, Irreplaceable, ReplacementState},
};
use serde::Deserialize;
use shared::{id::MessageId, time::Timestamp};
use utoipa::ToSchema;

use super::view::ReplacementView;
use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path, RequiredKey},
    inbox,
    problem::{IDEMPOTENCY_KEY_REUSED, NOT_REPLACEABLE, Problem, VALIDATION_FAILED},
    routes::{
        admin::refunds::order_of,
        orders::form::{AddressForm, parse_gstin},
    },
    validate::{self, Faults},
};

/// The right buyer of an order's invoice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacementForm {
    /// The invoice that names the wrong one; unless given, the one in force.
    #[serde(default)]
    invoice_number: Option<String>,
    /// Name and address as they should be, in the same state.
    address: AddressForm,
    /// The right GSTIN, of that state; none for a buyer who is not registered.
    #[serde(default)]
    buyer_gstin: Option<String>,
    /// Why, in 1 to 500 characters.
    reason: String,
}

/// Makes an order's invoice void and has another stand for it, with the next number and the same lines and amounts: for one
/// that names the wrong buyer, within its month and before anything of it is credited. The same `Idempotency-Key`, which must
/// be given, is the same replacement. Of several asked for at once one is made; one that may not be any more is shown as
/// `refused`.
#[utoipa::path(post, path = "/admin/orders/{id}/invoice/replace", tag = "admin", request_body = ReplacementForm,
    params(("id" = String, Path), ("Idempotency-Key" = String, Header)), security(("bearer" = ["orders_write"])),
    responses(
        (status = 202, body = ReplacementView),
        (status = 404, description = "order_not_found"),
        (status = 409, description = "not_replaceable"),
    ))]
pub async fn replace(
    State(app): State<Arc<App>>,
    permit::OrdersWrite(admin): permit::OrdersWrite,
    Path(id): Path<String>,
    RequiredKey(key): RequiredKey,
    headers: HeaderMap,
    Json(form): Json<ReplacementForm>,
) -> Result<(StatusCode, Answer<ReplacementView>), Problem> {
    let order = order_of(&app, &id).await?;
    let id = MessageId::of_fact(&format!("replace-invoice/{}/{admin}/{key}", order.order_id));
    let at = Timestamp::now();
    let known = order.replacements.iter().find(|replacement| replacement.replacement_id == id.to_string());
    let wish = form.read(&order, known, id, admin)?;
    let replacement = match known {
        Some(known) => repeated(known, &wish)?,
        None => asked(&app, &order, &wish, at).await?,
    };
    let from = inbox::From::about(order.order_id, id, at, &headers);
    app.inbox.send::<OrdersMessage>(order.order_id, wish, from).await?;
    Ok((StatusCode::ACCEPTED, Answer(ReplacementView::from(replacement))))
}

impl ReplacementForm {
    /// The checked wish. Without a number it is about the invoice in force, or that which was when it was first sent.
    fn read(
        self,
        order: &Order,
        known: Option<&InvoiceReplacement>,
        id: MessageId,
        admin_id: UserId,
    ) -> Result<CorrectInvoice, Problem> {
        let mut faults = Faults::default();
        let address = self.address.parse("address.", &mut faults);
        let buyer_gstin = parse_gstin(self.buyer_gstin.as_deref().unwrap_or_default(), &address, &mut faults);
        let reason = faults.check("reason", validate::line(&self.reason, 1, 500));
        faults.none_in(()).map_err(Problem::invalid)?;
        let in_force = || order.invoice.as_ref().map(|invoice| invoice.number.clone());
        let number = self.invoice_number.or_else(|| known.map(|known| known.invoice_number.clone()));
        let invoice_number = number.or_else(in_force).ok_or_else(|| problem(Irreplaceable::NotInForce))?;
        let (order_id, replacement_id) = (order.order_id, id.to_string());
        Ok(CorrectInvoice { order_id, replacement_id, invoice_number, address, buyer_gstin, reason, admin_id })
    }
}

/// What the workers will make of it, unless something else is faster.
async fn asked(app: &App, order: &Order, wish: &CorrectInvoice, at: Timestamp) -> Result<InvoiceReplacement, Problem> {
    let number = &wish.invoice_number;
    order.may_replace_invoice(number).map_err(problem)?;
    let invoice = app.invoices.in_force(order.order_id).await?.filter(|invoice| invoice.number == *number);
    let invoice = invoice.ok_or_else(|| problem(Irreplaceable::NotInForce))?;
    invoice.may_be_replaced(at, &wish.address, &wish.buyer_gstin).map_err(problem)?;
    let CorrectInvoice { replacement_id, invoice_number, address, buyer_gstin, reason, admin_id: by, .. } =
        wish.clone();
    Ok(InvoiceReplacement {
        replacement_id,
        invoice_number,
        address,
        buyer_gstin,
        reason,
        by,
        asked_at: at,
        state: ReplacementState::Asked,
        code: String::new(),
        number: String::new(),
    })
}

/// The same request again is answered with how far it has come; another one under its key is a mistake.
fn repeated(known: &InvoiceReplacement, wish: &CorrectInvoice) -> Result<InvoiceReplacement, Problem> {
    let same = known.invoice_number == wish.invoice_number
        && known.address == wish.address
        && known.buyer_gstin == wish.buyer_gstin
        && known.reason == wish.reason;
    if same { Ok(known.clone()) } else { Err(Problem::new(IDEMPOTENCY_KEY_REUSED)) }
}

fn problem(why: Irreplaceable) -> Problem {
    match why {
        Irreplaceable::AnotherState => Problem::field(VALIDATION_FAILED, "address.state_code", why.to_string()),
        Irreplaceable::NotInForce
        | Irreplaceable::UnderWay
        | Irreplaceable::Credited
        | Irreplaceable::Withdrawn
        | Irreplaceable::MonthOver
        | Irreplaceable::TooOften => Problem::new(NOT_REPLACEABLE).detail(why.to_string()),
    }
}
