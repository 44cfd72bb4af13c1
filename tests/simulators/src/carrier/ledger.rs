//! The carrier's books, for the checker.

use super::Carrier;
use super::book::Record;
use super::shipment::Status;
use crate::faults::{Faults, FiredCounts};
use crate::idempotency::KeyLine;
use crate::webhook::WebhookCounts;
use serde::Serialize;

/// `GET /_sim/ledger`
#[derive(Debug, Serialize)]
pub struct CarrierLedger {
    simulator: &'static str,
    shipments: Vec<ShipmentLine>,
    idempotency_keys: Vec<KeyLine>,
    webhooks: WebhookCounts,
    faults: Faults,
    faults_fired: FiredCounts,
}

#[derive(Debug, Serialize)]
struct ShipmentLine {
    shipment_id: String,
    reference: String,
    tracking_number: String,
    status: Status,
    weight_grams: u32,
    cod_amount_paise: Option<i64>,
    steps: Vec<Step>,
    booked_at_ms: i64,
    idempotency_key: Option<String>,
}

#[derive(Debug, Serialize)]
struct Step {
    status: Status,
    at_ms: i64,
}

pub(super) fn of(carrier: &Carrier) -> CarrierLedger {
    CarrierLedger {
        simulator: "carrier",
        shipments: carrier.book().records.iter().map(line).collect(),
        idempotency_keys: carrier.keys.lines(),
        webhooks: carrier.outbox.counts(),
        faults: carrier.switches.current(),
        faults_fired: carrier.switches.fired(),
    }
}

fn line(record: &Record) -> ShipmentLine {
    let terms = &*record.shipment.terms;
    ShipmentLine {
        shipment_id: terms.id.clone(),
        reference: terms.booking.reference.clone(),
        tracking_number: terms.tracking_number.clone(),
        status: record.shipment.status,
        weight_grams: terms.booking.weight_grams,
        cod_amount_paise: terms.booking.cod_amount_paise,
        steps: record.steps.iter().map(|(status, at_ms)| Step { status: *status, at_ms: *at_ms }).collect(),
        booked_at_ms: terms.booked_ms,
        idempotency_key: record.key.clone(),
    }
}
