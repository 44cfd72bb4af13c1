//! `GET /admin/reconciliation`

use std::sync::Arc;

use axum::{
    Json as Answer,
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use schemas::{
    ids::FindingId,
    reconciliation::{FindingKind, FindingState, Sheet},
    types::Timestamp,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{FindingList, FindingView};
use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
    read_models::{FindingPlace, WantedFindings},
    views::{FindingKindDoc, FindingStateDoc},
};

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Whether anything is left to do about them; all if not given.
    #[param(value_type = Option<FindingStateDoc>)]
    state: Option<FindingState>,
    /// One kind of finding; all if not given.
    #[param(value_type = Option<FindingKindDoc>)]
    kind: Option<FindingKind>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists what reconciliation found, youngest first; with `Accept: text/csv` all of it in one sheet.
#[utoipa::path(get, path = "/admin/reconciliation", tag = "admin", params(Wanted),
    security(("bearer" = ["money_read"])), responses(
    (status = 200, body = FindingList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::MoneyRead,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let filter = WantedFindings { state: wanted.state, kind: wanted.kind };
    if wants_sheet(&headers) {
        return sheet(&app, filter).await;
    }
    let limit = paging::limit(wanted.limit)?;
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?;
    let mut found = app.findings.page(filter, after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|last| cursor(FindingPlace { first_seen: last.first_seen, id: last.id }));
    let items = found.into_iter().map(FindingView::from).collect();
    Ok(Answer(FindingList { items, next_cursor }).into_response())
}

fn wants_sheet(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/csv"))
}

async fn sheet(app: &App, filter: WantedFindings) -> Result<Response, Problem> {
    let rows = app.findings.all(filter).await?.map_ok(|finding| Sheet::row(&finding));
    let lines = stream::once(async { Ok(Sheet::head()) }).chain(rows);
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"reconciliation.csv\"");
    Ok(([kind, name], Body::from_stream(lines)).into_response())
}

/// Where the next page begins: the time and the id of the last finding.
fn cursor(last: FindingPlace) -> String {
    format!("{:016x}{}", last.first_seen.as_millis(), hex::encode(last.id.as_uuid().as_bytes()))
}

fn read_cursor(cursor: &str) -> Result<FindingPlace, Problem> {
    let read = || {
        let mut bytes = [0; 24];
        hex::decode_to_slice(cursor, &mut bytes).ok()?;
        let (time, id) = bytes.split_first_chunk::<8>()?;
        let first_seen = Timestamp::from_millis(i64::from_be_bytes(*time));
        Some(FindingPlace { first_seen, id: FindingId::from_uuid(Uuid::from_slice(id).ok()?) })
    };
    read().ok_or_else(|| Problem::field(VALIDATION_FAILED, "cursor", "must be a next_cursor that this list gave"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_a_foreign_one_is_refused() {
        let place = FindingPlace { first_seen: Timestamp::from_millis(1_700_000_000_000), id: FindingId::generate() };
        assert_eq!(read_cursor(&cursor(place)), Ok(place));
        for bad in ["", "zz", "00", &"0".repeat(47), &"0".repeat(50)] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sheet_is_given_to_whoever_accepts_one() {
        let accepts = |value| wants_sheet(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]));
        assert!(accepts("text/csv") && accepts("application/json;q=0.1, text/csv;q=0.9"));
        assert!(!accepts("application/json") && !accepts("*/*"));
    }
}
