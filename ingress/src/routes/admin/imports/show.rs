//! `GET /admin/imports/{id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::{of_id, view::ImportView};
use crate::{app::App, auth::permit, extract::Path, problem::Problem};

/// Tells how a file stands: once it is `checked`, what carrying it out would change, and how far that has come.
#[utoipa::path(get, path = "/admin/imports/{id}", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["imports_read"])), responses(
    (status = 200, body = ImportView),
    (status = 404, description = "import_not_found"),
))]
pub async fn show(
    State(app): State<Arc<App>>,
    _: permit::ImportsRead,
    Path(id): Path<String>,
) -> Result<Answer<ImportView>, Problem> {
    Ok(Answer((&of_id(&app, &id).await?.state).into()))
}
