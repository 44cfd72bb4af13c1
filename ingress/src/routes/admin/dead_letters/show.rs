//! `GET /admin/dead-letters/{id}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{DEAD_LETTER_NOT_FOUND, Problem},
    views::LetterView,
};

/// Shows one dead letter with what it says: the message as JSON, or its bytes where they cannot be read.
#[utoipa::path(get, path = "/admin/dead-letters/{id}", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["operations"])), responses(
        (status = 200, body = LetterView),
        (status = 404, description = "dead_letter_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    _: permit::Operations,
    Path(id): Path<String>,
) -> Result<Answer<LetterView>, Problem> {
    let letter = app.dead_letters.get(&id).await?.ok_or_else(|| Problem::new(DEAD_LETTER_NOT_FOUND))?;
    Ok(Answer(letter.into()))
}
