//! Kills every daemon once, in an order and at moments that follow from the seed.

use std::time::Duration;

use e2e::{Stack, life::Dice, stack::DAEMONS};
use tokio::time::{Instant, sleep, sleep_until};

/// Kills each daemon in its own part of the time, and starts it again; tells what happened when.
pub async fn kill_each_once(shop: &Stack, seed: u64, time: Duration) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let mut told = Vec::new();
    let start = Instant::now();
    let share = time / (u32::try_from(DAEMONS.len()).unwrap_or(1) + 1);
    for (turn, daemon) in (1..).zip(dice.shuffled(&DAEMONS)) {
        let moment = share * turn - share / 2 + share.mul_f64(dice.below(100) as f64 / 200.0);
        sleep_until(start + moment).await;
        shop.kill(daemon);
        let killed = start.elapsed();
        // As long as a supervisor takes to notice.
        sleep(Duration::from_millis(200 + dice.below(1_500) as u64)).await;
        shop.start_again(daemon);
        shop.ready(daemon).await;
        let back = start.elapsed() - killed;
        told.push(format!("{daemon} killed at {killed:.1?}, ready again after {back:.1?}"));
    }
    told
}
