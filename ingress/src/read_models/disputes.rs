//! The disputes, in the collection `disputes`: written by the payments worker alone.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::{
    disputes::{DISPUTES, DisputeRecord},
    ids::OrderId,
};
use serde::Deserialize;

use super::settled;
use crate::{paging::Place, problem::Problem};

/// The most disputes of an order that are shown. Few orders have one.
const MOST_OF_AN_ORDER: i64 = 100;

/// The disputes.
#[derive(Clone)]
pub struct Disputes(Collection<Kept>);

#[derive(Deserialize)]
struct Kept {
    row: DisputeRecord,
}

/// Which disputes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All of them.
    #[default]
    All,
    /// Those that are not decided.
    Open,
    /// Those that are.
    Closed,
}

impl Disputes {
    /// The disputes in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options(DISPUTES, settled()))
    }

    /// Up to `limit` disputes from behind `after` on: the open ones by their deadline, then the closed, youngest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, which: Which, after: Option<Place>, limit: i64) -> Result<Vec<DisputeRecord>, Problem> {
        let wanted = which.condition(after);
        let found = self.0.find(wanted).sort(doc! { "row.place": 1, "_id": 1 }).limit(limit).await?;
        Ok(found.map_ok(|kept| kept.row).try_collect().await?)
    }

    /// The disputes about an order's payment.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<DisputeRecord>, Problem> {
        let of_order = doc! { "row.order_id": order.to_string() };
        let found = self.0.find(of_order).sort(doc! { "_id": 1 }).limit(MOST_OF_AN_ORDER).await?;
        Ok(found.map_ok(|kept| kept.row).try_collect().await?)
    }
}

impl Which {
    fn condition(self, after: Option<Place>) -> Document {
        let closed_from = DisputeRecord::CLOSED_FROM.as_millis();
        let (mut from, to) = match self {
            Self::All => (i64::MIN, i64::MAX),
            Self::Open => (i64::MIN, closed_from - 1),
            Self::Closed => (closed_from, i64::MAX),
        };
        let Some((place, id)) = after else { return doc! { "row.place": { "$gte": from, "$lte": to } } };
        let place = place.as_millis();
        from = from.max(place);
        let behind = [doc! { "row.place": { "$gt": place } }, doc! { "_id": { "$gt": id } }];
        doc! { "row.place": { "$gte": from, "$lte": to }, "$or": behind }
    }
}
