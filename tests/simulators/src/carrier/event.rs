//! Tracking events.

use super::shipment::{Shipment, Status};
use crate::ids::fresh;
use crate::webhook::Event;
use serde::Serialize;

/// The header that carries `t=…,v1=…`.
pub const SIGNATURE_HEADER: &str = "X-Carrier-Signature";

/// One step of one parcel.
#[derive(Debug)]
pub struct CarrierEvent {
    id: String,
    /// Unix seconds.
    occurred_at: i64,
    shipment: Shipment,
}

#[derive(Serialize)]
struct EventObject<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    shipment_id: &'a str,
    tracking_number: &'a str,
    reference: &'a str,
    status: Status,
    occurred_at: i64,
}

impl CarrierEvent {
    /// The step that `shipment` has just taken.
    pub(super) fn new(shipment: Shipment, occurred_at: i64) -> Self {
        Self { id: fresh("cev_", 20), occurred_at, shipment }
    }
}

impl Event for CarrierEvent {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> &'static str {
        self.shipment.status.as_str()
    }

    fn body(&self) -> Vec<u8> {
        let (terms, status) = (&*self.shipment.terms, self.shipment.status);
        let event = EventObject {
            id: &self.id,
            kind: format!("shipment.{}", status.as_str()),
            created: self.occurred_at,
            data: Data {
                shipment_id: &terms.id,
                tracking_number: &terms.tracking_number,
                reference: &terms.booking.reference,
                status,
                occurred_at: self.occurred_at,
            },
        };
        // Strings and integers always have a JSON form.
        serde_json::to_vec(&event).unwrap_or_default()
    }
}
