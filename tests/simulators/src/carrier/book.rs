//! All shipments of the run.

use super::shipment::{Shipment, Status};
use std::collections::HashMap;

/// One shipment with what happened to it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) shipment: Shipment,
    pub(super) key: Option<String>,
    /// Each step with its time in Unix milliseconds.
    pub(super) steps: Vec<(Status, i64)>,
}

/// Every shipment, in the order it came.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) records: Vec<Record>,
    by_id: HashMap<String, usize>,
    by_reference: HashMap<String, Vec<usize>>,
}

impl Book {
    /// Adds a shipment just booked.
    pub(super) fn open(&mut self, shipment: Shipment, key: Option<String>) {
        let (terms, position) = (&shipment.terms, self.records.len());
        self.by_id.insert(terms.id.clone(), position);
        self.by_reference.entry(terms.booking.reference.clone()).or_default().push(position);
        let steps = vec![(shipment.status, terms.booked_ms)];
        self.records.push(Record { shipment, key, steps });
    }

    /// The record of a shipment.
    pub(super) fn record(&mut self, id: &str) -> Option<&mut Record> {
        self.by_id.get(id).and_then(|position| self.records.get_mut(*position))
    }

    /// A snapshot of a shipment.
    pub(super) fn shipment(&self, id: &str) -> Option<Shipment> {
        self.by_id.get(id).map(|position| self.records[*position].shipment.clone())
    }

    /// Snapshots of the shipments with this reference, oldest first.
    pub(super) fn with_reference(&self, reference: &str) -> Vec<Shipment> {
        let positions = self.by_reference.get(reference).into_iter().flatten();
        positions.map(|position| self.records[*position].shipment.clone()).collect()
    }
}
