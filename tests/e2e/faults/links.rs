//! Links that lose replies after the effect.

use std::{sync::Arc, time::Duration};

use e2e::{
    Link, Stack,
    life::{Dice, Life},
    proxy::Mode,
    run,
};
use tokio::time::{Instant, sleep};

use super::{ALONE, EVERY, assert_every_end, live_well, seed, setup};

const ORDERS: u32 = 100;
/// Longer than the orders take to come, so that some meet each loss.
const TROUBLE: Duration = Duration::from_secs(20);

/// Again and again the replies on one of the links are lost for a moment; tells how often.
async fn lose_replies(shop: &Stack, links: &[Link], seed: u64) -> Vec<String> {
    let (mut dice, start, mut losses) = (Dice::new(seed), Instant::now(), 0);
    while start.elapsed() < TROUBLE {
        sleep(Duration::from_millis(300 + dice.below(400) as u64)).await;
        let proxy = shop.link(links[dice.below(links.len())]);
        proxy.set(Mode::LoseReplies(Duration::from_millis(100)));
        sleep(Duration::from_millis(50 + dice.below(250) as u64)).await;
        proxy.set(Mode::Pass);
        losses += 1;
    }
    vec![format!("replies lost {losses} times on {links:?}")]
}

#[test]
fn replies_lost_on_the_way_from_the_database_and_the_gateways_break_no_promise() {
    run(async {
        let _alone = ALONE.lock().await;
        let seed = seed();
        let links = [Link::Mongo, Link::Stripe, Link::Razorpay];
        let pays = ["--auto-pay-ms", "300", "--decline-rate", "0.1", "--seed", &seed.to_string()];
        let shop = setup("links", ORDERS).gateways(&pays).through_proxies(&links).start().await;
        let life = Life { shop: Arc::new(shop), seed, orders: Some(ORDERS), every: EVERY };
        let facts = live_well(&life, lose_replies(&life.shop, &links, seed)).await;
        assert_every_end(&facts, 0);
    });
}
