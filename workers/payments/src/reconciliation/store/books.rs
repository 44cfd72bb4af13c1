//! Our own books: the payments, and where their orders stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
    error::Error,
};
use schemas::{
    ids::OrderId,
    types::{GatewayName, OrderStatus},
};
use serde::Deserialize;
use shared::engine::State;

use super::AT_ONCE;
use crate::{
    payment::Payment,
    reconciliation::books::{Ours, Period},
};

#[derive(Deserialize)]
struct StoredPayment {
    state: Payment,
}

#[derive(Deserialize)]
struct StoredOrder {
    #[serde(rename = "_id")]
    id: OrderId,
    state: Standing,
}

#[derive(Deserialize)]
struct Standing {
    status: OrderStatus,
}

/// The payments worker's books, and the orders'.
#[derive(Clone)]
pub struct OurBooks {
    payments: Collection<StoredPayment>,
    orders: Collection<StoredOrder>,
}

impl OurBooks {
    /// The books in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self {
            payments: database.collection(Payment::COLLECTION),
            orders: database.collection(schemas::documents::Order::COLLECTION),
        }
    }

    /// The payments of orders that were placed within a period, at most `most` of them. Ids begin with their time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn placed_within(&self, period: Period, gateway: GatewayName, most: usize) -> Result<Vec<Ours>, Error> {
        let range = doc! { "$gte": beginning_at(period.from.as_millis()), "$lt": beginning_at(period.to.as_millis()) };
        let of_period = self.find(doc! { "_id": range }, most).await?;
        let of_gateway = of_period.into_iter().filter(|payment| payment.is_at(gateway));
        self.with_orders(of_gateway.collect()).await
    }

    /// The payments of these orders, and those that the gateways know by these names; each once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn named(&self, orders: &BTreeSet<OrderId>, refs: &BTreeSet<String>) -> Result<Vec<Ours>, Error> {
        let mut found: BTreeMap<OrderId, Payment> = BTreeMap::new();
        let orders: Vec<String> = orders.iter().map(ToString::to_string).collect();
        for some in orders.chunks(AT_ONCE) {
            found.extend(by_order(self.find(doc! { "_id": { "$in": some } }, usize::MAX).await?));
        }
        let refs: Vec<&String> = refs.iter().collect();
        for some in refs.chunks(AT_ONCE) {
            let names: Vec<&str> = some.iter().map(|name| name.as_str()).collect();
            let named = doc! { "$in": names };
            let any = doc! { "$or": [{ "state.gateway_ref": &named }, { "state.strays.gateway_ref": &named }] };
            found.extend(by_order(self.find(any, usize::MAX).await?));
        }
        self.with_orders(found.into_values().collect()).await
    }

    async fn find(&self, condition: Document, most: usize) -> Result<Vec<Payment>, Error> {
        let limit = i64::try_from(most).unwrap_or(0);
        let limit = if most == usize::MAX { 0 } else { limit };
        let found = self.payments.find(condition).projection(doc! { "_id": 0, "state": 1 }).limit(limit).await?;
        found.map_ok(|stored| stored.state.with_gateways()).try_collect().await
    }

    async fn with_orders(&self, payments: Vec<Payment>) -> Result<Vec<Ours>, Error> {
        let mut standing: HashMap<OrderId, OrderStatus> = HashMap::new();
        for some in payments.chunks(AT_ONCE) {
            let ids: Vec<String> = some.iter().map(|payment| payment.order_id.to_string()).collect();
            let found = self.orders.find(doc! { "_id": { "$in": ids } }).projection(doc! { "state.status": 1 }).await?;
            let found: Vec<StoredOrder> = found.try_collect().await?;
            standing.extend(found.into_iter().map(|order| (order.id, order.state.status)));
        }
        let with_order = |payment: Payment| Ours { order: standing.get(&payment.order_id).copied(), payment };
        Ok(payments.into_iter().map(with_order).collect())
    }
}

fn by_order(payments: Vec<Payment>) -> impl Iterator<Item = (OrderId, Payment)> {
    payments.into_iter().map(|payment| (payment.order_id, payment))
}

/// How the id of whatever was made at this moment or later begins (RFC 9562, section 5.7), as text.
fn beginning_at(millis: i64) -> String {
    let hex = format!("{:012x}", millis.max(0));
    format!("{}-{}", &hex[..8], &hex[8..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconciliation::books::placed_at;

    #[test]
    fn an_id_lies_between_the_moments_around_it() {
        let order = OrderId::generate();
        let at = placed_at(order).as_millis();
        assert!(beginning_at(at) <= order.to_string() && order.to_string() < beginning_at(at + 1));
        assert!(order.to_string() > beginning_at(at - 1));
    }
}
