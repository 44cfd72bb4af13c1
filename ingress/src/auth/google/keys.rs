//! The keys that an issuer signs with (RFC 7517), fetched when they are needed and kept for a while.
//!
//! Issuers change their keys every few weeks and sign with the new ones at once, so a token under an unknown name is a
//! reason to look again; not for every such token, or anybody could have us ask without end. While the issuer does not
//! answer, the keys of the last day are good.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{
    Client, Response, Url,
    header::{CACHE_CONTROL, HeaderMap},
    redirect::Policy,
};
use serde::Deserialize;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// After a look that failed.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// How long keys are kept that the issuer says nothing about, and within which bounds what it says is followed.
const USUAL_LIFE: Duration = Duration::from_secs(3_600);
const SHORTEST_LIFE: Duration = Duration::from_secs(300);
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);
const MOST_BYTES: usize = 64 * 1024;
const MOST_KEYS: usize = 16;

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The issuer has none of this name.
    Unknown,
    /// The issuer does not say which it has.
    Unavailable,
}

/// The keys of an issuer.
pub(super) struct KeySet {
    client: Client,
    url: Url,
    look_again: Duration,
    known: Mutex<Known>,
    looking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, DecodingKey>,
    read_at: Option<Instant>,
    fresh_until: Option<Instant>,
    /// Before it nobody looks again.
    look_after: Option<Instant>,
}

/// What to do about a key.
enum Step {
    Use(DecodingKey),
    Look,
    DoWithout(NoKey),
}

impl KeySet {
    /// The keys at this URL; because of an unknown one it is looked at that often.
    pub(super) fn new(url: &str, look_again: Duration) -> Result<Self, String> {
        let client = Client::builder().timeout(ANSWER_WITHIN).connect_timeout(CONNECT_WITHIN);
        // Who the keys are of is who answers at this very address.
        let client = client.redirect(Policy::none()).build().map_err(|error| error.to_string())?;
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let (known, looking) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { client, url, look_again, known, looking })
    }

    /// The key of this name.
    pub(super) async fn key(&self, kid: &str) -> Result<DecodingKey, NoKey> {
        if let Step::Use(key) = self.known().step(kid, Instant::now()) {
            return Ok(key);
        }
        let _alone = self.looking.lock().await;
        // Somebody may have looked while this one waited.
        if matches!(self.known().step(kid, Instant::now()), Step::Look) {
            self.look().await;
        }
        let known = self.known();
        match known.step(kid, Instant::now()) {
            Step::Use(key) => Ok(key),
            Step::DoWithout(why) => Err(why),
            Step::Look => Err(known.why_not(Instant::now())),
        }
    }

    async fn look(&self) {
        // Before the question: whoever goes away while it is asked has asked all the same.
        self.known().look_after = Some(Instant::now() + TRY_AGAIN);
        match self.fetch().await {
            Ok((keys, life)) => self.known().learn(keys, life, self.look_again, Instant::now()),
            Err(why) => tracing::warn!(why, "an issuer's keys are not to be had"),
        }
    }

    async fn fetch(&self) -> Result<(HashMap<String, DecodingKey>, Duration), String> {
        let answer = self.client.get(self.url.clone()).send().await.and_then(Response::error_for_status);
        let mut answer = answer.map_err(|error| error.to_string())?;
        let (life, mut body) = (life(answer.headers()), Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err("the list is too long".to_owned());
            }
            body.extend_from_slice(&chunk);
        }
        let keys = read(&body).ok_or_else(|| "the answer is no list of keys".to_owned())?;
        Ok((keys, life))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn step(&self, kid: &str, now: Instant) -> Step {
        let may_look = self.look_after.is_none_or(|after| now >= after);
        let is_fresh = self.fresh_until.is_some_and(|until| now < until);
        match self.keys.get(kid).filter(|_| self.is_usable(now)) {
            Some(key) if is_fresh || !may_look => Step::Use(key.clone()),
            _ if may_look => Step::Look,
            _ => Step::DoWithout(self.why_not(now)),
        }
    }

    fn why_not(&self, now: Instant) -> NoKey {
        if self.is_usable(now) { NoKey::Unknown } else { NoKey::Unavailable }
    }

    fn is_usable(&self, now: Instant) -> bool {
        self.read_at.is_some_and(|at| now.saturating_duration_since(at) <= LONGEST_LIFE)
    }

    fn learn(&mut self, keys: HashMap<String, DecodingKey>, life: Duration, look_again: Duration, now: Instant) {
        let (read_at, fresh_until, look_after) = (Some(now), Some(now + life), Some(now + look_again));
        *self = Self { keys, read_at, fresh_until, look_after };
    }
}

#[derive(Deserialize)]
struct List {
    keys: Vec<serde_json::Value>,
}

/// Those that check RS256. Others may stand beside them.
fn read(body: &[u8]) -> Option<HashMap<String, DecodingKey>> {
    let List { keys } = serde_json::from_slice(body).ok()?;
    let known = keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Some(known.filter_map(|key| Some((key.common.key_id.clone()?, decoding(&key)?))).collect())
}

fn decoding(key: &Jwk) -> Option<DecodingKey> {
    let is_rsa = matches!(key.algorithm, AlgorithmParameters::RSA(_));
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let by_rs256 = matches!(key.common.key_algorithm, None | Some(KeyAlgorithm::RS256));
    if is_rsa && signs && by_rs256 { DecodingKey::from_jwk(key).ok() } else { None }
}

/// `max-age` of `Cache-Control` (RFC 9111, section 5.2.2.1), within bounds.
fn life(headers: &HeaderMap) -> Duration {
    let directives = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut ages = directives.split(',').filter_map(|directive| directive.trim().strip_prefix("max-age="));
    let said = ages.next().and_then(|seconds| seconds.parse().ok()).map_or(USUAL_LIFE, Duration::from_secs);
    said.clamp(SHORTEST_LIFE, LONGEST_LIFE)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::{super::issuer::Issuer, *};

    async fn set(issuer: &Issuer, look_again: u64) -> KeySet {
        KeySet::new(issuer.url(), Duration::from_secs(look_again)).unwrap()
    }

    #[tokio::test]
    async fn keys_are_asked_for_once_and_again_when_a_new_one_is_named() {
        let issuer = Issuer::start().await;
        let keys = set(&issuer, 0).await;
        for _ in 0..3 {
            assert!(keys.key("1").await.is_ok());
        }
        assert_eq!(issuer.asked(), 1);
        issuer.publish(&["2"]);
        assert!(keys.key("2").await.is_ok());
        assert_eq!(keys.key("1").await.err(), Some(NoKey::Unknown), "the old one is gone");
    }

    #[tokio::test]
    async fn for_names_that_nobody_knows_the_issuer_is_not_asked_time_and_again() {
        let issuer = Issuer::start().await;
        let keys = set(&issuer, 60).await;
        let asks = (0..50).map(|n| keys.key(if n == 0 { "1" } else { "unknown" }));
        let found = futures::future::join_all(asks).await;
        assert_eq!(found.iter().filter(|key| key.is_ok()).count(), 1);
        assert_eq!(issuer.asked(), 1);
    }

    #[tokio::test]
    async fn while_the_issuer_does_not_answer_what_is_known_is_good() {
        let issuer = Issuer::start().await;
        issuer.is_down(true);
        let keys = set(&issuer, 0).await;
        assert_eq!(keys.key("1").await.err(), Some(NoKey::Unavailable));
        assert_eq!(keys.key("1").await.err(), Some(NoKey::Unavailable));
        assert_eq!(issuer.asked(), 1, "it is left alone for a moment");
        issuer.is_down(false);
        keys.known().look_after = None;
        assert!(keys.key("1").await.is_ok());
        issuer.is_down(true);
        keys.known().fresh_until = None;
        assert!(keys.key("1").await.is_ok(), "old, and good while there is no newer");
        assert_eq!(keys.key("2").await.err(), Some(NoKey::Unknown));
    }

    #[test]
    fn keys_are_used_while_fresh_then_looked_at_and_after_a_day_worth_nothing() {
        let (mut known, now) = (Known::default(), Instant::now());
        let seconds = |seconds| now + Duration::from_secs(seconds);
        let step = |known: &Known, kid: &str, at| match known.step(kid, at) {
            Step::Use(_) => "use",
            Step::Look => "look",
            Step::DoWithout(NoKey::Unknown) => "unknown",
            Step::DoWithout(NoKey::Unavailable) => "unavailable",
        };
        assert_eq!(step(&known, "a", now), "look");
        let keys = || HashMap::from([("a".to_owned(), DecodingKey::from_secret(b"x"))]);
        known.learn(keys(), Duration::from_secs(600), Duration::from_secs(60), now);
        for (kid, after, expected) in
            [("a", 0, "use"), ("b", 59, "unknown"), ("b", 60, "look"), ("a", 599, "use"), ("a", 600, "look")]
        {
            assert_eq!(step(&known, kid, seconds(after)), expected, "{kid} after {after} s");
        }
        known.look_after = Some(seconds(100_000));
        for (kid, after, expected) in
            [("a", 86_400, "use"), ("b", 86_400, "unknown"), ("a", 86_401, "unavailable"), ("b", 86_401, "unavailable")]
        {
            assert_eq!(step(&known, kid, seconds(after)), expected, "{kid} after {after} s");
        }
    }

    #[test]
    fn an_issuer_says_within_bounds_how_long_its_keys_are_good() {
        for (said, seconds) in [
            ("public, max-age=19000, must-revalidate", 19_000),
            ("max-age=0", 300),
            ("max-age=99999999", 86_400),
            ("no-store", 3_600),
            ("max-age=soon", 3_600),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(said))]);
            assert_eq!(life(&headers).as_secs(), seconds, "{said}");
        }
        assert_eq!(life(&HeaderMap::new()), USUAL_LIFE);
    }

    #[test]
    fn what_is_no_list_of_keys_is_not_taken_for_an_empty_one() {
        for bad in ["", "[]", "{}", r#"{"keys": 1}"#, "<html>"] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(read(br#"{"keys": [1, {"kty": "oct", "kid": "a", "k": "AAAA"}, {"kty": "RSA"}]}"#).unwrap().is_empty());
    }
}
