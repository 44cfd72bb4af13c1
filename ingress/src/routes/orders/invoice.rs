//! `GET /orders/{id}/invoice`

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderName, header},
};

use super::own::Claimed;
use crate::{
    app::App,
    invoice::{Unprintable, printable},
    problem::{INTERNAL, INVOICE_NOT_READY, Problem},
    views::ProblemDoc,
};

/// Prints an order's invoice as PDF. The same invoice is the same bytes, whenever and wherever it is printed.
#[utoipa::path(get, path = "/orders/{id}/invoice", tag = "orders", params(("id" = String, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 404, body = ProblemDoc, content_type = "application/problem+json"),
    ))]
pub async fn invoice(
    State(app): State<Arc<App>>,
    claimed: Claimed,
) -> Result<([(HeaderName, String); 2], Bytes), Problem> {
    claimed.status(&app, 0).await?;
    let not_ready = || Problem::new(INVOICE_NOT_READY).detail("an invoice is issued once the order is paid");
    let invoice = app.invoices.of_order(claimed.order).await?.ok_or_else(not_ready)?;
    let disposition = format!("inline; filename=\"{}.pdf\"", invoice.number.replace('/', "-"));
    let document = print(&app, printable(&invoice)).await?;
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, document))
}

/// A few at a time, off the threads that answer everybody else.
///
/// # Errors
/// A problem for a document that cannot be printed.
pub async fn print(app: &App, document: Result<invoice_pdf::Invoice, Unprintable>) -> Result<Bytes, Problem> {
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
