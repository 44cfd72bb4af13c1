//! `GET /admin/dead-letters`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use shared::engine::{LetterState, Wanted};
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging,
    problem::Problem,
    views::{LetterList, LetterStateDoc, LetterSummary},
};

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// What has become of them; `open` if not given.
    #[serde(default)]
    #[param(value_type = Option<LetterStateDoc>)]
    state: LetterState,
    /// For example `payments.inbox`.
    inbox: Option<String>,
    /// For example `handler_panicked`.
    code: Option<String>,
    /// The aggregate: an order's id, a SKU.
    key: Option<String>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists what the workers put aside, the oldest first.
#[utoipa::path(get, path = "/admin/dead-letters", tag = "admin", params(Filter),
    security(("bearer" = ["operations"])), responses(
    (status = 200, body = LetterList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::Operations,
    Query(filter): Query<Filter>,
) -> Result<Answer<LetterList>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let after = paging::after_time(filter.cursor.as_deref())?;
    let Filter { state, inbox, code, key, .. } = filter;
    let found = app.dead_letters.find(&Wanted { state, inbox, code, key, after }, limit + 1).await?;
    let (page, next_cursor) = paging::cut_by_time(found, limit, |letter| (letter.died_at, letter.id.clone()));
    Ok(Answer(LetterList { items: page.into_iter().map(LetterSummary::from).collect(), next_cursor }))
}
