//! A whole shop of its own: every daemon and simulator as a child process, on topics and a database that nobody else
//! uses.

mod guardian;
mod launch;
mod leftovers;
mod ports;
mod process;
mod ready;
mod shared;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mongodb::Database;

use crate::{
    catalog::Catalog,
    client::{Customer, PASSWORD, unused_email},
    gateways::Gateways,
    store::Store,
};
pub use launch::{DAEMONS, POOLS, Setup, plain_command};
pub use process::Ended;
use process::Process;
pub use shared::{Guest, PAIRS, QuietGuest, quiet_shop, shop};

/// A running shop. Dropping it ends every process and removes what it stored; on a failed test its logs are kept and
/// shown.
pub struct Stack {
    /// In front of every topic, group and cache key.
    pub prefix: String,
    /// What it sells.
    pub catalog: Catalog,
    folder: PathBuf,
    database: Database,
    ports: Mutex<BTreeMap<String, u16>>,
    settings: Vec<(String, String)>,
    processes: Mutex<BTreeMap<String, Process>>,
    http: reqwest::Client,
}

impl Stack {
    /// Where clients connect.
    #[must_use]
    pub fn api(&self) -> String {
        self.url("api")
    }

    /// The address of a process: a daemon's operators' port, a simulator's API, or `api`.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}", self.port(name))
    }

    /// A new customer, logged in.
    ///
    /// # Panics
    /// When the shop does not take them.
    pub async fn customer(&self) -> Customer {
        Customer::register(self.http.clone(), &self.api()).await
    }

    /// An admin, logged in.
    ///
    /// # Panics
    /// When `make-admin` fails, or the shop does not let them in.
    pub async fn admin(&self) -> Customer {
        let email = unused_email();
        let mut command = self.daemon_command("make-admin", 0);
        command.args(["--new", "Admin", &email]).env("ADMIN_PASSWORD", PASSWORD);
        self.succeed("make-admin", command).await;
        Customer::log_in(self.http.clone(), &self.api(), &email).await
    }

    /// What an operator's command prints.
    ///
    /// # Panics
    /// When it fails.
    pub async fn command(&self, name: &str, arguments: &[&str]) -> String {
        let mut command = self.daemon_command(name, 0);
        command.args(arguments);
        self.succeed(name, command).await
    }

    /// Runs a command to its end and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub(crate) async fn succeed(&self, name: &str, command: Command) -> String {
        let done = tokio::process::Command::from(command).output().await;
        let done = done.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{name}: {}: {complaint}\n{}", done.status, self.last_words());
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// A client that keeps its connections.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A file in the shop's own folder, which goes with it unless the test fails.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What the shop stored.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::new(self.database.clone(), &self.prefix)
    }

    /// The simulated gateways and the carrier.
    #[must_use]
    pub fn gateways(&self) -> Gateways {
        let [stripe, razorpay, carrier] = ["stripe-sim", "razorpay-sim", "carrier-sim"].map(|name| self.url(name));
        Gateways { http: self.http.clone(), stripe, razorpay, carrier }
    }

    /// Ends a process as a power cut would: kill -9.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn kill(&self, name: &str) {
        self.process(name, Process::kill);
    }

    /// Asks a process to stop, as an operator would.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn terminate(&self, name: &str) {
        self.process(name, |process| process.terminate());
    }

    /// How a process ended, and how long that took; `None` if it has not ended in time.
    ///
    /// # Panics
    /// When there is no such process.
    pub async fn ended_within(&self, name: &str, limit: Duration) -> Option<Ended> {
        let start = tokio::time::Instant::now();
        while start.elapsed() < limit {
            if let Some(status) = self.process(name, Process::try_ended) {
                return Some(Ended { status, after: start.elapsed() });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    /// Starts a process again that was killed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_again(&self, name: &str) {
        self.process(name, Process::start_again);
    }

    /// Starts one more worker of a pool under a name of its own.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn add_worker(&self, pool: &str, instance: &str) {
        let port = ports::free();
        lock(&self.ports).insert(instance.to_owned(), port);
        let process = Process::start(instance, self.daemon_command(pool, port), &self.folder);
        lock(&self.processes).insert(instance.to_owned(), process);
    }

    /// Waits until a process says that it can work.
    ///
    /// # Panics
    /// When it ended, or does not say so in time.
    pub async fn ready(&self, name: &str) {
        ready::ready(self, name).await;
    }

    /// The ends of all logs, for the report of a failed test.
    #[must_use]
    pub fn last_words(&self) -> String {
        let processes = lock(&self.processes);
        let words: Vec<String> = processes.values().map(Process::last_words).collect();
        format!("logs of the shop in {}\n{}", self.folder.display(), words.join(""))
    }

    fn port(&self, name: &str) -> u16 {
        lock(&self.ports).get(name).copied().unwrap_or_else(|| panic!("there is no {name}"))
    }

    fn process<T>(&self, name: &str, act: impl FnOnce(&mut Process) -> T) -> T {
        let mut processes = lock(&self.processes);
        act(processes.get_mut(name).unwrap_or_else(|| panic!("there is no {name}")))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        if failed {
            eprintln!("{}", self.last_words());
        }
        lock(&self.processes).clear();
        leftovers::remove(self.database.clone(), self.prefix.clone());
        if !failed {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
