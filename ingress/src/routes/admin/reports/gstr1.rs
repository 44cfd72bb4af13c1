//! `GET /admin/reports/gstr1`

use std::sync::Arc;

use axum::{
    Json as Answer,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use gstr1::{Listed, Month, Paper, Section, Summary};
use mongodb::error::Error;
use schemas::documents::{CreditNote, Invoice};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    problem::{Problem, REPORT_TOO_LONG, VALIDATION_FAILED},
    validate,
    views::SectionDoc,
};

/// The most documents that one answer lists: some 10 MB. Sheets have no bound, for they are written as they are read.
const MOST_LISTED: usize = 20_000;

/// Which return.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The month in India, such as `2026-04`.
    #[param(pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    month: String,
    /// The name of a sheet: that one alone, as CSV.
    #[param(value_type = Option<SectionDoc>)]
    section: Option<String>,
    /// Whose return; unless given, the registration that issued the last invoice of the month or before.
    gstin: Option<String>,
}

/// The GSTR-1 return of a month: as a whole in the form that the portal takes, or one of its sheets.
#[utoipa::path(get, path = "/admin/reports/gstr1", tag = "admin", params(Wanted),
    security(("bearer" = ["money_read"])), responses(
    (status = 200, description = "The return, or with `section` a sheet",
     content((Object = "application/json"), (String = "text/csv"))),
    (status = 422, description = "report_too_long"),
))]
pub async fn gstr1(
    State(app): State<Arc<App>>,
    _: permit::MoneyRead,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let month: Month = wanted.month.parse().map_err(|_| unusable("month", "must be a month such as 2026-04"))?;
    let section = wanted.section.as_deref().map(str::parse::<Section>).transpose();
    let section = section.map_err(|()| unusable("section", "must be the name of a sheet, such as b2b"))?;
    let gstin = match wanted.gstin {
        Some(gstin) => validate::gstin(&gstin).map_err(|message| unusable("gstin", &message))?,
        None => app.invoices.sellers_gstin(month.bounds().1).await?.unwrap_or_default(),
    };
    let documents = documents(&app, &gstin, month).await?;
    match section {
        Some(section) => Ok(sheet(section, month, documents)),
        None => whole(&gstin, month, documents).await,
    }
}

fn unusable(field: &str, message: &str) -> Problem {
    Problem::field(VALIDATION_FAILED, field, message)
}

/// An invoice or a credit note of the record.
enum Issued {
    Invoice(Box<Invoice>),
    CreditNote(Box<CreditNote>),
}

impl Issued {
    fn paper(&self) -> Paper<'_> {
        match self {
            Self::Invoice(invoice) => invoice.as_ref().into(),
            Self::CreditNote(note) => note.as_ref().into(),
        }
    }
}

type Documents = BoxStream<'static, Result<Issued, Error>>;

async fn documents(app: &App, gstin: &str, month: Month) -> Result<Documents, Problem> {
    let (begin, end) = month.bounds();
    let invoices = app.invoices.issued(gstin, begin, end).await?;
    let notes = app.credit_notes.issued(gstin, begin, end).await?;
    let invoices = invoices.map_ok(|invoice| Issued::Invoice(Box::new(invoice)));
    Ok(invoices.chain(notes.map_ok(|note| Issued::CreditNote(Box::new(note)))).boxed())
}

/// Written as it is read: a sheet of any length needs little memory.
fn sheet(section: Section, month: Month, documents: Documents) -> Response {
    let lines: BoxStream<'static, Result<String, Error>> = match section.lists() {
        Some(table) => {
            let listed = documents.map_ok(|issued| Listed::of(&issued.paper()));
            let wanted = listed.map_ok(move |listed| listed.filter(|document| document.table == table));
            wanted.map_ok(|document| document.map(|document| document.lines()).unwrap_or_default()).boxed()
        }
        None => stream::once(async move {
            let summary = documents.try_fold(Summary::default(), async |mut summary, issued| {
                summary.add(&issued.paper());
                Ok(summary)
            });
            Ok(summary.await?.lines(section))
        })
        .boxed(),
    };
    let lines = stream::once(async move { Ok(gstr1::head(section)) }).chain(lines);
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
    let name = format!("attachment; filename=\"gstr1-{month}-{}.csv\"", section.as_str());
    ([kind, (header::CONTENT_DISPOSITION, name)], Body::from_stream(lines)).into_response()
}

async fn whole(gstin: &str, month: Month, mut documents: Documents) -> Result<Response, Problem> {
    let (mut listed, mut summary) = (Vec::new(), Summary::default());
    while let Some(issued) = documents.try_next().await? {
        summary.add(&issued.paper());
        listed.extend(Listed::of(&issued.paper()));
        if listed.len() > MOST_LISTED {
            let detail = format!("more than {MOST_LISTED} documents are listed one by one: ask for section by section");
            return Err(Problem::new(REPORT_TOO_LONG).detail(detail));
        }
    }
    Ok(Answer(gstr1::json(gstin, month, &listed, &summary)).into_response())
}
