//! A coupon is as an admin says from now on.

use schemas::coupons::{Coupon, CouponRevision, PutCoupon};
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
    out.save(CouponRow::Revision(CouponRevision { code: coupon.code.clone(), terms: terms.clone() }));
    Ok(Coupon { terms: Some(terms), ..coupon })
}
