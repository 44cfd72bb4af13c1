//! What was promised, what was looked at to see whether it held, and what was found.

use schemas::types::OrderStatus;

use super::Lived;
use crate::{
    Stack,
    checker::{Answered, Facts, Violation, check},
    facts::deliveries_counted,
    kafka,
    stack::POOLS,
    store::blocking,
};

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// The invariant's short name.
    pub invariant: String,
    /// What it says.
    pub promise: String,
    /// What it was judged from.
    pub looked_at: String,
    /// What must not be; empty where it held.
    pub violations: Vec<String>,
}

impl Row {
    /// A promise, judged from this, with what was found against it.
    #[must_use]
    pub fn new(invariant: &str, promise: &str, looked_at: String, violations: Vec<String>) -> Self {
        Self { invariant: invariant.to_owned(), promise: promise.to_owned(), looked_at, violations }
    }
}

/// Judges a life by everything that was promised.
///
/// # Panics
/// When a store does not answer.
pub async fn judge<T>(shop: &Stack, lived: &Lived<T>) -> Vec<Row> {
    let facts = &lived.facts;
    let found = check(facts);
    let mut rows: Vec<Row> = promises(lived)
        .into_iter()
        .map(|(invariant, promise, looked_at)| Row::new(invariant, promise, looked_at, of(invariant, &found)))
        .collect();
    let unlisted = found.iter().filter(|violation| !rows.iter().any(|row| row.invariant == violation.invariant));
    let unlisted: Vec<String> = unlisted.map(ToString::to_string).collect();
    rows.push(Row::new("log", "each customer wrote down what came of it", requests(facts), log_complete(lived)));
    rows.push(deliveries(shop, facts).await);
    rows.push(dead_letters(shop).await);
    rows.push(Row::new(
        "rest",
        "the shop finishes what it began",
        rest(lived),
        lived.rested.clone().err().into_iter().collect(),
    ));
    if !unlisted.is_empty() {
        rows.push(Row::new("more", "whatever else the checker looks at", String::new(), unlisted));
    }
    rows
}

/// The checker's invariants, and from how much each is judged.
fn promises<T>(lived: &Lived<T>) -> Vec<(&'static str, &'static str, String)> {
    let facts = &lived.facts;
    let orders = format!("{} orders", facts.orders.len());
    let stock = format!(
        "{} parts, {} reservations, {} movements, {} samples",
        facts.stock.len(),
        facts.reservations.len(),
        facts.movements.len(),
        lived.samples
    );
    let papers = format!("{} invoices, {} credit notes", facts.invoices.len(), facts.credit_notes.len());
    vec![
        ("I1", "no acknowledged order is lost, none is there twice", format!("{}, {orders}", requests(facts))),
        ("I2", "each order ends once, by a legal path", format!("{orders}, {} parcels", facts.parcels.len())),
        ("I3", "no unit is sold twice, lost, or refused while there", stock),
        ("I4", "one capture per paid order, all else refunded", format!("{} payments", facts.payments.len())),
        ("I5", "the numbers of invoices have no gap and no twin", papers),
    ]
}

fn of(invariant: &str, found: &[Violation]) -> Vec<String> {
    let of = found.iter().filter(|violation| violation.invariant == invariant);
    of.map(|violation| format!("{}: {}", violation.subject, violation.found)).collect()
}

fn requests(facts: &Facts) -> String {
    format!("{} requests ({} answers of unknown fate)", facts.requests.len(), unknown(facts))
}

fn log_complete<T>(lived: &Lived<T>) -> Vec<String> {
    let (written, placed) = (lived.facts.requests.len(), lived.placed as usize);
    if written == placed { Vec::new() } else { vec![format!("{placed} orders were placed, {written} are in the log")] }
}

async fn deliveries(shop: &Stack, facts: &Facts) -> Row {
    let brought = facts.delivered.values().filter(|units| **units > 0).count();
    let counted = deliveries_counted(&shop.store()).await;
    let found = (counted != brought).then(|| format!("{brought} deliveries came, {counted} were counted"));
    let looked_at = format!("{brought} delivery notes");
    Row::new("notes", "each delivery note is counted once", looked_at, found.into_iter().collect())
}

async fn dead_letters(shop: &Stack) -> Row {
    let mut found = Vec::new();
    for pool in POOLS {
        let topic = format!("{}{pool}.inbox.dead", shop.prefix);
        let dead = blocking(move || kafka::read_all(&topic)).await;
        found.extend(dead.first().map(|first| format!("{pool}: {} dead letters, the first {first:?}", dead.len())));
    }
    Row::new("dead", "no message is put aside", format!("{} topics of dead letters", POOLS.len()), found)
}

fn rest<T>(lived: &Lived<T>) -> String {
    lived.rested.as_ref().map_or_else(Clone::clone, |time| format!("at rest {time:.1?} after the last order"))
}

/// How many orders ended so.
#[must_use]
pub fn ended(facts: &Facts, status: OrderStatus) -> usize {
    facts.orders.iter().filter(|order| order.status == status).count()
}

/// How many attempts had an unknown fate.
#[must_use]
pub fn unknown(facts: &Facts) -> usize {
    let told = facts.requests.iter().flat_map(|request| &request.answers);
    told.filter(|answer| matches!(answer, Answered::Unknown(_))).count()
}

/// What became of everything, in one line.
#[must_use]
pub fn summary(facts: &Facts) -> String {
    let ends = OrderStatus::ALL.into_iter().map(|status| (status, ended(facts, status)));
    let ends: Vec<String> =
        ends.filter(|(_, count)| *count > 0).map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    format!("{}, {} orders: {}", requests(facts), facts.orders.len(), ends.join(", "))
}
