//! `GET /admin/coupons`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::view::{CouponList, CouponView};
use crate::{
    app::App,
    auth::permit,
    extract::Query,
    paging::{self, WantedPage},
    problem::Problem,
};

/// Lists the coupons, ordered by code, with how many orders use each.
#[utoipa::path(get, path = "/admin/coupons", tag = "admin", params(WantedPage), security(("bearer" = ["coupons_read"])), responses(
    (status = 200, body = CouponList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: permit::CouponsRead,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<CouponList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_text(wanted.cursor.as_deref())?;
    let found = app.coupons.page(after.as_deref(), limit + 1).await?;
    let found: Vec<CouponView> = found.into_iter().filter_map(CouponView::of).collect();
    let (items, next_cursor) = paging::cut_by_text(found, limit, CouponView::code);
    Ok(Answer(CouponList { items, next_cursor }))
}
