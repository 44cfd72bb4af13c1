//! `GET /admin/imports/{id}/errors`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{
    of_id,
    view::{RowErrorList, RowErrorView},
};
use crate::{
    app::App,
    auth::permit,
    extract::{Path, Query},
    paging::{self, WantedPage},
    problem::Problem,
};

/// Lists what is wrong with a file's rows, in their order: what was found when it was checked, and what was refused when it was
/// carried out.
#[utoipa::path(get, path = "/admin/imports/{id}/errors", tag = "admin", params(("id" = String, Path), WantedPage),
    security(("bearer" = ["imports_read"])), responses(
    (status = 200, body = RowErrorList),
    (status = 404, description = "import_not_found"),
))]
pub async fn errors(
    State(app): State<Arc<App>>,
    _: permit::ImportsRead,
    Path(id): Path<String>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<RowErrorList>, Problem> {
    let (limit, after) = (paging::limit(wanted.limit)?, paging::after_text(wanted.cursor.as_deref())?);
    let import = of_id(&app, &id).await?.state;
    let found = app.imports.problems(&import, after.as_deref(), limit + 1).await?;
    let (found, next_cursor) = paging::cut_by_text(found, limit, |(id, _)| id);
    Ok(Answer(RowErrorList { items: found.into_iter().map(|(_, row)| RowErrorView::from(row)).collect(), next_cursor }))
}
