//! `GET /admin/imports`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::view::{ImportList, ImportView};
use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging::{self, WantedPage},
    problem::Problem,
    read_models::ImportDocument,
};

/// Lists the files that were brought in, the newest first.
#[utoipa::path(get, path = "/admin/imports", tag = "admin", params(WantedPage), security(("bearer" = ["imports_read"])), responses(
    (status = 200, body = ImportList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::ImportsRead,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<ImportList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_time(wanted.cursor.as_deref())?;
    let found = app.imports.page(after.as_ref(), limit + 1).await?;
    let place = |found: &ImportDocument| (found.state.uploaded.at, found.state.import_id.to_string());
    let (found, next_cursor) = paging::cut_by_time(found, limit, place);
    Ok(Answer(ImportList { items: found.iter().map(|found| ImportView::from(&found.state)).collect(), next_cursor }))
}
