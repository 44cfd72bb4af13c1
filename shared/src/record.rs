//! How the record is read and written, whatever the connection string says.

use mongodb::{
    error::{Error, ErrorKind, WriteFailure},
    options::{Acknowledgment, CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern},
};

/// What the database says of a key that exists already.
pub const DUPLICATE_KEY: i32 = 11_000;

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

/// Whether a write failed because a unique key exists already.
#[must_use]
pub fn is_duplicate(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteError(write)) => write.code == DUPLICATE_KEY,
        ErrorKind::Command(command) => command.code == DUPLICATE_KEY,
        _ => false,
    }
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
