//! `GET /admin/ledger/balances`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use shared::time::Timestamp;
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    problem::{Problem, VALIDATION_FAILED},
    views::{TrialBalance, account_views},
};

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// A moment (RFC 3339, such as `2026-04-01T00:00:00+05:30`); what was booked before it counts. Now, if not given.
    at: Option<String>,
}

/// The trial balance of the money ledger at any moment.
#[utoipa::path(get, path = "/admin/ledger/balances", tag = "admin", params(Wanted),
    security(("bearer" = ["money_read"])), responses(
    (status = 200, body = TrialBalance),
))]
pub async fn balances(
    State(app): State<Arc<App>>,
    _: permit::MoneyRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<TrialBalance>, Problem> {
    let expected = "must be a moment such as 2026-04-01T00:00:00+05:30";
    let at = match &wanted.at {
        None => Timestamp::now(),
        Some(at) => Timestamp::parse(at).ok_or_else(|| Problem::field(VALIDATION_FAILED, "at", expected))?,
    };
    let accounts = account_views(app.ledger.balances(at).await?);
    Ok(Answer(TrialBalance { at, accounts }))
}
