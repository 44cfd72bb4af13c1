//! The life of a shop from the first order to its rest, and the judgement.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use e2e::{
    Stack,
    checker::{Answered, Facts, Lowest, check},
    facts::{at_rest, deliveries_counted, gather, sample_stock},
    kafka,
    log::ClientLog,
    stack::POOLS,
    store::blocking,
};
use schemas::types::OrderStatus;
use tokio::sync::watch;

use super::{crowd, plan::Plan};

/// How long the shop may take to finish once nobody orders any more. Webhooks that met a dead ingress are repeated for two
/// minutes.
const REST: Duration = Duration::from_secs(240);

/// Who orders how much.
pub struct Life {
    pub shop: Arc<Stack>,
    pub seed: u64,
    pub orders: u32,
    /// Between two orders.
    pub every: Duration,
}

/// Lets the customers order while `trouble` takes its course, waits until the shop is at rest, and judges it.
pub async fn live(life: &Life, trouble: impl Future<Output = Vec<String>>) -> Facts {
    let shop = &life.shop;
    let log = Arc::new(ClientLog::open(&shop.file("client-log.jsonl")));
    let plan = Arc::new(Plan::new(life.seed, &shop.catalog));
    let started = Instant::now();
    let (end, ended) = watch::channel(false);
    let sampler = tokio::spawn(sample(Arc::clone(shop), ended));
    let ((), told) = tokio::join!(crowd::order_everything(shop, &plan, &log, life.orders, life.every), trouble);
    let ordered = started.elapsed();
    at_rest(shop, REST).await;
    let rested = started.elapsed().saturating_sub(ordered);
    let _ = end.send(true);
    let facts = gather(shop, log.requests(), sampler.await.unwrap()).await;
    eprintln!("{}\nordered for {ordered:.1?}, at rest {rested:.1?} later\n{}", told.join("\n"), summary(&facts));
    judge(life, &facts).await;
    facts
}

async fn judge(life: &Life, facts: &Facts) {
    assert_eq!(facts.requests.len(), life.orders as usize, "every customer wrote down what became of the order");
    assert_no_dead_letters(&life.shop).await;
    let brought = facts.delivered.values().filter(|units| **units > 0).count();
    assert_eq!(deliveries_counted(&life.shop.store()).await, brought, "each delivery note counted once");
    let violations: Vec<String> = check(facts).iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{} violations, seed {}:\n{}", violations.len(), life.seed, violations.join("\n"));
}

async fn sample(shop: Arc<Stack>, mut ended: watch::Receiver<bool>) -> Vec<Lowest> {
    let (store, mut lowest) = (shop.store(), BTreeMap::new());
    while !*ended.borrow_and_update() {
        sample_stock(&store, &mut lowest).await;
        let _ = tokio::time::timeout(Duration::from_millis(200), ended.changed()).await;
    }
    lowest.into_iter().map(|(sku, units)| Lowest { sku, units }).collect()
}

async fn assert_no_dead_letters(shop: &Stack) {
    for pool in POOLS {
        let topic = format!("{}{pool}.inbox.dead", shop.prefix);
        let dead = blocking(move || kafka::read_all(&topic)).await;
        assert!(dead.is_empty(), "{pool}: {} dead letters, the first {:?}", dead.len(), dead.first());
    }
}

/// How many orders ended so.
pub fn ended(facts: &Facts, status: OrderStatus) -> usize {
    facts.orders.iter().filter(|order| order.status == status).count()
}

/// How many attempts had an unknown fate.
pub fn unknown(facts: &Facts) -> usize {
    let told = facts.requests.iter().flat_map(|request| &request.answers);
    told.filter(|answer| matches!(answer, Answered::Unknown(_))).count()
}

/// What became of everything, in one line.
pub fn summary(facts: &Facts) -> String {
    let ends = OrderStatus::ALL.into_iter().map(|status| (status, ended(facts, status)));
    let ends: Vec<String> =
        ends.filter(|(_, count)| *count > 0).map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    let (requests, orders) = (facts.requests.len(), facts.orders.len());
    format!("{requests} requests, {} answers of unknown fate, {orders} orders: {}", unknown(facts), ends.join(", "))
}
