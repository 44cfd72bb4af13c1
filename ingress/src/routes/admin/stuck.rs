//! `GET /admin/stuck`

use std::{sync::Arc, time::Duration};

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use shared::{
    engine::{PARKED_BEHIND, Wanted},
    time::Timestamp,
};
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
    views::{StuckItem, StuckList},
};

/// As `engine.stuck_grace_seconds` is by default.
const GRACE_SECONDS: i64 = 300;
/// A year.
const MOST_GRACE_SECONDS: i64 = 365 * 86_400;

/// What counts as stuck.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// How long after its deadline; 300 if not given.
    grace_seconds: Option<i64>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Lists what waits for longer than it should: orders, payments, shipments, files, open dead letters and parked keys, the oldest
/// first, with what each waits for.
#[utoipa::path(get, path = "/admin/stuck", tag = "admin", params(Filter),
    security(("bearer" = ["operations"])), responses(
    (status = 200, body = StuckList),
))]
pub async fn stuck(
    State(app): State<Arc<App>>,
    _: permit::Operations,
    Query(filter): Query<Filter>,
) -> Result<Answer<StuckList>, Problem> {
    let limit = paging::limit(filter.limit)?;
    let grace_seconds = filter.grace_seconds.unwrap_or(GRACE_SECONDS);
    let grace = u64::try_from(grace_seconds).ok().filter(|_| grace_seconds <= MOST_GRACE_SECONDS);
    let expected = format!("must be 0 to {MOST_GRACE_SECONDS}");
    let grace = grace.ok_or_else(|| Problem::field(VALIDATION_FAILED, "grace_seconds", expected))?;
    let before = Timestamp::now().minus(Duration::from_secs(grace));
    let mut items = since(&app, before, limit).await?;
    items.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Answer(StuckList { items, grace_seconds }))
}

async fn since(app: &App, before: Timestamp, limit: i64) -> Result<Vec<StuckItem>, Problem> {
    let letters = async { app.dead_letters.find(&Wanted::default(), limit).await.map_err(Problem::from) };
    let parked = async { app.dead_letters.parked_since(before, limit).await.map_err(Problem::from) };
    let (overdue, letters, parked) = futures::try_join!(app.stuck.since(before, limit), letters, parked)?;
    // Those that only wait behind another are told of by their key.
    let letters = letters.into_iter().filter(|letter| letter.died_at <= before && letter.code != PARKED_BEHIND);
    let aggregates = overdue.into_iter().map(StuckItem::from);
    Ok(aggregates.chain(letters.map(StuckItem::from)).chain(parked.into_iter().map(StuckItem::from)).collect())
}
