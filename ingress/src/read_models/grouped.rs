//! Inserts in groups: a journaled write costs the database nearly the same for one document as for a hundred.
//!
//! Nobody waits for a group to fill. One insert at a time is under way, and what comes meanwhile is the next: alone when
//! there is little to do, many at once when there is much.

use std::{mem, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use mongodb::{
    Collection,
    error::{Error, ErrorKind, IndexedWriteError},
};
use serde::Serialize;
use shared::{
    fault_points::{Step, around},
    record::DUPLICATE_KEY,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    admission,
    problem::{OVERLOADED, Problem, STORE_UNAVAILABLE},
};

/// More waiting callers are told to come back: together they are some megabytes and less than a second's work.
const MOST_WAITING: usize = 1_000;
/// A database that hangs holds up the next group no longer. Shorter than a request may take.
const INSERT_WITHIN: Duration = Duration::from_secs(10);

/// How an insert ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insertion {
    /// The document stands.
    Done,
    /// Another one has its key.
    Duplicate,
}

/// Whatever inserts many documents at once, each whatever becomes of the others.
pub trait InsertMany<T>: Send + Sync + 'static {
    /// Inserts them; durable when done.
    fn insert_many<'a>(&'a self, documents: &'a [T]) -> BoxFuture<'a, Result<(), Error>>;
}

impl<T: Serialize + Send + Sync + 'static> InsertMany<T> for Collection<T> {
    fn insert_many<'a>(&'a self, documents: &'a [T]) -> BoxFuture<'a, Result<(), Error>> {
        let inserting = async move { Self::insert_many(self, documents).ordered(false).await.map(drop) };
        Box::pin(around(Step::Request, inserting))
    }
}

/// Inserts in groups. Cheap to clone.
#[derive(Clone)]
pub struct Grouped<T>(mpsc::Sender<Asked<T>>);

struct Asked<T> {
    document: T,
    answer: oneshot::Sender<Result<Insertion, Problem>>,
}

impl<T: Send + Sync + 'static> Grouped<T> {
    /// Groups for this store, made by a task that ends with the last clone of this.
    pub fn new(store: Arc<dyn InsertMany<T>>) -> Self {
        let (asking, asked) = mpsc::channel(MOST_WAITING);
        tokio::spawn(group(asked, store));
        Self(asking)
    }

    /// Inserts a document; durable when this returns.
    ///
    /// # Errors
    /// A problem when too many wait, or when the store does not answer: the document may stand or not then.
    pub async fn insert(&self, document: T) -> Result<Insertion, Problem> {
        let (answer, fate) = oneshot::channel();
        self.0.try_send(Asked { document, answer }).map_err(|_| {
            admission::count_shed(admission::INSERTS, 1);
            Problem::new(OVERLOADED).retry_after(1)
        })?;
        fate.await.unwrap_or_else(|_| Err(unavailable("the insert broke off")))
    }
}

async fn group<T: Send + Sync + 'static>(mut asked: mpsc::Receiver<Asked<T>>, store: Arc<dyn InsertMany<T>>) {
    let mut waiting = Vec::new();
    while asked.recv_many(&mut waiting, MOST_WAITING).await > 0 {
        // On a task of its own: a panic ends this group alone, and its callers learn that it broke off.
        let inserting = tokio::spawn(insert(Arc::clone(&store), mem::take(&mut waiting)));
        if let Err(error) = inserting.await {
            tracing::error!(%error, "a group of inserts broke off");
        }
    }
}

/// Inserts for those who still wait for the answer: in a burst many have given up.
async fn insert<T: Send + Sync + 'static>(store: Arc<dyn InsertMany<T>>, asked: Vec<Asked<T>>) {
    let waiting = asked.into_iter().filter(|asked| !asked.answer.is_closed());
    let (documents, answers): (Vec<_>, Vec<_>) = waiting.map(|asked| (asked.document, asked.answer)).unzip();
    if documents.is_empty() {
        return;
    }
    let fates = match tokio::time::timeout(INSERT_WITHIN, store.insert_many(&documents)).await {
        Ok(outcome) => fates(outcome, documents.len()),
        Err(_) => vec![Err(unavailable("the insert took too long")); documents.len()],
    };
    for (answer, fate) in answers.into_iter().zip(fates) {
        // Whoever has gone meanwhile will repeat the request.
        let _ = answer.send(fate);
    }
}

/// What became of each document. Without the majority's word nothing is known of any of them.
fn fates(outcome: Result<(), Error>, count: usize) -> Vec<Result<Insertion, Problem>> {
    let Err(error) = outcome else { return vec![Ok(Insertion::Done); count] };
    let mut fates = vec![Ok(Insertion::Done); count];
    match &*error.kind {
        ErrorKind::InsertMany(failure) if failure.write_concern_error.is_none() => {
            for error in failure.write_errors.iter().flatten() {
                fates[error.index] = fate(error);
            }
        }
        _ => fates.fill(Err(error.into())),
    }
    fates
}

fn fate(error: &IndexedWriteError) -> Result<Insertion, Problem> {
    if error.code == DUPLICATE_KEY { Ok(Insertion::Duplicate) } else { Err(unavailable(&error.message)) }
}

fn unavailable(cause: &str) -> Problem {
    Problem::new(STORE_UNAVAILABLE).retry_after(1).because(cause)
}

#[cfg(test)]
mod tests;
