//! What status reads answer from: each order's status, kept in Redis with the order's version.

use schemas::documents::Order;
use shared::{
    engine::{Changed, Projection},
    versioned_cache::{CacheEntry, CacheError, Projected, VersionedCache},
};

/// Keeps the status of every changed order.
pub struct StatusProjection(Projected);

impl StatusProjection {
    /// A projection into the Redis at `url`; connects when first used.
    ///
    /// # Errors
    /// [`CacheError`] when the URL is not one.
    pub fn connect(url: &str, topic_prefix: &str) -> Result<Self, CacheError> {
        Ok(Self(Projected::into_cache(status_cache(url, topic_prefix)?)))
    }
}

/// Where the statuses are kept.
///
/// # Errors
/// [`CacheError`] when the URL is not one.
pub fn status_cache(url: &str, topic_prefix: &str) -> Result<VersionedCache, CacheError> {
    VersionedCache::connect(url, &format!("{topic_prefix}status"))
}

impl Projection<Order> for StatusProjection {
    async fn project(&self, changed: &[Changed<'_, Order>]) -> Result<(), String> {
        for stuck in changed.iter().filter(|changed| changed.state.stuck) {
            tracing::warn!(order = stuck.id, status = stuck.state.status.as_str(), "the order is stuck");
        }
        let entries = changed.iter().map(entry).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        self.0.keep(&entries).await.map_err(|error| error.to_string())
    }
}

fn entry(changed: &Changed<'_, Order>) -> Result<CacheEntry, serde_json::Error> {
    let body = serde_json::to_vec(&changed.state.status_view())?;
    Ok(CacheEntry { id: changed.id.to_owned(), version: changed.version, body })
}

#[cfg(test)]
mod tests {
    use schemas::{
        documents::StatusView,
        types::{OrderStatus, PaymentMethod},
    };

    use super::*;
    use crate::testing::Journey;

    #[test]
    fn a_status_is_kept_under_the_order_with_its_version() {
        let order = Journey::placed(PaymentMethod::Stripe).order;
        let id = order.order_id.to_string();
        let entry = entry(&Changed { id: &id, version: 3, state: &order }).unwrap();
        assert_eq!((entry.id.as_str(), entry.version), (id.as_str(), 3));
        let view: StatusView = serde_json::from_slice(&entry.body).unwrap();
        assert_eq!((view.status, view.user_id), (OrderStatus::Reserving, order.user_id));
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        assert!(StatusProjection::connect("http://127.0.0.1", "").is_err());
    }
}
