//! `PUT` and `DELETE /admin/coupons/{code}`

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use schemas::{
    coupons::{Coupon, CouponCode, CouponTerms, CouponsMessage, DeactivateCoupon},
    ids::UserId,
    types::Timestamp,
};
use shared::id::MessageId;

use super::{form::CouponForm, view::CouponView};
use crate::{
    app::App,
    auth::permit,
    extract::{Json, Path},
    inbox,
    problem::{COUPON_CHANGED, COUPON_NOT_FOUND, Problem, VALIDATION_FAILED},
    validate,
};

/// Makes a coupon, or changes one.
///
/// A body names the revision that it replaces, so that the same request sent again is the same change, and nobody overwrites
/// what another admin changed meanwhile: of two changes of one revision the first counts, and `GET` shows which that is.
/// Orders that use the coupon go on using it, and keep their prices.
#[utoipa::path(put, path = "/admin/coupons/{code}", tag = "admin", request_body = CouponForm,
    params(("code" = String, Path, description = "3 to 32 letters, digits and '-', in whatever case")),
    security(("bearer" = ["coupons_write"])),
    responses(
        (status = 202, body = CouponView),
        (status = 409, description = "coupon_changed"),
    ))]
pub async fn put(
    State(app): State<Arc<App>>,
    permit::CouponsWrite(admin): permit::CouponsWrite,
    Path(code): Path<String>,
    headers: HeaderMap,
    Json(form): Json<CouponForm>,
) -> Result<(StatusCode, Answer<CouponView>), Problem> {
    let wrong = |expected| Problem::field(VALIDATION_FAILED, "code", expected);
    let code = validate::coupon_code(&code).map_err(wrong)?;
    let replaced = form.revision;
    let put = form.read(code.clone(), admin, Timestamp::now())?;
    let now = app.coupons.by_code(&code).await?.unwrap_or_else(|| Coupon::unknown(code.clone()));
    let terms = put.terms().map_err(|fault| wrong(fault.to_string()))?;
    let shown = match decided(&now, replaced, &terms)? {
        Decided::Before => now.terms.unwrap_or(terms),
        Decided::Now => {
            send(&app, &code, (admin, put.changed_at), &headers, put.into()).await?;
            terms
        }
    };
    Ok((StatusCode::ACCEPTED, Answer(CouponView::new(&code, shown, now.used))))
}

/// Takes a coupon back: no further order may use it, until an admin makes it active again. Orders that use it keep it.
#[utoipa::path(delete, path = "/admin/coupons/{code}", tag = "admin", params(("code" = String, Path)),
    security(("bearer" = ["coupons_write"])),
    responses(
        (status = 202, description = "No further order may use it from now on"),
        (status = 404, description = "coupon_not_found"),
    ))]
pub async fn deactivate(
    State(app): State<Arc<App>>,
    permit::CouponsWrite(admin_id): permit::CouponsWrite,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let not_found = || Problem::new(COUPON_NOT_FOUND);
    let code = validate::coupon_code(&code).map_err(|_| not_found())?;
    app.coupons.by_code(&code).await?.and_then(|coupon| coupon.terms).ok_or_else(not_found)?;
    let changed_at = Timestamp::now();
    let deactivate = DeactivateCoupon { code: code.clone(), admin_id, changed_at };
    send(&app, &code, (admin_id, changed_at), &headers, deactivate.into()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// What is to be done about a change.
#[derive(Debug, PartialEq, Eq)]
enum Decided {
    /// It is made.
    Now,
    /// It was made before: the request is a repetition.
    Before,
}

fn decided(now: &Coupon, replaced: i64, terms: &CouponTerms) -> Result<Decided, Problem> {
    let Some(before) = &now.terms else {
        let none = "there is no such coupon: a new one has revision 0";
        return if replaced == 0 { Ok(Decided::Now) } else { Err(Problem::field(VALIDATION_FAILED, "revision", none)) };
    };
    let same = CouponTerms { changed_at: before.changed_at, ..terms.clone() } == *before;
    match before.revision {
        revision if revision == replaced => Ok(Decided::Now),
        _ if same => Ok(Decided::Before),
        revision => {
            let detail = format!("its revision is {revision} by now; look at it again, and replace that one");
            Err(Problem::new(COUPON_CHANGED).detail(detail))
        }
    }
}

async fn send(
    app: &App,
    code: &CouponCode,
    (admin, at): (UserId, Timestamp),
    headers: &HeaderMap,
    message: CouponsMessage,
) -> Result<(), Problem> {
    let id = MessageId::of_fact(&format!("coupon/{code}/{admin}/{}", at.as_millis()));
    let from = inbox::From::concerning(id.as_uuid(), id, at, headers);
    app.inbox.send_to(code.as_str(), message, from).await
}
