//! Kafka, MongoDB and Redis of a run's own: killed and started again at will, on the same ports and data.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use mongodb::{
    Client,
    bson::{Document, doc},
    error::ErrorKind,
    options::ClientOptions,
};

use crate::{
    environment::{Environment, ProxiedBroker},
    eventually, kafka,
    stack::{Process, ports},
    store::blocking,
};

const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const ALREADY_INITIALIZED: i32 = 23;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the parts")]
pub enum Part {
    Kafka,
    Mongo,
    Redis,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kafka, Self::Mongo, Self::Redis];

    /// What `cargo xtask part` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::Mongo => "mongod",
            Self::Redis => "redis",
        }
    }
}

/// The parts of one run. Dropping them kills them.
pub struct Parts {
    xtask: PathBuf,
    folder: PathBuf,
    ports: BTreeMap<Part, u16>,
    controller: u16,
    proxied_broker: ProxiedBroker,
    processes: Mutex<BTreeMap<Part, Process>>,
}

impl Parts {
    /// Parts that keep their data and logs in this folder, and are started by `xtask`.
    #[must_use]
    pub fn new(xtask: &Path, folder: &Path) -> Self {
        Self {
            xtask: xtask.to_owned(),
            folder: folder.to_owned(),
            ports: Part::ALL.map(|part| (part, ports::free())).into(),
            controller: ports::free(),
            proxied_broker: ProxiedBroker { listener: ports::free(), proxy: ports::free() },
            processes: Mutex::default(),
        }
    }

    /// What leads everything else to them.
    #[must_use]
    pub fn environment(&self, binaries: &Path) -> Environment {
        let address = |part| format!("127.0.0.1:{}", self.ports[&part]);
        Environment {
            brokers: address(Part::Kafka),
            mongo_uri: format!("mongodb://{}/?replicaSet=rs0", address(Part::Mongo)),
            redis_url: format!("redis://{}", address(Part::Redis)),
            binaries: binaries.to_owned(),
            proxied_broker: Some(self.proxied_broker),
        }
    }

    /// Starts all of them, empty, and waits until they can be used.
    ///
    /// # Panics
    /// When one does not come up.
    pub async fn start(&self) {
        for part in Part::ALL {
            let process = Process::start(part.name(), self.command(part), &self.folder);
            self.processes().insert(part, process);
        }
        self.await_part(Part::Mongo, "takes its replica set", async || {
            self.initiate().await.map_err(|error| error.to_string())
        })
        .await;
        self.all_ready().await;
    }

    /// Where a part keeps its data.
    #[must_use]
    pub fn data(&self, part: Part) -> PathBuf {
        self.folder.join("data").join(part.name())
    }

    /// kill -9; nothing happens to one that has ended already.
    pub fn kill(&self, part: Part) {
        self.process(part, Process::kill);
    }

    /// Starts a part again on what it left behind.
    pub fn start_again(&self, part: Part) {
        self.process(part, Process::start_again);
    }

    /// Whether a part has ended.
    #[must_use]
    pub fn has_ended(&self, part: Part) -> bool {
        self.process(part, |process| process.try_ended().is_some())
    }

    /// Waits until all of them can be used.
    ///
    /// # Panics
    /// When one cannot.
    pub async fn all_ready(&self) {
        for part in Part::ALL {
            self.await_part(part, "can be used", async || self.ask(part).await).await;
        }
    }

    /// Waits for what a part has to do. One that has ended will not do it: what it said at last tells why.
    async fn await_part(&self, part: Part, does: &str, mut ask: impl AsyncFnMut() -> Result<(), String>) {
        eventually(&format!("{} {does}", part.name()), async || {
            if self.has_ended(part) {
                panic!("{} ended\n{}", part.name(), self.process(part, |process| process.last_words()));
            }
            ask().await
        })
        .await;
    }

    /// Has the database write to its files what it keeps in memory and in its journal, which it would do within a minute. It
    /// may die of that.
    pub async fn ask_for_space(&self) {
        let _ = self.mongod("fsync").await;
    }

    /// Has the cache write down what it knows, or forget it.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn tell_cache(&self, command: &str) {
        eventually(command, async || self.try_tell_cache(command).await.map_err(|error| error.to_string())).await;
    }

    /// Removes what the cache has written down.
    pub fn forget_snapshot(&self) {
        let _ = fs::remove_file(self.data(Part::Redis).join("dump.rdb"));
    }

    fn command(&self, part: Part) -> Command {
        let mut command = Command::new(&self.xtask);
        command.args(["part", part.name(), "--port", &self.ports[&part].to_string(), "--data"]).arg(self.data(part));
        let ProxiedBroker { listener, proxy } = self.proxied_broker;
        for (option, port) in [("--controller", self.controller), ("--proxied", listener), ("--proxy", proxy)] {
            command.args([option, &port.to_string()]);
        }
        command
    }

    async fn ask(&self, part: Part) -> Result<(), String> {
        match part {
            Part::Kafka => blocking(|| kafka::try_topics("", ANSWER_WITHIN)).await.map(|_| ()),
            Part::Mongo => match self.mongod("hello").await {
                Ok(said) if said.get_bool("isWritablePrimary").unwrap_or(false) => Ok(()),
                Ok(_) => Err("mongod is not primary yet".to_owned()),
                Err(error) => Err(error.to_string()),
            },
            Part::Redis => self.try_tell_cache("PING").await.map_err(|error| error.to_string()),
        }
    }

    /// A set that is there already is what was asked for: the answer of an earlier attempt was lost.
    async fn initiate(&self) -> Result<(), mongodb::error::Error> {
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{}", self.ports[&Part::Mongo]) };
        let config = doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } };
        match self.direct().await?.database("admin").run_command(config).await {
            Err(error) if !matches!(&*error.kind, ErrorKind::Command(said) if said.code == ALREADY_INITIALIZED) => {
                Err(error)
            }
            _ => Ok(()),
        }
    }

    async fn mongod(&self, command: &str) -> Result<Document, mongodb::error::Error> {
        self.direct().await?.database("admin").run_command(doc! { command: 1 }).await
    }

    async fn direct(&self) -> Result<Client, mongodb::error::Error> {
        let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", self.ports[&Part::Mongo]);
        let mut options = ClientOptions::parse(uri).await?;
        options.server_selection_timeout = Some(ANSWER_WITHIN);
        Client::with_options(options)
    }

    async fn try_tell_cache(&self, command: &str) -> Result<(), redis::RedisError> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.ports[&Part::Redis]))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(command).query_async(&mut connection).await
    }

    fn process<T>(&self, part: Part, act: impl FnOnce(&mut Process) -> T) -> T {
        act(self.processes().get_mut(&part).unwrap_or_else(|| panic!("{} was never started", part.name())))
    }

    fn processes(&self) -> std::sync::MutexGuard<'_, BTreeMap<Part, Process>> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
