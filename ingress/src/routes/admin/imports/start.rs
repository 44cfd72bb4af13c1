//! `POST /admin/imports/{id}/start` and `POST /admin/imports/{id}/cancel`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    imports::{CancelImport, Import, ImportStatus, ImportsMessage, StartImport},
    types::Timestamp,
};
use serde::Deserialize;
use shared::id::MessageId;
use utoipa::ToSchema;

use super::{may_change, of_id, view::ImportView};
use crate::{
    app::App,
    auth::permit,
    extract::{OptionalJson, Path},
    inbox,
    problem::{IMPORT_HAS_BAD_ROWS, IMPORT_NOT_STARTABLE, IMPORT_OVER, Problem},
};

/// What is meant.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartForm {
    /// Whether the good rows are to be carried out though others are bad.
    #[serde(default)]
    skip_bad_rows: bool,
}

/// Has a checked file carried out. The same request again is none.
///
/// What changed since it was checked is refused row by row, and told under `…/errors`. A file with bad rows is started only with
/// `skip_bad_rows`. Its kind also takes the permission to change what it is about.
#[utoipa::path(post, path = "/admin/imports/{id}/start", tag = "admin", params(("id" = String, Path)),
    request_body = StartForm, security(("bearer" = ["imports_write"])), responses(
    (status = 202, body = ImportView),
    (status = 404, description = "import_not_found"),
    (status = 409, description = "import_not_startable, import_has_bad_rows"),
))]
pub async fn start(
    State(app): State<Arc<App>>,
    permit::ImportsWrite(admin_id): permit::ImportsWrite,
    Path(id): Path<String>,
    headers: HeaderMap,
    OptionalJson(form): OptionalJson<StartForm>,
) -> Result<(StatusCode, Answer<ImportView>), Problem> {
    let import = of_id(&app, &id).await?.state;
    may_change(&app, admin_id, import.kind).await?;
    if may_start(&import, form.skip_bad_rows)? {
        let (import_id, skip_bad_rows) = (import.import_id, form.skip_bad_rows);
        send(&app, &import, "start", &headers, StartImport { import_id, admin_id, skip_bad_rows }.into()).await?;
    }
    Ok((StatusCode::ACCEPTED, Answer((&import).into())))
}

/// Has no more of a file carried out. What is under way ends first; a file of which nothing is heard any more ends at once. The
/// same request again is none.
#[utoipa::path(post, path = "/admin/imports/{id}/cancel", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["imports_write"])), responses(
    (status = 202, body = ImportView),
    (status = 404, description = "import_not_found"),
    (status = 409, description = "import_over"),
))]
pub async fn cancel(
    State(app): State<Arc<App>>,
    permit::ImportsWrite(admin_id): permit::ImportsWrite,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Answer<ImportView>), Problem> {
    let import = of_id(&app, &id).await?.state;
    if matches!(import.status, ImportStatus::Finished | ImportStatus::Refused) {
        return Err(Problem::new(IMPORT_OVER));
    }
    if import.status != ImportStatus::Cancelled {
        let import_id = import.import_id;
        send(&app, &import, "cancel", &headers, CancelImport { import_id, admin_id }.into()).await?;
    }
    Ok((StatusCode::ACCEPTED, Answer((&import).into())))
}

/// Whether it is still to be started; a repetition is none.
fn may_start(import: &Import, skip_bad_rows: bool) -> Result<bool, Problem> {
    let bad = import.checked.as_ref().map_or(0, |file| file.bad);
    match import.status {
        _ if import.started.is_some() => Ok(false),
        ImportStatus::Checked if bad == 0 || skip_bad_rows => Ok(true),
        ImportStatus::Checked => {
            let detail = format!("{bad} of its rows are bad: mend them, or start it with skip_bad_rows");
            Err(Problem::new(IMPORT_HAS_BAD_ROWS).detail(detail).with("bad_rows", bad))
        }
        status => Err(Problem::new(IMPORT_NOT_STARTABLE).detail(format!("it is {}", status.as_str()))),
    }
}

async fn send(
    app: &App,
    import: &Import,
    wish: &str,
    headers: &HeaderMap,
    message: ImportsMessage,
) -> Result<(), Problem> {
    let at = Timestamp::now();
    let id = MessageId::of_fact(&format!("import/{}/{wish}/{}", import.import_id, at.as_millis()));
    let from = inbox::From::concerning(import.import_id.as_uuid(), id, at, headers);
    app.inbox.send_to(&import.import_id.to_string(), message, from).await
}
