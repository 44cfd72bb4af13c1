//! What the gateways settled, once a shop is at rest: compared with the books as an operator does it by hand, first as it
//! is, then twice with mistakes in it.

mod mistakes;

use std::time::Duration;

use mongodb::bson::{Document, doc};
use schemas::{
    reconciliation::{FINDINGS, Finding, FindingState, RUNS, StatedAmount},
    types::Timestamp,
};
use serde::Deserialize;

use crate::{
    Stack,
    checker::{Discrepancy, Settlement},
    facts::at_rest,
};
use mistakes::{Mistake, Moved, mistakes};

const GATEWAYS: [&str; 2] = ["stripe", "razorpay"];
/// In about how many windows a run is compared: some money moves in another than its payment was made in.
const WINDOWS: i64 = 4;

/// What a run of reconciliation says about itself.
#[derive(Deserialize)]
struct Run {
    started_at: Timestamp,
    lines: usize,
    told: usize,
    booked: usize,
    healed: usize,
}

/// A payment in a gateway's book.
#[derive(Deserialize)]
struct Payment {
    payment_id: String,
    captures: Vec<Movement>,
    refunds: Vec<Movement>,
}

#[derive(Deserialize)]
struct Movement {
    id: String,
    amount: i64,
    at_ms: i64,
}

/// What is compared how.
struct Comparison<'a> {
    shop: &'a Stack,
    since: Timestamp,
    window_seconds: i64,
}

/// Compares the settlements of everything that was ordered `since`, once the shop is at rest, then again with mistakes that
/// follow from the seed. What was mended meanwhile has come to rest, too.
///
/// # Panics
/// When reconciliation fails, a store does not answer, or what was mended does not come to rest in time.
pub(super) async fn compared(shop: &Stack, seed: u64, since: Timestamp, rest: Duration) -> Settlement {
    let moved = all_moved(shop).await;
    let latest = moved.iter().map(|moved| moved.at_ms).max().unwrap_or_default();
    let window_seconds = ((latest - since.as_millis()) / 1_000 / WINDOWS).max(1);
    let comparison = Comparison { shop, since, window_seconds };
    let sound = comparison.make("settlement-sound.csv").await;
    if sound.told + sound.booked > 0 {
        at_rest(shop, rest).await;
    }
    let unprovoked = reported(shop).await;
    forget_lines(shop).await;
    let planted = mistakes(seed, &moved);
    for Mistake { what, moved } in &planted {
        shop.gateways().plant(moved.gateway, what, &moved.handle).await;
    }
    // The same again under another name, as a file that was downloaded twice.
    for file in ["settlement.csv", "settlement-again.csv"] {
        comparison.make(file).await;
    }
    // What was planted is booked as well: a gateway that pays twice has paid twice.
    at_rest(shop, rest).await;
    let planted = planted.iter().map(Mistake::discrepancy).collect();
    Settlement { compared: sound.lines, healed: sound.healed, unprovoked, planted, reported: reported(shop).await }
}

impl Comparison<'_> {
    /// As an operator would at the end of the day: nothing is under way any more, and everything is settled.
    async fn make(&self, file: &str) -> Run {
        let Self { shop, since, window_seconds } = self;
        let file = shop.file(file);
        std::fs::write(&file, shop.gateways().settlement_report().await).expect("the settlement report on disk");
        let settings = [("GRACE", 0), ("SETTLEMENT", 0), ("WINDOW", *window_seconds)].map(|(name, seconds)| {
            (format!("SPAREPARTS_PAYMENTS__RECONCILIATION__{name}_SECONDS"), seconds.to_string())
        });
        let arguments = ["--settlement", &file.display().to_string(), "--from", &since.to_string()];
        shop.reconcile_with(&settings, &arguments).await;
        let runs: Vec<Run> = shop.store().find(RUNS, doc! { "_id": { "$regex": "^manual/" } }).await;
        runs.into_iter().max_by_key(|run| run.started_at).expect("a report of the run")
    }
}

async fn all_moved(shop: &Stack) -> Vec<Moved> {
    let mut all = Vec::new();
    for gateway in GATEWAYS {
        for payment in shop.gateways().ledger(gateway).await {
            let payment: Payment = serde_json::from_value(payment).expect("a payment of a gateway's book");
            all.extend(moved(gateway, payment));
        }
    }
    all
}

/// The captures and refunds of a payment.
fn moved(gateway: &'static str, payment: Payment) -> impl Iterator<Item = Moved> {
    let Payment { payment_id, captures, refunds } = payment;
    let captures = captures.into_iter().map(move |Movement { id, amount, at_ms }| {
        let handle = payment_id.clone();
        Moved { gateway, handle, entity: id, amount, at_ms }
    });
    let refunds = refunds.into_iter().map(move |Movement { id, amount, at_ms }| {
        let handle = id.clone();
        Moved { gateway, handle, entity: id, amount: -amount, at_ms }
    });
    captures.chain(refunds)
}

/// A gateway never takes back what it has once settled, and lines that were read are kept: they are forgotten, as if they
/// had not been read before mistakes are in them.
async fn forget_lines(shop: &Stack) {
    let lines = shop.store().database.collection::<Document>("settlement_lines");
    lines.delete_many(doc! {}).await.expect("the settlement lines deleted");
}

/// All that was ever reported about settlements, and whatever else is open.
async fn reported(shop: &Stack) -> Vec<Discrepancy> {
    let findings: Vec<Finding> = shop.store().find(FINDINGS, doc! {}).await;
    let open = |finding: &Finding| finding.state == FindingState::Open;
    let counts = |finding: &Finding| finding.difference.kind.is_of_settlement() || open(finding);
    let minor = |amount: Option<StatedAmount>| amount.map(|amount| amount.minor);
    let told = |finding: Finding| Discrepancy {
        open: open(&finding),
        kind: finding.difference.kind.as_str().to_owned(),
        subject: finding.difference.subject,
        expected: minor(finding.difference.expected),
        found: minor(finding.difference.found),
    };
    findings.into_iter().filter(counts).map(told).collect()
}
