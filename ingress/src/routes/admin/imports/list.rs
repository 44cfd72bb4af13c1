//! `GET /admin/imports`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{ImportList, ImportView};
use crate::{app::App, auth::permit, extract::Query, paging, problem::Problem, read_models::ImportDocument};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// The last page's `next_cursor`.
    pub cursor: Option<String>,
}

/// Lists the files that were brought in, the newest first.
#[utoipa::path(get, path = "/admin/imports", tag = "admin", params(Wanted), security(("bearer" = ["imports_read"])), responses(
    (status = 200, body = ImportList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::ImportsRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<ImportList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_time(wanted.cursor.as_deref())?;
    let found = app.imports.page(after.as_ref(), limit + 1).await?;
    let place = |found: &ImportDocument| (found.state.uploaded.at, found.state.import_id.to_string());
    let (found, next_cursor) = paging::cut_by_time(found, limit, place);
    Ok(Answer(ImportList { items: found.iter().map(|found| ImportView::from(&found.state)).collect(), next_cursor }))
}
