//! Every daemon is killed once (kill -9) in the middle of two thousand orders, and I1 to I5 hold.

mod crowd;
mod killer;
mod plan;

use std::{
    collections::BTreeMap,
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use e2e::{
    Catalog, Setup, Stack,
    checker::{Answered, Facts, Lowest, check},
    facts::{at_rest, deliveries_counted, gather, sample_stock},
    kafka,
    log::ClientLog,
    run,
    stack::POOLS,
    store::blocking,
};
use schemas::types::OrderStatus;
use tokio::sync::watch;

use plan::Plan;

const ORDERS: usize = 2_000;
/// Between two orders: steady, whatever the shop answers.
const EVERY: Duration = Duration::from_millis(60);
/// How long the shop may take to finish once nobody orders any more. Webhooks that met a dead ingress are repeated for two
/// minutes.
const REST: Duration = Duration::from_secs(240);

#[test]
fn each_daemon_killed_once_in_the_middle_of_two_thousand_orders_breaks_no_promise() {
    run(async {
        let seed = env::var("E2E_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(e2e::webhook::now);
        eprintln!("seed {seed}: E2E_SEED={seed} gives the same orders and kills");
        let shop = Arc::new(open_shop(seed).await);
        let log = Arc::new(ClientLog::open(&shop.file("client-log.jsonl")));
        let plan = Arc::new(Plan::new(seed, &shop.catalog));

        let started = Instant::now();
        let (end, ended) = watch::channel(false);
        let sampler = tokio::spawn(sample(Arc::clone(&shop), ended));
        let ((), kills) = tokio::join!(
            crowd::order_everything(&shop, &plan, &log, ORDERS, EVERY),
            killer::kill_each_once(&shop, seed, EVERY * u32::try_from(ORDERS).unwrap_or(u32::MAX)),
        );
        let ordered = started.elapsed();
        at_rest(&shop, REST).await;
        let rested = started.elapsed() - ordered;
        let _ = end.send(true);
        let lowest = sampler.await.unwrap();

        let facts = gather(&shop, log.requests(), lowest).await;
        eprintln!("{}\nordered for {ordered:?}, at rest after {rested:?}\n{}", kills.join("\n"), summary(&facts));
        assert_no_dead_letters(&shop).await;
        assert_eq!(deliveries_counted(&shop.store()).await, in_stock(&facts), "each delivery note counted once");
        let violations: Vec<String> = check(&facts).iter().map(ToString::to_string).collect();
        assert!(violations.is_empty(), "seed {seed}: {} violations:\n{}", violations.len(), violations.join("\n"));
        assert_everything_happened(&facts);
    });
}

async fn open_shop(seed: u64) -> Stack {
    let seed = seed.to_string();
    let gateways =
        ["--auto-pay-ms", "300", "--decline-rate", "0.05", "--webhook-duplicate-rate", "0.05", "--seed", &seed];
    Setup::new("faults")
        .catalog(Catalog::demo().stocked(100_000).with(plan::HOT, plan::HOT_STOCK))
        .gateways(&gateways)
        .carrier(&["--step-delay-ms", "1500"])
        .set("SPAREPARTS_ORDERS__PAYMENT_WINDOW_SECONDS", "120")
        .start()
        .await
}

async fn sample(shop: Arc<Stack>, mut ended: watch::Receiver<bool>) -> Vec<Lowest> {
    let (store, mut lowest) = (shop.store(), BTreeMap::new());
    while !*ended.borrow_and_update() {
        sample_stock(&store, &mut lowest).await;
        let _ = tokio::time::timeout(Duration::from_millis(200), ended.changed()).await;
    }
    lowest.into_iter().map(|(sku, units)| Lowest { sku, units }).collect()
}

fn ended(facts: &Facts, status: OrderStatus) -> usize {
    facts.orders.iter().filter(|order| order.status == status).count()
}

fn in_stock(facts: &Facts) -> usize {
    facts.delivered.values().filter(|units| **units > 0).count()
}

fn unknown(facts: &Facts) -> usize {
    let told = facts.requests.iter().flat_map(|request| &request.answers);
    told.filter(|answer| matches!(answer, Answered::Unknown(_))).count()
}

fn summary(facts: &Facts) -> String {
    let ends =
        OrderStatus::ALL.into_iter().map(|status| (status, ended(facts, status))).filter(|(_, count)| *count > 0);
    let ends: Vec<String> = ends.map(|(status, count)| format!("{count} {}", status.as_str())).collect();
    let unknown = unknown(facts);
    format!(
        "{} requests, {unknown} answers of unknown fate, {} orders: {}",
        facts.requests.len(),
        facts.orders.len(),
        ends.join(", ")
    )
}

/// A run in which nothing went wrong would prove nothing.
fn assert_everything_happened(facts: &Facts) {
    use OrderStatus::{Cancelled, Delivered, PaymentFailed, Refunded, Rejected};
    assert_eq!(facts.requests.len(), ORDERS);
    assert!(unknown(facts) > 0, "no customer met the dead ingress");
    assert!(ended(facts, Delivered) > ORDERS / 2, "{}", summary(facts));
    for status in [PaymentFailed, Rejected, Cancelled, Refunded] {
        assert!(ended(facts, status) > 10, "{}", summary(facts));
    }
}

async fn assert_no_dead_letters(shop: &Stack) {
    for pool in POOLS {
        let topic = format!("{}{pool}.inbox.dead", shop.prefix);
        let dead = blocking(move || kafka::read_all(&topic)).await;
        assert!(dead.is_empty(), "{pool}: {} dead letters, the first {:?}", dead.len(), dead.first());
    }
}
