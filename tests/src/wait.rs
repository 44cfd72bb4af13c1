//! Waiting for what must come: always for a condition, never for a time.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longer than anything takes on a busy machine with two cores, a killed daemon's session time-out included.
pub const PATIENCE: Duration = Duration::from_secs(90);
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// Asks until the answer is there.
///
/// # Panics
/// When it is not there after [`PATIENCE`], with the last reason why.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    eventually_within(PATIENCE, what, ask).await
}

/// Asks until the answer is there.
///
/// # Panics
/// When it is not there in time, with the last reason why.
pub async fn eventually_within<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let until = Instant::now() + limit;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(reason) if Instant::now() > until => panic!("{what}: not within {limit:?}; at last: {reason}"),
            Err(_) => sleep(ASK_AGAIN).await,
        }
    }
}
