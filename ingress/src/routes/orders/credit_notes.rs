//! `GET /orders/{id}/credit-notes` and `GET /orders/{id}/credit-notes/{number}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{
    invoice::{Pdf, pdf},
    own::Claimed,
};
use crate::{
    app::App,
    auth::User,
    extract::Path,
    invoice::printable_credit_note,
    problem::{CREDIT_NOTE_NOT_FOUND, Problem},
    views::CreditNoteList,
};

/// Lists what was taken back of an order's invoice, in the order in which it was.
#[utoipa::path(get, path = "/orders/{id}/credit-notes", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = CreditNoteList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Answer<CreditNoteList>, Problem> {
    claimed.status(&app, 0).await?;
    Ok(Answer(app.credit_notes.of_order(claimed.order).await?.into()))
}

/// Prints a credit note as PDF. The same credit note is the same bytes, whenever and wherever it is printed.
#[utoipa::path(get, path = "/orders/{id}/credit-notes/{number}", tag = "orders",
    params(("id" = String, Path), ("number" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "order_not_found, credit_note_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    User(user): User,
    Path((order, number)): Path<(String, String)>,
) -> Result<Pdf, Problem> {
    let claimed = Claimed::by(user, &order)?;
    claimed.status(&app, 0).await?;
    let notes = app.credit_notes.of_order(claimed.order).await?;
    let note = notes.iter().find(|note| note.number == number).ok_or_else(|| Problem::new(CREDIT_NOTE_NOT_FOUND))?;
    pdf(&app, &note.number, printable_credit_note(note)).await
}
