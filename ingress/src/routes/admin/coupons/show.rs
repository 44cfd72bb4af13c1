//! `GET /admin/coupons/{code}`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};

use super::view::{CouponInFull, CouponView};
use crate::{
    app::App,
    auth::permit,
    extract::Path,
    problem::{COUPON_NOT_FOUND, Problem},
    validate,
};

/// Revisions that are shown.
const SHOWN: i64 = 20;

/// Shows a coupon: what it is, how many orders use it, and who changed it when.
#[utoipa::path(get, path = "/admin/coupons/{code}", tag = "admin", params(("code" = String, Path)),
    security(("bearer" = ["coupons_read"])), responses(
        (status = 200, body = CouponInFull),
        (status = 404, description = "coupon_not_found"),
    ))]
pub async fn show(
    State(app): State<Arc<App>>,
    _: permit::CouponsRead,
    Path(code): Path<String>,
) -> Result<Answer<CouponInFull>, Problem> {
    let not_found = || Problem::new(COUPON_NOT_FOUND);
    let code = validate::coupon_code(&code).map_err(|_| not_found())?;
    let coupon = app.coupons.by_code(&code).await?.and_then(CouponView::of).ok_or_else(not_found)?;
    let history = app.coupons.revisions(&code, SHOWN).await?.into_iter().map(|of| of.terms.into()).collect();
    Ok(Answer(CouponInFull { coupon, history }))
}
