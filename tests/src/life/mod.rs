//! The life of a shop from the first order to its rest, and the judgement: customers who order by seed whatever happens, pay
//! otherwise, send back and dispute, some trouble meanwhile, and the checker at the end.

mod beside;
mod coupons;
mod crowd;
mod dice;
mod judgement;
mod later;
mod plan;
mod settlement;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub use dice::Dice;
pub use judgement::{Row, ended, judge, summary, unknown};
pub use plan::{HOT, Later, Moment, Plan, Wish, catalog};
use schemas::types::Timestamp;

use crate::{
    Stack,
    checker::Facts,
    facts::{gather, rest_within},
    log::ClientLog,
};
use beside::Beside;
use crowd::Crowd;

/// How long the shop may take to finish once nobody orders any more. Webhooks that met a dead ingress are repeated for two
/// minutes.
const REST: Duration = Duration::from_secs(240);

/// Who orders how much.
pub struct Life {
    /// Where.
    pub shop: Arc<Stack>,
    /// Makes the orders.
    pub seed: u64,
    /// How many; as many as fit into the time of the trouble if it is not said.
    pub orders: Option<u32>,
    /// Between two orders: steady, whatever the shop answers.
    pub every: Duration,
}

/// What there is to judge. `trouble` is what the trouble told.
#[allow(missing_docs, reason = "the fields' names")]
pub struct Lived<T> {
    pub facts: Facts,
    pub trouble: T,
    /// How many orders the customers tried to place.
    pub placed: u32,
    /// From the first order to the last customer's answer.
    pub ordered: Duration,
    /// How long the shop took from then until it was at rest; or what was left.
    pub rested: Result<Duration, String>,
}

/// Lets the customers order while `trouble` takes its course, waits until the shop is at rest, has it reconciled, and
/// gathers the facts.
///
/// # Panics
/// When the shop takes no customers, or the stores and gateways do not answer once the trouble is over.
pub async fn live<T>(life: &Life, trouble: impl Future<Output = T>) -> Lived<T> {
    let shop = &life.shop;
    let log = Arc::new(ClientLog::open(&shop.file("client-log.jsonl")));
    let plan = Arc::new(Plan::new(life.seed, &shop.catalog));
    coupons::make(shop).await;
    let (customers, admin) = (crowd::customers(shop).await, shop.admin().await);
    let beside = Beside::start(shop, &log).await;
    let gateways = shop.gateways();
    let crowd = Crowd { customers, admin, gateways, plan, log: Arc::clone(&log), followed: beside.followed() };
    let over = AtomicBool::new(false);
    let more = |number| life.orders.map_or_else(|| !over.load(Ordering::Relaxed), |orders| number < orders);
    let (since, started) = (Timestamp::now(), Instant::now());
    let troubled = async {
        let told = trouble.await;
        over.store(true, Ordering::Relaxed);
        told
    };
    let (placed, trouble) = tokio::join!(crowd.order_while(life.every, more), troubled);
    let watching = beside.stop_probing().await;
    let ordered = started.elapsed();
    let rested = rest_within(shop, REST).await.map(|()| started.elapsed().saturating_sub(ordered));
    // Where something is left to do, our books and the gateways' may differ.
    let settlement = if rested.is_ok() { Some(settlement::compared(shop, life.seed, since, REST).await) } else { None };
    let facts = Facts { settlement, ..gather(shop, log.requests(), watching.stop().await).await };
    Lived { facts, trouble, placed, ordered, rested }
}
