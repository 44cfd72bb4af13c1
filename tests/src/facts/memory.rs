//! What a worker's collections remember of the messages it has read.

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde::{Deserialize, de::DeserializeOwned};
use shared::{
    engine::{Entry, LastSeen},
    id::MessageId,
    message::{Envelope, Position},
};

use crate::{
    checker::{Promised, Trace},
    store::Store,
};

/// Where each worker keeps its aggregates, and the rows that say what a message did.
const KEPT: [(&str, &str, &[&str]); 8] = [
    ("catalog", "products", &["product_changes", "product_reviews"]),
    ("coupons", "coupons", &["coupon_redemptions", "coupon_users", "coupon_revisions"]),
    ("imports", "imports", &["import_errors"]),
    ("inventory", "stock", &["reservations", "stock_receipts", "stock_returns", "stock_ledger"]),
    ("orders", "orders", &[]),
    ("payments", "payments", &["money_ledger"]),
    ("invoicing", "invoice_series", &["invoices", "credit_notes"]),
    ("shipping", "shipments", &[]),
];

/// What the engine keeps of an aggregate beside its state.
#[derive(Deserialize)]
struct Remembered {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    seen: Vec<MessageId>,
    #[serde(default)]
    last: Option<LastSeen>,
    #[serde(default)]
    journal: Vec<Entry<Document>>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "_id")]
    id: String,
}

/// A message as far as its traces go.
pub struct Sought<'a> {
    /// Its id.
    pub message: MessageId,
    /// Its aggregate.
    pub aggregate: &'a str,
    /// Where it stands.
    pub position: Position,
    /// The row that it must have left, `collection/id`; `None` if it leaves none.
    pub row: Option<&'a str>,
}

/// What one worker's collections remember.
#[derive(Default)]
pub struct WorkerMemory {
    aggregates: HashMap<String, Option<LastSeen>>,
    /// How many times each message was taken in, over all aggregates.
    taken_in: HashMap<MessageId, usize>,
    rows: HashSet<String>,
    /// The messages that the journals say were sent to an inbox.
    pub promised: Vec<Promised>,
}

impl WorkerMemory {
    /// All that a worker remembers.
    ///
    /// # Panics
    /// When the database does not answer, or holds something of an unknown shape.
    pub async fn load(store: &Store, worker: &str) -> Self {
        let mut memory = Self::default();
        for (_, aggregates, rows) in KEPT.iter().filter(|(name, _, _)| *name == worker) {
            let fields = doc! { "seen": 1, "last": 1, "journal": 1 };
            each(store, aggregates, fields, |found: Remembered| memory.take(found)).await;
            for collection in *rows {
                let note = |row: Named| {
                    memory.rows.insert(format!("{collection}/{}", row.id));
                };
                each(store, collection, doc! { "_id": 1 }, note).await;
            }
        }
        memory
    }

    fn take(&mut self, found: Remembered) {
        let Remembered { id, seen, last, journal } = found;
        for message in seen {
            *self.taken_in.entry(message).or_default() += 1;
        }
        for outgoing in journal.into_iter().flat_map(|entry| entry.messages) {
            if outgoing.topic.ends_with(".inbox") {
                let envelope = Envelope::decode(&outgoing.payload).unwrap_or_else(|error| panic!("{id}: {error}"));
                self.promised.push(Promised {
                    by: id.clone(),
                    to: outgoing.topic.into_owned(),
                    message: envelope.message_id,
                });
            }
        }
        self.aggregates.insert(id, last);
    }

    /// How many times a message was taken in.
    pub fn times(&self, message: MessageId) -> usize {
        self.taken_in.get(&message).copied().unwrap_or_default()
    }

    /// What is left of a message. One that must leave a row has left it or has not; of others a worker that remembers the
    /// last place alone has read whatever stands before it.
    pub fn trace(&self, sought: &Sought<'_>) -> Trace {
        let aggregate = self.aggregates.get(sought.aggregate);
        let passed = |last: &LastSeen| {
            last.position.partition == sought.position.partition && sought.position.offset <= last.position.offset
        };
        let done = match sought.row {
            Some(row) => self.rows.contains(row),
            None => self.times(sought.message) > 0 || aggregate.and_then(Option::as_ref).is_some_and(passed),
        };
        match (done, aggregate) {
            (true, _) => Trace::Done,
            (false, Some(_)) => Trace::MovedNothing,
            (false, None) => Trace::Nothing,
        }
    }
}

/// Goes through a collection, some fields of each document.
async fn each<D: DeserializeOwned + Send + Sync + Unpin>(
    store: &Store,
    collection: &str,
    fields: Document,
    mut look: impl FnMut(D),
) {
    let found = store.database.collection::<D>(collection).find(doc! {}).projection(fields).await;
    let mut found = found.expect("a cursor");
    while let Some(document) = found.try_next().await.unwrap_or_else(|error| panic!("{collection}: {error}")) {
        look(document);
    }
}
