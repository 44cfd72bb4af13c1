//! Which order a gateway's or a carrier's own name belongs to, for events that do not say it themselves.

use mongodb::{
    Collection, Database,
    bson::{Document, doc},
};
use schemas::ids::OrderId;
use serde::Deserialize;

use crate::problem::Problem;

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "_id")]
    id: OrderId,
}

/// The payments' and shipments' names.
#[derive(Clone)]
pub struct References {
    payments: Collection<Named>,
    shipments: Collection<Named>,
}

impl References {
    /// The names in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { payments: database.collection("payments"), shipments: database.collection("shipments") }
    }

    /// The order of a payment that the gateway calls so, whether it counts or was superseded.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn order_of_payment(&self, gateway_ref: &str) -> Result<Option<OrderId>, Problem> {
        let named = doc! { "$or": [{ "state.gateway_ref": gateway_ref }, { "state.strays.gateway_ref": gateway_ref }] };
        find(&self.payments, named, gateway_ref).await
    }

    /// The order of a shipment that the carrier calls so.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn order_of_shipment(&self, shipment_ref: &str) -> Result<Option<OrderId>, Problem> {
        find(&self.shipments, doc! { "state.shipment_ref": shipment_ref }, shipment_ref).await
    }
}

async fn find(collection: &Collection<Named>, named: Document, name: &str) -> Result<Option<OrderId>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    let found = collection.find_one(named).projection(doc! { "_id": 1 }).await?;
    Ok(found.map(|named| named.id))
}
