//! A connection to one server process, which is never made again: whatever is sent over it meets the process whose run id
//! was asked for over it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Script, ServerErrorKind,
    aio::MultiplexedConnection,
};

use super::era::{Era, Ticket};

const CONNECT_WITHIN: Duration = Duration::from_millis(500);
/// Longer than a machine that is short of processors keeps an answer lying: what is asked instead costs it far more.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// The connection, and what is known of the server behind it.
pub(super) struct Link {
    connection: MultiplexedConnection,
    /// Redis draws a new one whenever it is started.
    pub(super) run: String,
    era: Mutex<Option<Era>>,
}

impl Link {
    /// Connects, and leaves the scripts with the server.
    pub(super) async fn connect(client: &Client, scripts: &[&Script]) -> RedisResult<Self> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(ANSWER_WITHIN));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        for script in scripts {
            script.load_async(&mut connection).await?;
        }
        let server: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let run = run_id(&server).ok_or_else(|| RedisError::from((ErrorKind::Parse, "INFO names no run_id")))?;
        Ok(Self { connection, run: run.to_owned(), era: Mutex::default() })
    }

    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        command.query_async(&mut self.connection.clone()).await
    }

    /// Remembers the era that an answer named, and the second it was.
    pub(super) fn learn(&self, era: String, second: u64) {
        *self.era.lock().unwrap_or_else(PoisonError::into_inner) = Era::of(era, second, Instant::now());
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.era.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.ticket(Instant::now())
    }
}

/// What is to be done after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Ask over a new connection: this one has ended, perhaps with the process behind it, and the next may be there.
    AskAgain,
    /// Make a new connection for the next question: this one may hang.
    Leave,
    /// None: the server said no.
    Stay,
}

pub(super) fn remedy(error: &RedisError) -> Remedy {
    let forgot_scripts = error.kind() == ErrorKind::Server(ServerErrorKind::NoScript);
    match (error.is_timeout(), error.is_io_error() || error.is_unrecoverable_error() || forgot_scripts) {
        (true, _) => Remedy::Leave,
        (false, true) => Remedy::AskAgain,
        (false, false) => Remedy::Stay,
    }
}

fn run_id(server: &str) -> Option<&str> {
    server.lines().find_map(|line| line.strip_prefix("run_id:")).map(str::trim).filter(|run| !run.is_empty())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_run_is_named_in_what_the_server_tells() {
        let told = "# Server\r\nredis_version:7.0.15\r\nrun_id:0a1b\r\ntcp_port:6379\r\n";
        assert_eq!(run_id(told), Some("0a1b"));
        assert_eq!(run_id("run_id:\r\n"), None);
        assert_eq!(run_id("redis_version:7.0.15\r\n"), None);
    }

    #[test]
    fn a_connection_that_has_ended_is_made_again_at_once_and_one_that_hangs_for_the_next_question() {
        let of = |kind| remedy(&RedisError::from(io::Error::from(kind)));
        assert_eq!(of(io::ErrorKind::BrokenPipe), Remedy::AskAgain);
        assert_eq!(of(io::ErrorKind::ConnectionReset), Remedy::AskAgain);
        assert_eq!(of(io::ErrorKind::TimedOut), Remedy::Leave);
        let server = |kind| remedy(&RedisError::from((ErrorKind::Server(kind), "said")));
        assert_eq!(server(ServerErrorKind::NoScript), Remedy::AskAgain);
        assert_eq!(server(ServerErrorKind::BusyLoading), Remedy::Stay);
    }
}
