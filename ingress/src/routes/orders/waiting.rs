//! A client that waits for its order to move, on a long poll or an event stream.
//!
//! What it waits for comes with the news: it reads once when it begins and then only from time to time, in case news were
//! missed. So waiting costs nothing, and a shop whose stores are slow is not made slower by those who wait for it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

use super::own::Claimed;
use crate::{app::App, problem::Problem, read_models::Snapshot, watchers::Watch};

/// How often a waiting client looks without news, so that it misses nothing for long.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A waiting client.
pub struct Waiting {
    /// What it may use.
    pub app: Arc<App>,
    /// Its order.
    pub claimed: Claimed,
    /// Begun before the first read, so that nothing falls in between.
    pub watch: Watch,
    /// When it has waited long enough.
    pub until: Instant,
    /// The version that the client knows.
    pub at_least: i64,
}

impl Waiting {
    /// Where the order stands at the beginning.
    ///
    /// # Errors
    /// A problem if it is not the customer's, or no source answers.
    pub async fn first(&self) -> Result<Snapshot, Problem> {
        self.claimed.status(&self.app, self.at_least).await
    }

    /// The next snapshot that is newer than the one known; `None` when the time is over or the process stops.
    ///
    /// # Errors
    /// A problem if the order is not the customer's, or no source answers.
    pub async fn newer(&mut self, known: Option<i64>) -> Result<Option<Snapshot>, Problem> {
        loop {
            let found = tokio::select! {
                news = self.watch.news() => self.claimed.heard(&self.app, news, known, self.at_least),
                () = sleep(look_again()) => self.look(known).await?,
                () = sleep_until(self.until) => return Ok(None),
                () = self.app.shutdown.cancelled() => return Ok(None),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    async fn look(&self, known: Option<i64>) -> Result<Option<Snapshot>, Problem> {
        let snapshot = self.claimed.status(&self.app, known.unwrap_or(self.at_least)).await?;
        Ok(Some(snapshot).filter(|snapshot| known.is_none_or(|known| snapshot.version > known)))
    }
}

/// How long to wait for news before looking. Ten thousand clients must not ask at the same moment, so each waits up to a
/// fifth more or less.
fn look_again() -> Duration {
    let fifth = LOOK_AGAIN / 5;
    // Every hasher of the standard library begins with a random state.
    let permille = RandomState::new().hash_one(0) % 1_000;
    LOOK_AGAIN - fifth + 2 * fifth * u32::try_from(permille).unwrap_or_default() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_looks_seldom_and_at_a_moment_of_their_own() {
        let looks: Vec<_> = (0..100).map(|_| look_again()).collect();
        assert!(looks.iter().all(|look| (4_000..=6_000).contains(&look.as_millis())));
        assert!(looks.iter().any(|look| *look != looks[0]));
    }
}
