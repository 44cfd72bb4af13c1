//! All intents and refunds of the run.

use super::intent::Intent;
use super::render::RefundObject;
use crate::dispute::Dispute;
use crate::ledger::Labels;
use crate::plant::Planted;
use std::collections::HashMap;
use std::sync::Arc;

/// When something was asked for, and under which idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// Unix milliseconds.
    pub(super) at_ms: i64,
    pub(super) key: Option<Arc<str>>,
}

impl Cause {
    /// Something that happens now.
    pub(super) fn now(key: Option<&str>) -> Self {
        Self { at_ms: crate::clock::unix_millis(), key: key.map(Arc::from) }
    }

    /// Unix seconds, as objects of the API state times.
    pub(super) fn at_seconds(&self) -> i64 {
        self.at_ms / 1_000
    }
}

/// One intent with what led to it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) intent: Intent,
    pub(super) created: Cause,
    pub(super) captured: Option<Cause>,
    /// Positions in [`Book::refunds`].
    pub(super) refunds: Vec<usize>,
}

/// One refund; it never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) intent: Intent,
    pub(super) metadata: Labels,
    pub(super) reason: Option<String>,
    pub(super) cause: Cause,
}

impl Refund {
    /// The refund as the API shows it.
    pub(super) fn object(&self) -> RefundObject<'_> {
        RefundObject {
            id: &self.id,
            object: "refund",
            amount: self.amount,
            balance_transaction: (),
            charge: self.intent.charge.as_deref(),
            created: self.cause.at_seconds(),
            currency: &self.intent.terms.currency,
            metadata: &self.metadata,
            payment_intent: &self.intent.terms.id,
            reason: self.reason.as_deref(),
            receipt_number: (),
            source_transfer_reversal: (),
            status: "succeeded",
            transfer_reversal: (),
        }
    }
}

/// Everything the account holds, in the order it came.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) records: Vec<Record>,
    by_intent: HashMap<String, usize>,
    pub(super) refunds: Vec<Arc<Refund>>,
    by_refund: HashMap<String, usize>,
    pub(super) disputes: Vec<Dispute>,
    pub(super) planted: Planted,
}

impl Book {
    /// Adds a fresh intent.
    pub(super) fn open(&mut self, intent: Intent, created: Cause) {
        self.by_intent.insert(intent.terms.id.clone(), self.records.len());
        self.records.push(Record { intent, created, captured: None, refunds: Vec::new() });
    }

    /// The record of an intent.
    pub(super) fn record(&mut self, id: &str) -> Option<&mut Record> {
        self.by_intent.get(id).and_then(|position| self.records.get_mut(*position))
    }

    /// A snapshot of an intent.
    pub(super) fn intent(&self, id: &str) -> Option<Intent> {
        self.by_intent.get(id).and_then(|position| self.records.get(*position)).map(|record| record.intent.clone())
    }

    /// A refund.
    pub(super) fn refund(&self, id: &str) -> Option<Arc<Refund>> {
        self.by_refund.get(id).and_then(|position| self.refunds.get(*position)).cloned()
    }

    /// Adds a refund that its intent has already agreed to.
    pub(super) fn add_refund(&mut self, refund: Refund) -> Arc<Refund> {
        let (position, refund) = (self.refunds.len(), Arc::new(refund));
        self.by_refund.insert(refund.id.clone(), position);
        if let Some(record) = self.record(&refund.intent.terms.id) {
            record.refunds.push(position);
        }
        self.refunds.push(Arc::clone(&refund));
        refund
    }

    /// At most `limit` intents that are wanted, newest first, older than `starting_after` if given; and whether there are
    /// more.
    pub(super) fn page(
        &self,
        limit: usize,
        starting_after: Option<&str>,
        wanted: impl Fn(&Intent) -> bool,
    ) -> (Vec<Intent>, bool) {
        let end = starting_after.and_then(|id| self.by_intent.get(id)).copied().unwrap_or(self.records.len());
        let wanted = self.records[..end].iter().rev().filter(|record| wanted(&record.intent));
        let mut page: Vec<Intent> = wanted.take(limit + 1).map(|record| record.intent.clone()).collect();
        let more = page.len() > limit;
        page.truncate(limit);
        (page, more)
    }

    /// At most `limit` refunds of an intent, or of all, newest first; and whether there are more.
    pub(super) fn refund_page(&self, intent: Option<&str>, limit: usize) -> (Vec<Arc<Refund>>, bool) {
        let matches = |refund: &&Arc<Refund>| intent.is_none_or(|id| refund.intent.terms.id == id);
        let mut found: Vec<_> = self.refunds.iter().rev().filter(matches).take(limit + 1).cloned().collect();
        let more = found.len() > limit;
        found.truncate(limit);
        (found, more)
    }
}
