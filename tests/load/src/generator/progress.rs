//! A line every five seconds.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::tally::Tally;

const EVERY: Duration = Duration::from_secs(5);

/// Tells how it goes, on standard error, for ever.
pub async fn tell(tally: Arc<Tally>, start: Instant) {
    let mut ticks = interval_at(start + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        eprintln!("{}", tally.progress(start.elapsed()));
    }
}
