//! A whole shop of its own: every daemon and simulator as a child process, on topics and a database that nobody else
//! uses.

mod clock;
mod guardian;
mod launch;
mod leftovers;
mod links;
pub(crate) mod ports;
mod process;
mod ready;
mod shared;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{Command, ExitStatus},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mongodb::Database;

use crate::{
    catalog::Catalog,
    client::{Customer, PASSWORD, unused_email},
    gateways::Gateways,
    mailbox::Mailbox,
    proxy::Proxy,
    store::Store,
    webhook::unix_millis,
};
use clock::Clock;
pub use launch::{DAEMONS, POOLS, Setup, plain_command};
pub use links::Link;
use links::Links;
pub use process::Ended;
pub(crate) use process::{Process, Signal};
pub use shared::{Guest, PAIRS, QuietGuest, quiet_shop, shop};

/// Every process looks ten times a second.
pub(crate) const CLOCKS_LOOK_WITHIN: Duration = Duration::from_millis(500);

/// A running shop. Dropping it ends every process and removes what it stored; on a failed test its logs are kept and
/// shown.
pub struct Stack {
    /// In front of every topic, group and cache key.
    pub prefix: String,
    /// What it sells.
    pub catalog: Catalog,
    folder: PathBuf,
    /// What it logged and stored is somebody else's to remove.
    leaves_all: bool,
    database: Database,
    ports: Mutex<BTreeMap<String, u16>>,
    settings: Vec<(String, String)>,
    clock: Option<Mutex<Clock>>,
    links: Links,
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

    /// Runs `reconcile` and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub async fn reconcile(&self, arguments: &[&str]) -> String {
        self.reconcile_with(&[], arguments).await
    }

    /// Runs `reconcile` with these variables of its configuration besides, and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub async fn reconcile_with(&self, settings: &[(String, String)], arguments: &[&str]) -> String {
        let mut command = self.tool_command("reconcile", "payments");
        command.envs(settings.iter().cloned()).args(arguments);
        self.succeed("reconcile", command).await
    }

    /// Runs `reconcile` when it must fail, and returns its complaint.
    ///
    /// # Panics
    /// When it does not fail.
    pub async fn reconcile_in_vain(&self, arguments: &[&str]) -> String {
        let mut command = self.tool_command("reconcile", "payments");
        command.args(arguments);
        let done = tokio::process::Command::from(command).output().await.expect("reconcile starts");
        assert!(!done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
        String::from_utf8_lossy(&done.stderr).into_owned()
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

    /// What people were sent by SMS and e-mail.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.http.clone(), self.url("messages-sim"))
    }

    /// The proxy on a link; only what [`Setup::through_proxies`] named has one.
    ///
    /// # Panics
    /// When the link has none.
    #[must_use]
    pub fn link(&self, link: Link) -> &Proxy {
        self.links.proxy(link)
    }

    /// Puts the clock of every daemon and simulator so far ahead of the machine's, never less than before; returns once all
    /// have looked.
    ///
    /// # Panics
    /// When the shop was not started [`Setup::with_clock`].
    pub async fn set_clock(&self, ahead: Duration) {
        self.put_clock(ahead);
        tokio::time::sleep(CLOCKS_LOOK_WITHIN).await;
    }

    /// Lets that clock jump so far; returns once all have looked.
    ///
    /// # Panics
    /// When the shop was not started [`Setup::with_clock`].
    pub async fn jump(&self, distance: Duration) {
        let ahead = self.clock().ahead().unsigned_abs();
        self.set_clock(Duration::from_millis(ahead) + distance).await;
    }

    /// What the shop's clock shows, in Unix milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock().now()
    }

    /// The same in seconds.
    #[must_use]
    pub fn now_seconds(&self) -> u64 {
        self.now().unsigned_abs() / 1_000
    }

    /// When a process of the shop read this time on the shop's clock, by the machine's; both in Unix milliseconds.
    #[must_use]
    pub fn machine_time(&self, shown: i64) -> i64 {
        self.clock().machine_time(shown)
    }

    fn clock(&self) -> Clock {
        self.clock.as_ref().map(|clock| lock(clock).clone()).unwrap_or_default()
    }

    fn put_clock(&self, ahead: Duration) {
        let clock = self.clock.as_ref().expect("a shop with a clock of its own");
        lock(clock).put(unix_millis(), i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX));
        // Renamed into place: nobody ever reads half a number.
        let (file, new) = (self.clock_file(), self.file("clock.new"));
        std::fs::write(&new, ahead.as_millis().to_string()).expect("the new clock");
        std::fs::rename(&new, &file).expect("the new clock in its place");
    }

    fn clock_file(&self) -> PathBuf {
        self.file("clock")
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
        self.process(name, |process| process.signal(Signal::Terminate));
    }

    /// Stops the clock of a process: it does nothing until it is thawed, and does not know.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn freeze(&self, name: &str) {
        self.process(name, |process| process.signal(Signal::Stop));
    }

    /// Lets a frozen process go on as if nothing had been.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn thaw(&self, name: &str) {
        self.process(name, |process| process.signal(Signal::Continue));
    }

    /// How a process ended, if it has.
    ///
    /// # Panics
    /// When there is no such process.
    #[must_use]
    pub fn ended(&self, name: &str) -> Option<ExitStatus> {
        self.process(name, Process::try_ended)
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

    /// Kills a process and starts it again with another value of a variable of its configuration.
    ///
    /// # Panics
    /// When there is no such process, or it cannot be started.
    pub fn start_again_with(&self, name: &str, variable: &str, value: &str) {
        self.process(name, |process| {
            process.kill();
            process.set(variable, value);
            process.start_again();
        });
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

    /// Starts one more process that serves the API, under a name of its own. Returns where clients connect to it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn add_ingress(&self, instance: &str) -> String {
        self.add_ingress_with(instance, &[])
    }

    /// The same, with these variables of its configuration besides.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn add_ingress_with(&self, instance: &str, settings: &[(&str, &str)]) -> String {
        let (port, api) = (ports::free(), ports::free());
        lock(&self.ports).insert(instance.to_owned(), port);
        let mut command = self.daemon_command("ingress", port);
        command.env("SPAREPARTS_INGRESS__LISTEN", format!("127.0.0.1:{api}")).envs(settings.iter().copied());
        lock(&self.processes).insert(instance.to_owned(), Process::start(instance, command, &self.folder));
        format!("http://127.0.0.1:{api}")
    }

    /// Takes a process out that was added; it is killed if it has not ended.
    pub fn remove(&self, name: &str) {
        lock(&self.processes).remove(name);
        lock(&self.ports).remove(name);
    }

    /// Every process, by name.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        lock(&self.processes).keys().cloned().collect()
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
        if failed && !self.leaves_all {
            eprintln!("{}", self.last_words());
        }
        lock(&self.processes).clear();
        if self.leaves_all {
            return;
        }
        leftovers::remove(self.database.clone(), self.prefix.clone());
        if !failed {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
