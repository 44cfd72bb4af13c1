//! What was promised, what was looked at to see whether it held, and what was found.

use std::fmt;

use schemas::types::OrderStatus;

use super::Lived;
use crate::{
    Stack,
    checker::{self, Answered, Facts, Inbox, Order, Outcome, Verdict, Violation},
    facts::deliveries_counted,
    probes::REQUESTS_A_BURST,
};

/// One promise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// The invariant's short name.
    pub invariant: String,
    /// What it says.
    pub promise: String,
    /// Whether it held.
    pub outcome: Outcome,
    /// What it was judged from.
    pub looked_at: String,
    /// What must not be; empty where it held.
    pub violations: Vec<String>,
}

impl Row {
    /// A promise, judged from this, with what was found against it.
    #[must_use]
    pub fn new(invariant: &str, promise: &str, looked_at: String, violations: Vec<String>) -> Self {
        let outcome = if violations.is_empty() { Outcome::Held } else { Outcome::Broken };
        Self { invariant: invariant.to_owned(), promise: promise.to_owned(), outcome, looked_at, violations }
    }

    fn of(verdict: &Verdict) -> Self {
        let told = |violation: &Violation| format!("{}: {}", violation.subject, violation.found);
        let violations = verdict.violations.iter().map(told).collect();
        let row = Self::new(verdict.invariant, verdict.promise, verdict.counts(), violations);
        Self { outcome: verdict.outcome(), ..row }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, promise, outcome, looked_at, .. } = self;
        write!(f, "{invariant:<6}{outcome:<15}{promise:<60}{looked_at}")
    }
}

/// Judges a life by everything that was promised.
///
/// # Panics
/// When a store does not answer.
pub async fn judge<T>(shop: &Stack, lived: &Lived<T>) -> Vec<Row> {
    let facts = &lived.facts;
    let mut rows: Vec<Row> = checker::judge(facts).iter().map(Row::of).collect();
    rows.push(Row::new("log", "each customer wrote down what came of it", requests(facts), log_complete(lived)));
    rows.push(deliveries(shop, facts).await);
    rows.push(dead_letters(facts));
    rows.push(Row::new(
        "rest",
        "the shop finishes what it began",
        rest(lived),
        lived.rested.clone().err().into_iter().collect(),
    ));
    rows
}

fn requests(facts: &Facts) -> String {
    format!("{} requests ({} answers of unknown fate)", facts.requests.len(), unknown(facts))
}

fn log_complete<T>(lived: &Lived<T>) -> Vec<String> {
    let probed = REQUESTS_A_BURST * lived.facts.bursts.len();
    let (written, placed) = (lived.facts.requests.len(), lived.placed as usize + probed);
    if written == placed { Vec::new() } else { vec![format!("{placed} orders were placed, {written} are in the log")] }
}

async fn deliveries(shop: &Stack, facts: &Facts) -> Row {
    let brought = facts.delivered.values().filter(|units| **units > 0).count();
    let counted = deliveries_counted(&shop.store()).await;
    let found = (counted != brought).then(|| format!("{brought} deliveries came, {counted} were counted"));
    let looked_at = format!("{brought} delivery notes");
    Row::new("notes", "each delivery note is counted once", looked_at, found.into_iter().collect())
}

fn dead_letters(facts: &Facts) -> Row {
    let inboxes: Vec<&Inbox> = facts.conservation.iter().flat_map(|conservation| &conservation.inboxes).collect();
    let told = |inbox: &&Inbox| {
        let first = inbox.letters.first()?;
        Some(format!("{}: {} dead letters, the first {first:?}", inbox.name, inbox.letters.len()))
    };
    let found = inboxes.iter().filter_map(told).collect();
    Row::new("dead", "no message is put aside", format!("{} topics of dead letters", inboxes.len()), found)
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
    let count = |fits: fn(&Order) -> bool| facts.orders.iter().filter(|order| fits(order)).count();
    let (back, lost) = (count(|order| !order.returned.is_empty()), count(|order| order.lost > 0));
    let (again, moved) = (count(|order| order.attempts > 1), count(|order| order.failed_over));
    let later = format!("{again} paid again, {moved} failed over, {back} came back, {lost} lost to a bank");
    format!("{}, {} orders: {}; {later}", requests(facts), facts.orders.len(), ends.join(", "))
}
