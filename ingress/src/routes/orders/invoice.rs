//! `GET /orders/{id}/invoice`, and all of an order's invoices under `GET /orders/{id}/invoices`

use std::sync::Arc;

use axum::{
    Json as Answer,
    body::Bytes,
    extract::State,
    http::{HeaderName, header},
};

use super::own::Claimed;
use crate::{
    app::App,
    auth::User,
    extract::Path,
    invoice::{Unprintable, printable},
    problem::{INTERNAL, INVOICE_NOT_FOUND, INVOICE_NOT_READY, Problem},
    views::InvoiceList,
};

/// A paper, with what it is and what it is called.
pub type Pdf = ([(HeaderName, String); 2], Bytes);

/// Prints an order's invoice as PDF: the one in force. The same invoice is the same bytes, whenever and wherever it is printed.
#[utoipa::path(get, path = "/orders/{id}/invoice", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "order_not_found, invoice_not_ready"),
    ))]
pub async fn invoice(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Pdf, Problem> {
    claimed.status(&app, 0).await?;
    let not_ready = || Problem::new(INVOICE_NOT_READY).detail("an invoice is issued once the order is paid");
    let invoice = app.invoices.in_force(claimed.order).await?.ok_or_else(not_ready)?;
    pdf(&app, &invoice.number, printable(&invoice)).await
}

/// Lists an order's invoices, the oldest first. One is in force, the last; any other is void, and another stands for it.
#[utoipa::path(get, path = "/orders/{id}/invoices", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = InvoiceList),
        (status = 404, description = "order_not_found"),
    ))]
pub async fn list(State(app): State<Arc<App>>, claimed: Claimed) -> Result<Answer<InvoiceList>, Problem> {
    claimed.status(&app, 0).await?;
    Ok(Answer(app.invoices.of_order(claimed.order).await?.into()))
}

/// Prints one of an order's invoices as PDF. One that is void says so, and which one stands for it.
#[utoipa::path(get, path = "/orders/{id}/invoices/{number}", tag = "orders",
    params(("id" = String, Path), ("number" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "order_not_found, invoice_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    User(user): User,
    Path((order, number)): Path<(String, String)>,
) -> Result<Pdf, Problem> {
    let claimed = Claimed::by(user, &order)?;
    claimed.status(&app, 0).await?;
    let invoices = app.invoices.of_order(claimed.order).await?;
    let invoice = invoices.iter().find(|invoice| invoice.number == number);
    let invoice = invoice.ok_or_else(|| Problem::new(INVOICE_NOT_FOUND))?;
    pdf(&app, &invoice.number, printable(invoice)).await
}

/// A paper under its number, as a browser shows it.
///
/// # Errors
/// A problem for a document that cannot be printed.
pub async fn pdf(app: &App, number: &str, document: Result<invoice_pdf::Invoice, Unprintable>) -> Result<Pdf, Problem> {
    let disposition = format!("inline; filename=\"{}.pdf\"", number.replace('/', "-"));
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, print(app, document).await?))
}

/// A few at a time, off the threads that answer everybody else.
async fn print(app: &App, document: Result<invoice_pdf::Invoice, Unprintable>) -> Result<Bytes, Problem> {
    let broken = |error: &dyn std::fmt::Display| Problem::new(INTERNAL).because(error);
    let document = document.map_err(|error| broken(&error))?;
    let place = Arc::clone(&app.printing).acquire_owned().await.map_err(|error| broken(&error))?;
    let printed = tokio::task::spawn_blocking(move || {
        let _held_until_done = place;
        invoice_pdf::render(&document)
    });
    let bytes = printed.await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))?;
    Ok(bytes.into())
}
