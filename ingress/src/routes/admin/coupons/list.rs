//! `GET /admin/coupons`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{CouponList, CouponView};
use crate::{app::App, auth::permit, extract::Query, paging, problem::Problem};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// The last page's `next_cursor`.
    cursor: Option<String>,
}

/// Lists the coupons, ordered by code, with how many orders use each.
#[utoipa::path(get, path = "/admin/coupons", tag = "admin", params(Wanted), security(("bearer" = ["coupons_read"])), responses(
    (status = 200, body = CouponList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::CouponsRead,
    Query(wanted): Query<Wanted>,
) -> Result<Answer<CouponList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_text(wanted.cursor.as_deref())?;
    let found = app.coupons.page(after.as_deref(), limit + 1).await?;
    let found: Vec<CouponView> = found.into_iter().filter_map(CouponView::of).collect();
    let (items, next_cursor) = paging::cut_by_text(found, limit, CouponView::code);
    Ok(Answer(CouponList { items, next_cursor }))
}
