//! An order's status at one moment, and the forms in which it comes.

use schemas::{documents::StatusView, ids::OrderId, types::OrderStatus};
use shared::versioned_cache::CacheEntry;

use super::{OrderDocument, OrderRequest};

/// An order's status at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Counts the order's changes; 0 before the orders worker has seen it.
    pub version: i64,
    /// The status.
    pub view: StatusView,
}

impl Snapshot {
    /// From the cache, or from the news of a change there; `None` if it makes no sense.
    #[must_use]
    pub fn read(id: OrderId, version: i64, body: &[u8]) -> Option<Self> {
        let view: StatusView = serde_json::from_slice(body).ok()?;
        (view.order_id == id).then_some(Self { version, view })
    }

    /// Of an order as recorded.
    #[must_use]
    pub fn of_order(order: &OrderDocument) -> Self {
        Self { version: order.version, view: order.state.status_view() }
    }

    /// Of an order that the orders worker has not seen yet.
    #[must_use]
    pub fn of_request(request: &OrderRequest) -> Self {
        let view = StatusView {
            order_id: request.order_id,
            user_id: request.user_id,
            status: OrderStatus::Accepted,
            since: request.place.placed_at,
            reason: String::new(),
            payment: None,
            delayed: None,
        };
        Self { version: 0, view }
    }

    /// As the cache keeps it.
    pub(super) fn entry(&self) -> Option<CacheEntry> {
        let body = serde_json::to_vec(&self.view).ok()?;
        Some(CacheEntry { id: self.view.order_id.to_string(), version: self.version, body })
    }
}

#[cfg(test)]
mod tests {
    use schemas::ids::UserId;
    use shared::time::Timestamp;

    use super::*;

    #[test]
    fn what_the_cache_keeps_is_read_again_and_only_under_its_order() {
        let view = StatusView {
            order_id: OrderId::generate(),
            user_id: UserId::generate(),
            status: OrderStatus::Packed,
            since: Timestamp::from_millis(1_000),
            reason: String::new(),
            payment: None,
            delayed: None,
        };
        let snapshot = Snapshot { version: 7, view };
        let (id, entry) = (snapshot.view.order_id, snapshot.entry().unwrap());
        assert_eq!(entry.id, id.to_string());
        assert_eq!(Snapshot::read(id, entry.version, &entry.body), Some(snapshot));
        assert_eq!(Snapshot::read(OrderId::generate(), entry.version, &entry.body), None);
        assert_eq!(Snapshot::read(id, 7, b"{}"), None);
    }
}
