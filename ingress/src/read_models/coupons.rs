//! The coupons. The coupons worker writes them; what it decides about an order is decided there, not by what is read here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    coupons::{Coupon, CouponCode, CouponRevision, CouponUser},
    ids::UserId,
};
use serde::Deserialize;
use shared::engine::State;

use super::concerns::settled;
use crate::problem::Problem;

/// How long a coupon counts as it was read: so late may an order be priced by terms from before a change, or be refused a
/// coupon that came free. That none is used too often is the coupons worker's to see to.
const LIFE: Duration = Duration::from_secs(1);
/// A shop has fewer codes at a time; if somebody guesses codes, they are read as if nothing were kept.
const MOST: usize = 1_024;

/// All coupons.
pub struct Coupons {
    coupons: Collection<Aggregate>,
    users: Collection<Kept<CouponUser>>,
    revisions: Collection<Kept<CouponRevision>>,
    kept: Mutex<KeptCoupons>,
}

#[derive(Deserialize)]
struct Aggregate {
    state: Coupon,
}

#[derive(Deserialize)]
struct Kept<R> {
    row: R,
}

impl Coupons {
    /// The coupons in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self {
            coupons: database.collection_with_options(Coupon::COLLECTION, settled()),
            users: database.collection_with_options(CouponUser::COLLECTION, settled()),
            revisions: database.collection_with_options(CouponRevision::COLLECTION, settled()),
            kept: Mutex::default(),
        }
    }

    /// The coupon of this code as it was within the last second; one that nobody has put is known to be none, too.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn lately(&self, code: &CouponCode) -> Result<Arc<Coupon>, Problem> {
        let now = Instant::now();
        if let Some(coupon) = self.with_kept(|kept| kept.find(code, now)) {
            return Ok(coupon);
        }
        let coupon = self.by_code(code).await?.unwrap_or_else(|| Coupon::unknown(code.clone()));
        Ok(self.with_kept(|kept| kept.keep(coupon, now)))
    }

    /// The coupon of this code as it is.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_code(&self, code: &CouponCode) -> Result<Option<Coupon>, Problem> {
        let found = self.coupons.find_one(doc! { "_id": code.as_str() }).projection(doc! { "state": 1 }).await?;
        Ok(found.map(|found| found.state))
    }

    /// How many orders of this customer use a coupon.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn used_by(&self, code: &CouponCode, user: UserId) -> Result<i64, Problem> {
        let found = self.users.find_one(doc! { "_id": CouponUser::document_id(code, user) }).await?;
        Ok(found.map_or(0, |found| found.row.used))
    }

    /// Up to `limit` coupons that somebody has put, ordered by code, from behind `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, after: Option<&str>, limit: i64) -> Result<Vec<Coupon>, Problem> {
        let condition = doc! { "_id": { "$gt": after.unwrap_or_default() }, "state.terms": { "$type": "object" } };
        let order: Document = doc! { "_id": 1 };
        let found = self.coupons.find(condition).sort(order).limit(limit).projection(doc! { "state": 1 }).await?;
        Ok(found.map_ok(|found| found.state).try_collect().await?)
    }

    /// The last `limit` revisions of a coupon, the newest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn revisions(&self, code: &CouponCode, limit: i64) -> Result<Vec<CouponRevision>, Problem> {
        let order: Document = doc! { "row.terms.revision": -1 };
        let found = self.revisions.find(doc! { "row.code": code.as_str() }).sort(order).limit(limit).await?;
        Ok(found.map_ok(|found| found.row).try_collect().await?)
    }

    fn with_kept<T>(&self, act: impl FnOnce(&mut KeptCoupons) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Coupons, each with the moment before it was read.
#[derive(Default)]
struct KeptCoupons(HashMap<CouponCode, (Instant, Arc<Coupon>)>);

impl KeptCoupons {
    fn find(&self, code: &CouponCode, now: Instant) -> Option<Arc<Coupon>> {
        let kept = self.0.get(code).filter(|(read, _)| now.saturating_duration_since(*read) < LIFE);
        kept.map(|(_, coupon)| Arc::clone(coupon))
    }

    fn keep(&mut self, coupon: Coupon, read: Instant) -> Arc<Coupon> {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let coupon = Arc::new(coupon);
        self.0.insert(coupon.code.clone(), (read, Arc::clone(&coupon)));
        coupon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coupon(number: usize) -> Coupon {
        Coupon::unknown(format!("CODE-{number}").parse().unwrap())
    }

    #[test]
    fn a_coupon_is_kept_for_a_second() {
        let (mut kept, now) = (KeptCoupons::default(), Instant::now());
        let known = kept.keep(coupon(1), now);
        assert_eq!(kept.find(&known.code, now + LIFE / 2), Some(Arc::clone(&known)));
        assert_eq!(kept.find(&known.code, now + LIFE), None);
        assert_eq!(kept.find(&coupon(2).code, now), None);
    }

    #[test]
    fn memory_is_bounded_whatever_codes_are_guessed() {
        let (mut kept, now) = (KeptCoupons::default(), Instant::now());
        for number in 0..=MOST {
            kept.keep(coupon(number), now);
            assert!(kept.0.len() <= MOST);
        }
    }
}
