//! Moving parcels.

use super::event::CarrierEvent;
use super::shipment::Shipment;
use super::{Carrier, problem, shipments};
use crate::clock::unix_millis;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// `POST /_sim/shipments/{id}/advance`: one step on.
pub(super) async fn advance(State(carrier): State<Arc<Carrier>>, Path(id): Path<String>) -> Response {
    match carrier.step(&id) {
        Some(shipment) => shipments::show(&carrier, StatusCode::OK, &shipment),
        None if carrier.book().shipment(&id).is_some() => {
            problem(StatusCode::CONFLICT, "at_rest", "the shipment is delivered or cancelled and moves no more")
        }
        None => shipments::missing(),
    }
}

impl Carrier {
    /// Moves a parcel one step on and tells it; none if it has come to rest or is not known.
    fn step(&self, id: &str) -> Option<Shipment> {
        let mut book = self.book();
        let record = book.record(id)?;
        let status = record.shipment.advance()?;
        let now = unix_millis();
        record.steps.push((status, now));
        self.outbox.post(CarrierEvent::new(record.shipment.clone(), now / 1_000));
        Some(record.shipment.clone())
    }

    /// Moves a parcel to its end by itself, if parcels do.
    pub(super) fn expect_journey(self: &Arc<Self>, id: String) {
        let Some(delay) = self.setup.step_delay else { return };
        let carrier = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(delay).await;
                if carrier.step(&id).is_none() {
                    return;
                }
            }
        });
    }
}
