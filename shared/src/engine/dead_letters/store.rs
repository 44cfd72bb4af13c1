//! The dead letters and parked keys as MongoDB has them.

use futures::{TryStreamExt, future::BoxFuture};
use mongodb::{
    Collection, Database, IndexModel,
    bson::{doc, serialize_to_bson},
    error::{Error, ErrorKind},
};

use super::{DeadLetter, LetterState, Settlement};
use crate::{
    engine::Parked,
    id::MessageId,
    record::{DUPLICATE_KEY, is_duplicate, settled},
    time::Timestamp,
};

const LETTERS: &str = "dead_letters";
const PARKED: &str = "parked_keys";

/// Which dead letters an operator wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// In this state; open unless it is said.
    pub state: LetterState,
    /// Of this inbox.
    pub inbox: Option<String>,
    /// With this code.
    pub code: Option<String>,
    /// Of this key.
    pub key: Option<String>,
    /// Behind this one in the list: when it died, and its id.
    pub after: Option<(Timestamp, String)>,
}

/// Both collections. Every future is boxed, so that it is compiled once, in this crate.
#[derive(Clone)]
pub(in crate::engine) struct LetterStore {
    letters: Collection<DeadLetter>,
    parked: Collection<Parked>,
}

type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

impl LetterStore {
    pub(in crate::engine) fn new(database: &Database) -> Self {
        Self {
            letters: database.collection_with_options(LETTERS, settled()),
            parked: database.collection_with_options(PARKED, settled()),
        }
    }

    pub(in crate::engine) fn create_indexes(&self) -> Answer<'_, ()> {
        let keys = [
            doc! { "state": 1, "died_at": 1, "_id": 1 },
            doc! { "inbox": 1, "state": 1, "died_at": 1, "_id": 1 },
            doc! { "code": 1, "state": 1, "died_at": 1, "_id": 1 },
            doc! { "key": 1, "state": 1, "died_at": 1, "_id": 1 },
            doc! { "message_id": 1 },
            doc! { "place.parking": 1, "place.number": 1, "_id": 1 },
        ];
        let letters = keys.map(|keys| IndexModel::builder().keys(keys).build());
        let parked = [doc! { "inbox": 1, "blocked": 1 }, doc! { "since": 1 }];
        let parked = parked.map(|keys| IndexModel::builder().keys(keys).build());
        Box::pin(async move {
            self.letters.create_indexes(letters).await?;
            self.parked.create_indexes(parked).await.map(drop)
        })
    }

    /// Keeps dead letters; one that is there already stays as it is, unless it has a new place among those that wait: then
    /// its key waits for it (again).
    pub(in crate::engine) fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> Answer<'a, ()> {
        Box::pin(async move {
            if letters.is_empty() {
                return Ok(());
            }
            match self.letters.insert_many(letters).ordered(false).await {
                Ok(_) => return Ok(()),
                Err(error) if only_repetitions(&error) => {}
                Err(error) => return Err(error),
            }
            let open = LetterState::Open.as_str();
            for letter in letters {
                let Some(place) = &letter.place else { continue };
                let mut elsewhere = vec![doc! { "place.parking": { "$ne": &place.parking } }];
                if letter.begins_parking() {
                    elsewhere.push(doc! { "state": { "$ne": open } });
                }
                let found = doc! { "_id": &letter.id, "$or": elsewhere };
                let now = doc! { "state": open, "place": serialize_to_bson(place)?, "code": &letter.code };
                self.letters.update_one(found, doc! { "$set": now }).await?;
            }
            Ok(())
        })
    }

    pub(in crate::engine) fn find(&self, wanted: &Wanted, most: i64) -> Answer<'_, Vec<DeadLetter>> {
        let mut filter = doc! { "state": wanted.state.as_str() };
        for (field, value) in [("inbox", &wanted.inbox), ("code", &wanted.code), ("key", &wanted.key)] {
            if let Some(value) = value {
                filter.insert(field, value);
            }
        }
        if let Some((at, id)) = &wanted.after {
            let at = at.as_millis();
            filter.insert("died_at", doc! { "$gte": at });
            filter.insert("$or", vec![doc! { "died_at": { "$gt": at } }, doc! { "_id": { "$gt": id } }]);
        }
        let found = self.letters.find(filter).sort(doc! { "died_at": 1, "_id": 1 }).limit(most);
        Box::pin(async move { found.await?.try_collect().await })
    }

    pub(in crate::engine) fn get<'a>(&'a self, id: &'a str) -> Answer<'a, Option<DeadLetter>> {
        Box::pin(async move { self.letters.find_one(doc! { "_id": id }).await })
    }

    /// Those that wait in a parking from a number on, in their order.
    pub(in crate::engine) fn waiting<'a>(&'a self, parked: &'a Parked, most: i64) -> Answer<'a, Vec<DeadLetter>> {
        let waiting = doc! {
            "place.parking": &parked.name,
            "place.number": { "$gte": parked.head },
            "state": LetterState::Open.as_str(),
        };
        let order = doc! { "place.parking": 1, "place.number": 1, "_id": 1 };
        Box::pin(async move { self.letters.find(waiting).sort(order).limit(most).await?.try_collect().await })
    }

    pub(in crate::engine) fn settle<'a>(
        &'a self,
        ids: &'a [&'a str],
        state: LetterState,
        settlement: &'a Settlement,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let settled = doc! { "state": state.as_str(), "settled": serialize_to_bson(settlement)? };
            self.letters.update_many(doc! { "_id": { "$in": ids } }, doc! { "$set": settled }).await.map(drop)
        })
    }

    /// Which of these messages have died once.
    pub(in crate::engine) fn died<'a>(&'a self, messages: &'a [MessageId]) -> Answer<'a, Vec<MessageId>> {
        Box::pin(async move {
            let ids: Vec<String> = messages.iter().map(ToString::to_string).collect();
            let found = self.letters.distinct("message_id", doc! { "message_id": { "$in": ids } }).await?;
            Ok(found.iter().filter_map(|id| id.as_str()?.parse().ok()).collect())
        })
    }

    pub(in crate::engine) fn parked_in<'a>(&'a self, inbox: &'a str) -> Answer<'a, Vec<Parked>> {
        Box::pin(async move { self.parked.find(doc! { "inbox": inbox }).await?.try_collect().await })
    }

    pub(in crate::engine) fn parked_key<'a>(&'a self, inbox: &'a str, key: &'a str) -> Answer<'a, Option<Parked>> {
        Box::pin(async move { self.parked.find_one(doc! { "_id": Parked::id_of(inbox, key) }).await })
    }

    /// The keys that have been parked for the longest.
    pub(in crate::engine) fn parked_since(&self, before: Timestamp, most: i64) -> Answer<'_, Vec<Parked>> {
        let old = doc! { "since": { "$lte": before.as_millis() } };
        Box::pin(async move { self.parked.find(old).sort(doc! { "since": 1 }).limit(most).await?.try_collect().await })
    }

    /// Writes a parking over the version before, or ends it. Returns whether nobody else was there first.
    pub(in crate::engine) fn park<'a>(&'a self, parked: &'a Parked) -> Answer<'a, bool> {
        let before = doc! { "_id": &parked.id, "version": parked.version - 1 };
        Box::pin(async move {
            if parked.is_over() {
                return Ok(self.parked.delete_one(before).await?.deleted_count == 1);
            }
            if parked.version > 1 {
                return Ok(self.parked.replace_one(before, parked).await?.matched_count == 1);
            }
            match self.parked.insert_one(parked).await {
                Ok(_) => Ok(true),
                Err(error) if is_duplicate(&error) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// How many open letters an inbox has, counted up to a limit.
    pub(in crate::engine) fn open_in<'a>(&'a self, inbox: &'a str, most: u64) -> Answer<'a, u64> {
        let open = doc! { "inbox": inbox, "state": LetterState::Open.as_str() };
        Box::pin(async move { self.letters.count_documents(open).limit(most).await })
    }
}

fn only_repetitions(error: &Error) -> bool {
    let ErrorKind::InsertMany(failed) = &*error.kind else { return false };
    let writes = failed.write_errors.iter().flatten();
    failed.write_concern_error.is_none() && writes.into_iter().all(|write| write.code == DUPLICATE_KEY)
}
