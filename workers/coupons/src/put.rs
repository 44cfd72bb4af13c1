//! A coupon is as an admin says from now on.

use schemas::coupons::{Coupon, CouponRevision, CouponTerms, DeactivateCoupon, PutCoupon};
use shared::engine::Refusal;

use crate::{handler::Out, rows::CouponRow};

/// Gives the coupon new terms, if nobody gave it others since they were made. Who uses it goes on using it.
///
/// # Errors
/// `senseless_terms`.
pub fn put(coupon: Coupon, command: &PutCoupon, out: &mut Out<'_>) -> Result<Coupon, Refusal> {
    let terms = command.terms().map_err(|fault| Refusal::new("senseless_terms", fault.to_string()))?;
    if coupon.terms.as_ref().is_some_and(|now| now.revision >= terms.revision) {
        return Ok(coupon); // a repetition, or another admin was first
    }
    Ok(with(coupon, terms, out))
}

/// Takes the coupon back, whatever others made of it meanwhile: who does so does not want it used. Orders that use it go on.
pub fn deactivate(coupon: Coupon, command: &DeactivateCoupon, out: &mut Out<'_>) -> Coupon {
    let Some(terms) = coupon.terms.clone().filter(|terms| terms.active) else { return coupon };
    let (revision, changed_by, changed_at) = (terms.revision + 1, command.admin_id, command.changed_at);
    with(coupon, CouponTerms { active: false, revision, changed_by, changed_at, ..terms }, out)
}

fn with(coupon: Coupon, terms: CouponTerms, out: &mut Out<'_>) -> Coupon {
    out.save(CouponRow::Revision(CouponRevision { code: coupon.code.clone(), terms: terms.clone() }));
    Coupon { terms: Some(terms), ..coupon }
}
