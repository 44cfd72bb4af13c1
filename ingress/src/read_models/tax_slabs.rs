//! The GST slabs of HSN codes, in the collection `tax_slabs`. Admins change them, so the ingress itself writes them; what is
//! priced from them stands in the order, so nothing else depends on them.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::TryStreamExt;
use mongodb::{Collection, Database, bson::doc};
use schemas::{catalog::GstSlab, ids::UserId, pricing::rate::GstRates, types::Timestamp};
use serde::{Deserialize, Serialize};

use super::concerns::settled;
use crate::problem::Problem;

/// How long slabs count as they were read: so late a change may count.
const LIFE: Duration = Duration::from_secs(5);

/// The slabs of an HSN code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HsnSlabs {
    /// The code: 2, 4, 6 or 8 digits. It is that of a group unless it has 8.
    #[serde(rename = "_id")]
    pub hsn: String,
    /// The slabs.
    pub slabs: Vec<GstSlab>,
    /// Who put them so.
    pub changed_by: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// The slabs of all HSN codes.
pub struct TaxSlabs {
    all: Collection<HsnSlabs>,
    kept: Mutex<Option<(Instant, Arc<GstRates>)>>,
}

impl TaxSlabs {
    /// The slabs in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { all: database.collection_with_options("tax_slabs", settled()), kept: Mutex::default() }
    }

    /// All of them, for pricing, not older than some seconds.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn rates(&self) -> Result<Arc<GstRates>, Problem> {
        let now = Instant::now();
        if let Some(rates) = self.with_kept(|kept| fresh(kept.as_ref(), now)) {
            return Ok(rates);
        }
        let rates: GstRates = self.list().await?.into_iter().map(|of| (of.hsn, of.slabs)).collect();
        let rates = Arc::new(rates);
        self.with_kept(|kept| *kept = Some((now, Arc::clone(&rates))));
        Ok(rates)
    }

    /// All of them, ordered by code.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn list(&self) -> Result<Vec<HsnSlabs>, Problem> {
        // A condition on the id, so that the index on it is used.
        let all = self.all.find(doc! { "_id": { "$gte": "" } }).sort(doc! { "_id": 1 });
        Ok(all.await?.try_collect().await?)
    }

    /// From now on a code has these slabs.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn put(&self, slabs: &HsnSlabs) -> Result<(), Problem> {
        self.all.replace_one(doc! { "_id": &slabs.hsn }, slabs).upsert(true).await?;
        self.with_kept(|kept| *kept = None);
        Ok(())
    }

    /// From now on a code has none.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn remove(&self, hsn: &str) -> Result<(), Problem> {
        self.all.delete_one(doc! { "_id": hsn }).await?;
        self.with_kept(|kept| *kept = None);
        Ok(())
    }

    fn with_kept<T>(&self, act: impl FnOnce(&mut Option<(Instant, Arc<GstRates>)>) -> T) -> T {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn fresh(kept: Option<&(Instant, Arc<GstRates>)>, now: Instant) -> Option<Arc<GstRates>> {
    kept.filter(|(read, _)| now.saturating_duration_since(*read) < LIFE).map(|(_, rates)| Arc::clone(rates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slabs_count_for_some_seconds_as_they_were_read() {
        let (now, rates) = (Instant::now(), Arc::new(GstRates::default()));
        assert_eq!(fresh(None, now), None);
        let kept = (now, Arc::clone(&rates));
        assert_eq!(fresh(Some(&kept), now + LIFE / 2), Some(rates));
        assert_eq!(fresh(Some(&kept), now + LIFE), None);
    }
}
