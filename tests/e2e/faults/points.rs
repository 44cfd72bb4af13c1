//! Fault points in every daemon: steps that fail, steps whose answer is lost, processes that die before or after a step.

use std::{sync::Arc, time::Duration};

use e2e::{
    Stack,
    life::{Life, unknown},
    run,
    stack::DAEMONS,
};
use tokio::time::{Instant, sleep};

use super::{ALONE, EVERY, assert_every_end, live_well, seed, setup};

const ORDERS: u32 = 150;
const TROUBLE: Duration = Duration::from_secs(20);
/// Until the customers have their accounts: they register once and take no for an answer.
const PEACE: Duration = Duration::from_secs(4);
const POINTS: &str = "SPAREPARTS_FAULTS__POINTS";

/// Errors at every point, and deaths before and after every step.
fn everywhere() -> String {
    let steps = ["write", "rows", "publish", "call", "request", "project"];
    let sides = ["before", "after"];
    let errors = steps.iter().flat_map(|step| sides.map(|side| format!("{step}.{side}=error:0.02")));
    let crashes =
        steps.iter().chain(&["offsets"]).flat_map(|step| sides.map(|side| format!("{step}.{side}=crash:0.001")));
    errors.chain(crashes).collect::<Vec<_>>().join(",")
}

/// Arms all daemons for a while and starts again whoever dies, as a supervisor would; tells how many did.
async fn arm(shop: &Stack) -> Vec<String> {
    sleep(PEACE).await;
    everybody_with(shop, &everywhere());
    let (start, mut died) = (Instant::now(), Vec::new());
    while start.elapsed() < TROUBLE {
        for daemon in DAEMONS {
            if shop.ended_within(daemon, Duration::from_millis(1)).await.is_some() {
                shop.start_again(daemon);
                died.push(daemon);
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
    everybody_with(shop, "");
    assert!(!died.is_empty(), "nobody died");
    vec![format!("{} processes died at a fault point: {}", died.len(), died.join(", "))]
}

fn everybody_with(shop: &Stack, points: &str) {
    for daemon in DAEMONS {
        shop.start_again_with(daemon, POINTS, points);
    }
}

#[test]
fn steps_that_fail_lose_their_answer_or_end_the_process_break_no_promise() {
    run(async {
        let _alone = ALONE.lock().await;
        let seed = seed();
        let pays = ["--auto-pay-ms", "300", "--decline-rate", "0.1", "--seed", &seed.to_string()];
        let setup = setup("points", ORDERS).gateways(&pays);
        let shop = setup.set("SPAREPARTS_FAULTS__SEED", &(seed % 1_000_000).to_string()).start().await;
        let life = Life { shop: Arc::new(shop), seed, orders: Some(ORDERS), every: EVERY * 2 };
        let facts = live_well(&life, arm(&life.shop)).await;
        assert!(unknown(&facts) > 0, "no customer noticed anything");
        assert_every_end(&facts, 0);
    });
}
