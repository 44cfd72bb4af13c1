//! How the ingress reads and writes the record, whatever the connection string says.

use std::time::Duration;

use mongodb::{action::FindOne, options::ReadConcern};
pub use shared::record::settled;

/// The longest a linearizable read may wait for a majority.
const SURE_WITHIN: Duration = Duration::from_secs(5);

/// A read that no primary of the past can answer: what it sees is the newest, and durable.
pub fn surely<T: Send + Sync>(read: FindOne<'_, T>) -> FindOne<'_, T> {
    read.read_concern(ReadConcern::linearizable()).max_time(SURE_WITHIN)
}
