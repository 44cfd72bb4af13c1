//! A cache in Redis whose entries carry a version and never go backwards, with news of every change.

mod entry;
mod era;
mod link;
mod projected;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, Script};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    entry::{news, parse, stored},
    link::{Link, Remedy, remedy},
};

pub use self::{era::Ticket, projected::Projected};

/// Redis did not answer, or not as expected. Readers go to the record instead.
#[derive(Debug, thiserror::Error)]
#[error("Redis: {0}")]
pub struct CacheError(#[from] RedisError);

/// An entry to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEntry {
    /// Whose it is.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// What is kept.
    pub body: Vec<u8>,
}

/// An entry as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cached {
    /// Its version.
    pub version: i64,
    /// What was kept.
    pub body: Vec<u8>,
}

/// A change as it is told: what the entry is now, so that nobody who hears of it has to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News<'a> {
    /// Whose entry it is.
    pub id: &'a str,
    /// Its version.
    pub version: i64,
    /// What is kept.
    pub body: &'a [u8],
}

/// The cache. Cheap to clone; one connection, shared.
///
/// What an entry says is no older than what anybody was told who could tell Redis of it, whatever Redis forgets and
/// whatever comes back to it: keys carry the run id of the server, so that nothing from before its start is found; an
/// entry is kept with a [`Ticket`] from before it was read, so that nothing is believed that was read before Redis forgot
/// something; and who read a version from the record puts it here before showing it, so that an older one is found out.
#[derive(Clone)]
pub struct VersionedCache(Arc<Inner>);

struct Inner {
    client: Client,
    prefix: String,
    put: Script,
    replace: Script,
    link: Mutex<Option<Arc<Link>>>,
    connecting: tokio::sync::Mutex<()>,
    /// How many attempts to connect have failed.
    failures: AtomicU64,
}

/// An entry lives a minute, then readers find the record itself and keep it again. So whatever goes wrong with a write
/// (Redis away while the writer dies) mends itself within that time.
const LIFE_SECONDS: u32 = 60;
const SUBSCRIBE_AGAIN: Duration = Duration::from_millis(500);
const LOOK_FOR_A_TICKET: Duration = Duration::from_millis(500);

impl VersionedCache {
    /// Prepares a connection, made when first used and made again when lost. Keys are `<prefix>:<run of Redis>:<id>`.
    ///
    /// # Errors
    /// [`CacheError`] when the URL is not one.
    pub fn connect(url: &str, prefix: &str) -> Result<Self, CacheError> {
        Ok(Self(Arc::new(Inner {
            client: Client::open(url)?,
            prefix: prefix.to_owned(),
            put: Script::new(include_str!("versioned_cache/put.lua")),
            replace: Script::new(include_str!("versioned_cache/replace.lua")),
            link: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            failures: AtomicU64::default(),
        })))
    }

    /// The entry of `id`, if there is one.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn get(&self, id: &str) -> Result<Option<Cached>, CacheError> {
        let found: Option<Vec<u8>> = self.ask(|link| Cmd::get(self.key(link, id))).await?;
        Ok(found.as_deref().and_then(parse))
    }

    /// The leave to keep what is read from the record from now on. Without a connection, or when Redis has just been started
    /// or flushed, one that makes readers go to the record.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.current().and_then(|link| link.ticket()).unwrap_or_default()
    }

    /// Waits until entries are kept that are believed.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn settled(&self) -> Result<(), CacheError> {
        loop {
            self.ping().await?;
            if self.ticket() != Ticket::default() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_FOR_A_TICKET).await;
        }
    }

    /// Keeps those entries that are newer than what is kept. The ticket must be from before they were read.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer; some entries may have been kept.
    pub async fn put(&self, entries: &[CacheEntry], ticket: &Ticket) -> Result<(), CacheError> {
        for chunk in entries.chunks(500) {
            let (era, second) = self.ask(|link| self.put_call(link, chunk, ticket)).await?;
            if let Some(link) = self.current() {
                link.learn(era, second);
            }
        }
        Ok(())
    }

    /// The entries of these ids, in their order.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn get_many(&self, ids: &[&str]) -> Result<Vec<Option<Cached>>, CacheError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys = |link: &Link| ids.iter().map(|id| self.key(link, id)).collect::<Vec<_>>();
        let found: Vec<Option<Vec<u8>>> = self.ask(|link| redis::cmd("MGET").arg(keys(link)).take()).await?;
        Ok(found.iter().map(|entry| entry.as_deref().and_then(parse)).collect())
    }

    /// Keeps an entry in the place of exactly this one, even of a newer: for repairs. False if another is kept by now.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn replace(&self, kept: &Cached, entry: &CacheEntry) -> Result<bool, CacheError> {
        let call = |link: &Link| {
            let mut call = call(&self.0.replace, &[self.key(link, &entry.id)]);
            call.arg(self.channel()).arg(LIFE_SECONDS);
            call.arg(stored(kept.version, &kept.body)).arg(stored(entry.version, &entry.body)).take()
        };
        let replaced: i64 = self.ask(call).await?;
        Ok(replaced == 1)
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// [`CacheError`] when it does not.
    pub async fn ping(&self) -> Result<(), CacheError> {
        self.ask(|_| redis::cmd("PING")).await
    }

    /// Tells of every change until shutdown, over a connection of its own that is made again when lost. Changes may be
    /// missed while it is: listeners look by themselves as well. `hear` must not take long, for the next news wait for it.
    pub async fn follow(&self, shutdown: CancellationToken, mut hear: impl FnMut(News<'_>)) {
        let work = async {
            loop {
                if let Err(error) = listen(&self.0.client, &self.channel(), &mut hear).await {
                    tracing::debug!(%error, "no news from Redis; listening again");
                }
                tokio::time::sleep(SUBSCRIBE_AGAIN).await;
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    /// Asks over the connection there is, and once more over a new one if that has ended.
    async fn ask<T: FromRedisValue>(&self, question: impl Fn(&Link) -> Cmd) -> Result<T, CacheError> {
        let link = self.link().await?;
        match link.ask(&question(&link)).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let remedy = remedy(&error);
                if remedy != Remedy::Stay {
                    self.leave(&link);
                }
                if remedy != Remedy::AskAgain {
                    return Err(error.into());
                }
                let link = self.link().await?;
                Ok(link.ask(&question(&link)).await?)
            }
        }
    }

    /// The connection, made if there is none; by one caller, and those who wait meanwhile share its success or failure.
    async fn link(&self) -> Result<Arc<Link>, CacheError> {
        if let Some(link) = self.current() {
            return Ok(link);
        }
        let failures = self.0.failures.load(Ordering::Relaxed);
        let _alone = self.0.connecting.lock().await;
        if let Some(link) = self.current() {
            return Ok(link);
        }
        if failures != self.0.failures.load(Ordering::Relaxed) {
            return Err(RedisError::from((ErrorKind::Io, "an attempt to connect has just failed")).into());
        }
        let link = self.new_link().await.inspect_err(|_| {
            self.0.failures.fetch_add(1, Ordering::Relaxed);
        })?;
        *self.0.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&link));
        Ok(link)
    }

    async fn new_link(&self) -> Result<Arc<Link>, RedisError> {
        let link = Link::connect(&self.0.client, &[&self.0.put, &self.0.replace]).await?;
        let (era, second) = link.ask(&self.put_call(&link, &[], &Ticket::default())).await?;
        link.learn(era, second);
        Ok(Arc::new(link))
    }

    fn current(&self) -> Option<Arc<Link>> {
        self.0.link.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives up a connection, unless another has taken its place.
    fn leave(&self, link: &Arc<Link>) {
        let mut current = self.0.link.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, link)) {
            *current = None;
        }
    }

    fn put_call(&self, link: &Link, entries: &[CacheEntry], ticket: &Ticket) -> Cmd {
        let era = format!("{}-era", self.0.prefix);
        let keys: Vec<String> =
            std::iter::once(era).chain(entries.iter().map(|entry| self.key(link, &entry.id))).collect();
        let mut call = call(&self.0.put, &keys);
        call.arg(&link.run).arg(Uuid::now_v7().simple().to_string());
        call.arg(ticket.era()).arg(ticket.until()).arg(self.channel()).arg(LIFE_SECONDS);
        for entry in entries {
            call.arg(entry.version).arg(entry.body.as_slice());
        }
        call
    }

    fn key(&self, link: &Link, id: &str) -> String {
        format!("{}:{}:{id}", self.0.prefix, link.run)
    }

    fn channel(&self) -> String {
        format!("{}-news", self.0.prefix)
    }
}

/// The call of a script that the server has.
fn call(script: &Script, keys: &[String]) -> Cmd {
    let mut call = redis::cmd("EVALSHA");
    call.arg(script.get_hash()).arg(keys.len()).arg(keys);
    call
}

async fn listen(client: &Client, channel: &str, hear: &mut impl FnMut(News<'_>)) -> Result<(), RedisError> {
    let mut subscription = client.get_async_pubsub().await?;
    subscription.subscribe(channel).await?;
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        if let Some(news) = news(message.get_payload_bytes()) {
            hear(news);
        }
    }
    Ok(())
}
