//! Buckets in Redis, shared by all processes.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use redis::{AsyncConnectionConfig, Client, RedisError, RedisResult, Script, aio::MultiplexedConnection};

use super::{Exhausted, Rate, Take, exhausted};

/// How long an answer may take: requests wait for it.
const ANSWER_WITHIN: Duration = Duration::from_millis(250);
/// After a failure Redis is left alone for so long.
const LEAVE_FOR: Duration = Duration::from_secs(1);

/// The buckets in one Redis.
pub(super) struct RedisBuckets {
    client: Client,
    prefix: String,
    script: Script,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Until when nobody connects.
    leave_until: Option<Instant>,
}

impl RedisBuckets {
    pub(super) fn new(url: &str, prefix: &str) -> RedisResult<Self> {
        let script = Script::new(include_str!("take.lua"));
        Ok(Self { client: Client::open(url)?, prefix: prefix.to_owned(), script, state: Mutex::default() })
    }

    /// What Redis says; none if it does not answer.
    pub(super) async fn take(&self, takes: &[Take]) -> Option<Result<(), Exhausted>> {
        let connection = self.connection().await?;
        match self.ask(takes, connection).await {
            Ok((0, _)) => Some(Ok(())),
            Ok((which, micros)) => Some(Err(exhausted(which.saturating_sub(1), micros))),
            Err(error) => {
                self.leave(&error);
                None
            }
        }
    }

    async fn ask(&self, takes: &[Take], mut connection: MultiplexedConnection) -> RedisResult<(usize, i64)> {
        let mut call = self.script.prepare_invoke();
        for Take { bucket, rate: Rate { interval, burst } } in takes {
            call.key(format!("{}:{bucket}", self.prefix)).arg(*interval).arg(*burst);
        }
        call.invoke_async(&mut connection).await
    }

    /// The connection, or a new one. One caller a second makes it; those who find none meanwhile do without.
    async fn connection(&self) -> Option<MultiplexedConnection> {
        {
            let mut state = self.state();
            if state.connection.is_some() {
                return state.connection.clone();
            }
            let now = Instant::now();
            if state.leave_until.is_some_and(|until| now < until) {
                return None;
            }
            state.leave_until = Some(now + LEAVE_FOR);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        match self.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => self.state().connection.insert(connection).clone().into(),
            Err(error) => {
                self.leave(&error);
                None
            }
        }
    }

    fn leave(&self, error: &RedisError) {
        tracing::debug!(%error, "the limits of this process hold alone: Redis does not answer");
        *self.state() = State { connection: None, leave_until: Some(Instant::now() + LEAVE_FOR) };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
