//! A client that waits for its order to move, on a long poll or an event stream.
//!
//! What it waits for comes with the news: it reads once when it begins and then only from time to time, in case news were
//! missed. So waiting costs next to nothing, and stores that are slow are not made slower by those who wait for them: who
//! waits has the time. A reading that is refused for want of room is not answered 503, upon which the client would ask
//! again at once, but waits for the news as well.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use axum::http::StatusCode;
use tokio::time::{Instant, sleep, sleep_until};

use super::own::Claimed;
use crate::{
    app::App,
    problem::{OVERLOADED, Problem},
    read_models::Snapshot,
    watchers::Watch,
};

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
    /// Where the order stands at the beginning; `None` if too many ask at this moment.
    ///
    /// # Errors
    /// A problem if it is not the customer's, or no source answers.
    pub async fn first(&self) -> Result<Option<Snapshot>, Problem> {
        match self.claimed.status(&self.app, self.at_least).await {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(problem) if problem.kind() == OVERLOADED => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// The next snapshot that is newer than the version known; `None` when the time is over or the process stops.
    ///
    /// # Errors
    /// A problem if the order is not the customer's.
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

    /// Where the order stands at the end: what is known must do when no source answers, unless newer has been shown.
    ///
    /// # Errors
    /// A problem if nothing is known and no source answers.
    pub async fn last(&self, known: Option<Snapshot>) -> Result<Snapshot, Problem> {
        let at_least = known.as_ref().map_or(self.at_least, |known| known.version);
        match (self.claimed.status(&self.app, at_least).await, known) {
            (Err(problem), Some(known)) if passes(&problem) && self.app.statuses.is_newest_shown(&known) => Ok(known),
            (found, _) => found,
        }
    }

    /// A look that fails is made up for by the news or by the next one.
    async fn look(&self, known: Option<i64>) -> Result<Option<Snapshot>, Problem> {
        let found = match known {
            Some(known) => self.claimed.look(&self.app, known).await,
            None => self.claimed.status(&self.app, self.at_least).await.map(Some),
        };
        match found {
            Ok(found) => Ok(found.filter(|found| known.is_none_or(|known| found.version > known))),
            Err(problem) if passes(&problem) => Ok(None),
            Err(problem) => Err(problem),
        }
    }
}

fn passes(problem: &Problem) -> bool {
    problem.kind().status == StatusCode::SERVICE_UNAVAILABLE
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
