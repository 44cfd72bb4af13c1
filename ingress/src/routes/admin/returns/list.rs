//! `GET /admin/returns`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use schemas::returns::ListedReturn;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging,
    problem::{Problem, VALIDATION_FAILED},
    views::{AllReturns, ListedReturnView},
};

/// Which page of which returns.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those that are open, or only the others; all if not given.
    open: Option<bool>,
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists the returns of all orders: open ones first, the oldest of them at the head; then the others, the youngest first.
#[utoipa::path(get, path = "/admin/returns", tag = "admin", params(Wanted), security(("bearer" = ["returns_read"])), responses(
    (status = 200, body = AllReturns),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::ReturnsRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<AllReturns>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let (begin, end) = ListedReturn::places(wanted.open);
    let after = wanted.cursor.as_deref().map(read_cursor).transpose()?.unwrap_or_default();
    let found = app.returns.page(begin.max(&after), end, limit + 1).await?;
    let (found, next_cursor) = paging::cut_by_text(found, limit, |listed| &listed.place);
    Ok(Answer(AllReturns { items: found.into_iter().map(ListedReturnView::from).collect(), next_cursor }))
}

/// The place of the last page's last return.
fn read_cursor(cursor: &str) -> Result<String, Problem> {
    let place = hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = place.filter(|place| place.starts_with("0/") || place.starts_with("1/"));
    place.ok_or_else(|| Problem::field(VALIDATION_FAILED, "cursor", "must be a next_cursor that this list gave"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_and_a_foreign_one_is_refused() {
        let place = "0/0000000000000000005/r";
        assert_eq!(read_cursor(&hex::encode(place)), Ok(place.to_owned()));
        for bad in ["", "zz", "00", "ff", "2f"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }
}
