//! How the ingress reads and writes the record, whatever the connection string says.

use std::time::Duration;

use mongodb::{
    action::FindOne,
    options::{Acknowledgment, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern},
};

/// The longest a linearizable read may wait for a majority.
const SURE_WITHIN: Duration = Duration::from_secs(5);

/// Reads come from the primary and see what a majority has, so that what was shown once is neither rolled back nor missed
/// on a secondary that lags. Writes are acknowledged once a majority has them in its journal.
#[must_use]
pub fn settled() -> CollectionOptions {
    CollectionOptions::builder()
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .read_concern(ReadConcern::majority())
        .write_concern(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build())
        .build()
}

/// A read that no primary of the past can answer: what it sees is the newest, and durable.
pub fn surely<T: Send + Sync>(read: FindOne<'_, T>) -> FindOne<'_, T> {
    read.read_concern(ReadConcern::linearizable()).max_time(SURE_WITHIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_the_primarys_and_writes_are_durable_whatever_the_connection_string_says() {
        let options = settled();
        assert_eq!(options.selection_criteria, Some(SelectionCriteria::ReadPreference(ReadPreference::Primary)));
        assert_eq!(options.read_concern, Some(ReadConcern::majority()));
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        assert_eq!(options.write_concern, Some(durable));
    }
}
