//! A Redis of a test's own, which it may kill and start again on what was written down.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use redis::{FromRedisValue, RedisResult, aio::MultiplexedConnection};

use crate::{
    eventually,
    stack::{Process, ports},
};

/// The server; dropping it kills it and removes what it wrote.
pub struct OwnRedis {
    port: u16,
    folder: PathBuf,
    process: Mutex<Process>,
}

impl OwnRedis {
    /// Starts an empty one, which writes down what it knows only when it is told to.
    ///
    /// # Panics
    /// When `redis-server` does not start.
    pub async fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("own-redis-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder for its data");
        let port = ports::free();
        let process = Mutex::new(Process::start("redis", command(port, &folder), &folder));
        let redis = Self { port, folder, process };
        redis.answers().await;
        redis
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Has it do something.
    ///
    /// # Panics
    /// When it does not.
    pub async fn tell<T: FromRedisValue>(&self, command: &[&str]) -> T {
        self.try_tell(command).await.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// kill -9.
    pub fn kill(&self) {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// Starts it again on what it wrote down.
    pub async fn start_again(&self) {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).start_again();
        self.answers().await;
    }

    async fn answers(&self) {
        let ping = async || self.try_tell::<String>(&["PING"]).await.map(|_| ()).map_err(|error| error.to_string());
        eventually("the test's own redis-server answers", ping).await;
    }

    async fn try_tell<T: FromRedisValue>(&self, command: &[&str]) -> RedisResult<T> {
        let mut connection = self.connection().await?;
        let mut told = redis::Cmd::new();
        for word in command {
            told.arg(*word);
        }
        told.query_async(&mut connection).await
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        redis::Client::open(self.url())?.get_multiplexed_async_connection().await
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn command(port: u16, folder: &Path) -> Command {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
    command.arg(folder);
    command
}
