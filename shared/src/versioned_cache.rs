//! A cache in Redis whose entries carry a version and never go backwards, with news of every change.

use std::time::Duration;

use futures::StreamExt;
use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio_util::sync::CancellationToken;

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
#[derive(Clone)]
pub struct VersionedCache {
    connection: ConnectionManager,
    client: Client,
    prefix: String,
    put: Script,
    replace: Script,
}

/// Sets every entry that is newer than the one kept, and tells who waits. ARGV: channel, seconds to live, then version
/// and body for each key. An entry is `<version>:<body>`, the news of it `<id> <version>:<body>`.
const PUT: &str = r"
for i, key in ipairs(KEYS) do
    local version, body = ARGV[1 + 2 * i], ARGV[2 + 2 * i]
    local kept = redis.call('GET', key)
    local kept_version = kept and tonumber(string.sub(kept, 1, string.find(kept, ':', 1, true) - 1))
    if not kept_version or kept_version < tonumber(version) then
        local entry = version .. ':' .. body
        redis.call('SET', key, entry, 'EX', ARGV[2])
        redis.call('PUBLISH', ARGV[1], string.match(key, '[^:]*$') .. ' ' .. entry)
    end
end
return #KEYS
";

/// Sets an entry if exactly the given one is kept, and tells who waits. ARGV: channel, seconds to live, the entry kept, the
/// entry to be kept.
const REPLACE: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[3] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[4], 'EX', ARGV[2])
redis.call('PUBLISH', ARGV[1], string.match(KEYS[1], '[^:]*$') .. ' ' .. ARGV[4])
return 1
";

/// An entry lives a minute, then readers find the record itself and keep it again. So whatever goes wrong with a write
/// (Redis away while the writer dies, an old snapshot restored) mends itself within that time.
const LIFE_SECONDS: u32 = 60;
const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// Longer than a machine that is short of processors keeps an answer lying: what is asked instead costs it far more.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
const SUBSCRIBE_AGAIN: Duration = Duration::from_millis(500);

impl VersionedCache {
    /// Prepares a connection, made when first used and made again when lost. Keys are `<prefix>:<id>`.
    ///
    /// # Errors
    /// [`CacheError`] when the URL is not one.
    pub fn connect(url: &str, prefix: &str) -> Result<Self, CacheError> {
        let client = Client::open(url)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN))
            .set_number_of_retries(1);
        let connection = client.get_connection_manager_lazy(config)?;
        Ok(Self { connection, client, prefix: prefix.to_owned(), put: Script::new(PUT), replace: Script::new(REPLACE) })
    }

    /// The entry of `id`, if there is one.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn get(&self, id: &str) -> Result<Option<Cached>, CacheError> {
        let mut connection = self.connection.clone();
        let found: Option<Vec<u8>> = redis::cmd("GET").arg(self.key(id)).query_async(&mut connection).await?;
        Ok(found.as_deref().and_then(parse))
    }

    /// Keeps those entries that are newer than what is kept.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer; some entries may have been kept.
    pub async fn put(&self, entries: &[CacheEntry]) -> Result<(), CacheError> {
        for chunk in entries.chunks(500) {
            let mut call = self.put.prepare_invoke();
            call.arg(self.channel()).arg(LIFE_SECONDS);
            for entry in chunk {
                call.key(self.key(&entry.id)).arg(entry.version).arg(entry.body.as_slice());
            }
            let mut connection = self.connection.clone();
            let _: i64 = call.invoke_async(&mut connection).await?;
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
        let keys: Vec<String> = ids.iter().map(|id| self.key(id)).collect();
        let mut connection = self.connection.clone();
        let found: Vec<Option<Vec<u8>>> = redis::cmd("MGET").arg(keys).query_async(&mut connection).await?;
        Ok(found.iter().map(|entry| entry.as_deref().and_then(parse)).collect())
    }

    /// Keeps an entry in the place of exactly this one, even of a newer: for repairs. False if another is kept by now.
    ///
    /// # Errors
    /// [`CacheError`] when Redis does not answer.
    pub async fn replace(&self, kept: &Cached, entry: &CacheEntry) -> Result<bool, CacheError> {
        let mut call = self.replace.prepare_invoke();
        call.key(self.key(&entry.id)).arg(self.channel()).arg(LIFE_SECONDS);
        call.arg(stored(kept.version, &kept.body)).arg(stored(entry.version, &entry.body));
        let mut connection = self.connection.clone();
        let replaced: i64 = call.invoke_async(&mut connection).await?;
        Ok(replaced == 1)
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// [`CacheError`] when it does not.
    pub async fn ping(&self) -> Result<(), CacheError> {
        let mut connection = self.connection.clone();
        Ok(redis::cmd("PING").query_async(&mut connection).await?)
    }

    /// Tells of every change until shutdown, over a connection of its own that is made again when lost. Changes may be
    /// missed while it is: listeners look by themselves as well. `hear` must not take long, for the next news wait for it.
    pub async fn follow(&self, shutdown: CancellationToken, mut hear: impl FnMut(News<'_>)) {
        let work = async {
            loop {
                if let Err(error) = listen(&self.client, &self.channel(), &mut hear).await {
                    tracing::debug!(%error, "no news from Redis; listening again");
                }
                tokio::time::sleep(SUBSCRIBE_AGAIN).await;
            }
        };
        shutdown.run_until_cancelled(work).await;
    }

    fn key(&self, id: &str) -> String {
        format!("{}:{id}", self.prefix)
    }

    fn channel(&self) -> String {
        format!("{}-news", self.prefix)
    }
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

fn news(told: &[u8]) -> Option<News<'_>> {
    let (id, entry) = split(told, b' ')?;
    let (version, body) = version_and_body(entry)?;
    Some(News { id: std::str::from_utf8(id).ok()?, version, body })
}

/// An entry as it is kept.
fn stored(version: i64, body: &[u8]) -> Vec<u8> {
    [format!("{version}:").as_bytes(), body].concat()
}

fn parse(stored: &[u8]) -> Option<Cached> {
    let (version, body) = version_and_body(stored)?;
    Some(Cached { version, body: body.to_vec() })
}

fn version_and_body(entry: &[u8]) -> Option<(i64, &[u8])> {
    let (version, body) = split(entry, b':')?;
    Some((std::str::from_utf8(version).ok()?.parse().ok()?, body))
}

/// What stands before and after the first `mark`.
fn split(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == mark)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_its_version_a_colon_and_its_body() {
        assert_eq!(parse(b"12:{\"a\":\":\"}"), Some(Cached { version: 12, body: b"{\"a\":\":\"}".to_vec() }));
        assert_eq!(stored(12, b"{}"), b"12:{}");
        assert_eq!(parse(b"x:1"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn news_name_the_entry_and_carry_it() {
        let expected = News { id: "a-1", version: 12, body: b"{\"a\": \": \"}" };
        assert_eq!(news(b"a-1 12:{\"a\": \": \"}"), Some(expected));
        for nonsense in [&b""[..], b"a-1", b"a-1 12", b"a-1 x:{}", b"\xff 12:{}"] {
            assert_eq!(news(nonsense), None, "{nonsense:?}");
        }
    }
}
