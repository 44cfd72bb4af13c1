//! How a shop is started: which programs, with which configuration.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{
    Stack, leftovers,
    links::{Link, Links},
    lock, ports,
    process::Process,
    ready,
};
use crate::{
    catalog::Catalog,
    environment::{self, Environment},
    store,
};

/// The worker pools.
pub const POOLS: [&str; 8] =
    ["catalog", "coupons", "imports", "inventory", "orders", "payments", "invoicing", "shipping"];
/// Every daemon.
pub const DAEMONS: [&str; 9] =
    ["catalog", "coupons", "imports", "inventory", "orders", "payments", "invoicing", "shipping", "ingress"];

/// Who sends SMS and e-mail.
const MESSAGES: &str = "messages-sim";

/// Those that post webhooks: where to, and under which secret.
const SIMULATORS: [(&str, &str, &str); 3] = [
    ("stripe-sim", "webhooks/stripe", "whsec_demo"),
    ("razorpay-sim", "webhooks/razorpay", "rzp_whsec_demo"),
    ("carrier-sim", "webhooks/carriers/swift", "carrier_whsec_demo"),
];

/// What is special about a shop. By default customers pay and parcels move when the test says so.
#[derive(Debug, Clone)]
pub struct Setup {
    name: &'static str,
    catalog: Catalog,
    settings: Vec<(String, String)>,
    gateway_options: Vec<String>,
    carrier_options: Vec<String>,
    links: Vec<Link>,
    clock: Option<Duration>,
    folder: Option<PathBuf>,
}

impl Setup {
    /// An ordinary shop; the name is for its folder of logs.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        let carrier_options = ["--step-delay-ms", "0"].map(ToOwned::to_owned).to_vec();
        Self {
            name,
            catalog: Catalog::demo(),
            settings: Vec::new(),
            gateway_options: Vec::new(),
            carrier_options,
            links: Vec::new(),
            clock: None,
            folder: None,
        }
    }

    /// Keeps its logs in this folder, and leaves them and what it stored to whoever owns the parts.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Sells this instead of the demo's parts.
    #[must_use]
    pub fn catalog(mut self, catalog: Catalog) -> Self {
        self.catalog = catalog;
        self
    }

    /// Sets a variable of the daemons' configuration.
    #[must_use]
    pub fn set(mut self, variable: &str, value: &str) -> Self {
        self.settings.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// Gives both payment gateways these options besides.
    #[must_use]
    pub fn gateways(mut self, options: &[&str]) -> Self {
        self.gateway_options.extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    /// Gives the carrier these options instead.
    #[must_use]
    pub fn carrier(mut self, options: &[&str]) -> Self {
        self.carrier_options = options.iter().map(|option| (*option).to_owned()).collect();
        self
    }

    /// Has these reached through proxies: see [`Stack::link`].
    #[must_use]
    pub fn through_proxies(mut self, links: &[Link]) -> Self {
        self.links.extend_from_slice(links);
        self
    }

    /// Lets the test shift the clock of everything in the shop: see [`Stack::set_clock`].
    #[must_use]
    pub fn with_clock(self) -> Self {
        self.with_clock_ahead(Duration::ZERO)
    }

    /// The same, and it is so far ahead of the machine's from the beginning.
    #[must_use]
    pub fn with_clock_ahead(mut self, ahead: Duration) -> Self {
        self.clock = Some(ahead);
        self
    }

    /// Starts the shop, and loads its catalog.
    ///
    /// # Panics
    /// When a process does not start or is not ready in time.
    pub async fn start(self) -> Stack {
        let stack = self.prepare().await;
        self.spawn_simulators(&stack);
        stack.spawn_daemons().await;
        stack.load_catalog().await;
        stack
    }

    /// Starts the daemons alone: nobody plays the outside, and nothing is sold. Returns once all are ready.
    ///
    /// # Panics
    /// When one does not start or is not ready in time.
    pub async fn start_daemons(self) -> Stack {
        let stack = self.prepare().await;
        stack.spawn_daemons().await;
        stack
    }

    async fn prepare(&self) -> Stack {
        if self.folder.is_none() {
            leftovers::sweep().await;
        }
        let mut stack = self.empty().await;
        for simulator in SIMULATORS.map(|(simulator, _, _)| simulator).into_iter().chain([MESSAGES]) {
            stack.claim_port(simulator);
        }
        stack.links = Links::start(&self.links, &stack).await;
        stack
    }

    async fn empty(&self) -> Stack {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let run = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let of_its_own = || std::env::temp_dir().join(format!("{}{run}-{}", leftovers::PREFIX, self.name));
        let folder = self.folder.clone().unwrap_or_else(of_its_own);
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        let stack = Stack {
            prefix: format!("{}{run}.", leftovers::PREFIX),
            catalog: self.catalog.clone(),
            folder,
            leaves_all: self.folder.is_some(),
            database: store::client().await.database(&format!("{}{run}", leftovers::PREFIX)),
            ports: Mutex::new(["api"].map(|name| (name.to_owned(), ports::free())).into()),
            settings: self.settings.clone(),
            clock: self.clock.map(|_| Mutex::default()),
            links: Links::default(),
            processes: Mutex::new(BTreeMap::new()),
            http: http.build().expect("an HTTP client"),
        };
        if let Some(ahead) = self.clock {
            stack.put_clock(ahead);
        }
        stack
    }

    fn spawn_simulators(&self, stack: &Stack) {
        let ingress = stack.links.url(Link::Webhooks).map_or_else(|| stack.api(), ToOwned::to_owned);
        for (name, webhook, secret) in SIMULATORS {
            let mut command = Command::new(Environment::get().binaries.join(name));
            command.args(["--listen", &format!("127.0.0.1:{}", stack.port(name)), "--webhook-secret", secret]);
            command.args(["--webhook-url", &format!("{ingress}/api/v1/{webhook}")]);
            let carrier = name == "carrier-sim";
            command.args(if carrier { &self.carrier_options } else { &self.gateway_options });
            if self.clock.is_some() {
                command.arg("--clock-file").arg(stack.clock_file());
            }
            stack.spawn(name, command);
        }
        let mut messages = Command::new(Environment::get().binaries.join(MESSAGES));
        messages.args(["--listen", &format!("127.0.0.1:{}", stack.port(MESSAGES))]);
        stack.spawn(MESSAGES, messages);
    }
}

impl Stack {
    /// A daemon's program with its configuration.
    pub(super) fn daemon_command(&self, daemon: &str, ops_port: u16) -> Command {
        self.configured(plain_command(daemon), daemon, ops_port)
    }

    /// A tool's program with the configuration of a daemon.
    pub(super) fn tool_command(&self, tool: &str, daemon: &str) -> Command {
        self.configured(plain_command(tool), daemon, 0)
    }

    fn configured(&self, mut command: Command, daemon: &str, ops_port: u16) -> Command {
        command.env("SPAREPARTS_KAFKA__TOPIC_PREFIX", &self.prefix);
        command.env("SPAREPARTS_MONGO__DATABASE", self.database.name());
        command.env("SPAREPARTS_OPS__LISTEN", format!("127.0.0.1:{ops_port}"));
        match daemon {
            "ingress" => {
                command.env("SPAREPARTS_INGRESS__LISTEN", format!("127.0.0.1:{}", self.port("api")));
                command.env("SPAREPARTS_INGRESS__MESSAGES__URL", format!("{}/v1/messages", self.url(MESSAGES)));
                // A debug build beside other tests is no measure of how long an order may take to be taken.
                if cfg!(debug_assertions) {
                    command.env("SPAREPARTS_INGRESS__ADMISSION__ORDER_MS", "1000");
                }
            }
            "payments" => {
                command.env("SPAREPARTS_PAYMENTS__STRIPE_URL", self.url("stripe-sim"));
                command.env("SPAREPARTS_PAYMENTS__RAZORPAY_URL", self.url("razorpay-sim"));
            }
            "shipping" => {
                command.env("SPAREPARTS_SHIPPING__CARRIER_URL", self.url("carrier-sim"));
            }
            _ => {}
        }
        command.envs(self.links.variables().filter(|(variable, _)| concerns(variable, daemon)));
        if self.clock.is_some() {
            command.env("SPAREPARTS_FAULTS__CLOCK_FILE", self.clock_file());
        }
        command.envs(self.settings.iter().filter(|(variable, _)| concerns(variable, daemon)).cloned());
        command
    }

    /// Starts another ingress beside the first; where its clients connect.
    ///
    /// # Panics
    /// When it does not become ready.
    pub async fn another_ingress(&self) -> String {
        let api = self.begin_another_ingress(&[]);
        self.ready("ingress-2").await;
        api
    }

    /// The same with these variables, which may keep it from ever becoming ready; returns at once.
    pub fn begin_another_ingress(&self, settings: &[(&str, &str)]) -> String {
        let (name, api) = ("ingress-2", "api-2");
        let (operators, clients) = (self.claim_port(name), self.claim_port(api));
        let mut command = self.daemon_command("ingress", operators);
        command.env("SPAREPARTS_INGRESS__LISTEN", format!("127.0.0.1:{clients}"));
        command.envs(settings.iter().copied());
        self.spawn(name, command);
        self.url(api)
    }

    /// Runs a command-line tool on the shop's stores to its end.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn tool(&self, program: &str, arguments: &[&str]) -> Output {
        self.tool_with(program, &[], arguments).await
    }

    /// The same with these variables.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn tool_with(&self, program: &str, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = self.daemon_command(program, 0);
        command.args(arguments).envs(settings.iter().copied());
        tokio::process::Command::from(command).output().await.unwrap_or_else(|error| panic!("{program}: {error}"))
    }

    fn claim_port(&self, name: &str) -> u16 {
        let port = ports::free();
        lock(&self.ports).insert(name.to_owned(), port);
        port
    }

    fn spawn(&self, name: &str, command: Command) {
        let process = Process::start(name, command, &self.folder);
        lock(&self.processes).insert(name.to_owned(), process);
    }

    async fn spawn_daemons(&self) {
        for name in DAEMONS {
            let port = self.claim_port(name);
            self.spawn(name, self.daemon_command(name, port));
        }
        ready::all_ready(self).await;
    }

    async fn load_catalog(&self) {
        let file = self.folder.join("catalog.json");
        self.catalog.write(&file);
        let mut command = self.daemon_command("load-catalog", 0);
        command.arg("--file").arg(&file);
        self.succeed("load-catalog", command).await;
    }
}

/// A program that finds the repository's configuration and the real parts.
#[must_use]
pub fn plain_command(program: &str) -> Command {
    let environment = Environment::get();
    let mut command = Command::new(environment.binaries.join(program));
    command.current_dir(environment::root()).env("SPAREPARTS_ENV", "development");
    command.env("SPAREPARTS_CONFIG_DIR", Path::new(environment::root()).join("config"));
    command.env("SPAREPARTS_KAFKA__BROKERS", &environment.brokers);
    command.env("SPAREPARTS_MONGO__URI", &environment.mongo_uri);
    command.env("SPAREPARTS_REDIS__URL", &environment.redis_url);
    command
}

/// Whether a variable may be given to a daemon: one of another daemon's section is a key that it does not know.
fn concerns(variable: &str, daemon: &str) -> bool {
    let section = variable.trim_start_matches("SPAREPARTS_").split("__").next().unwrap_or_default().to_lowercase();
    section == daemon || !DAEMONS.contains(&section.as_str())
}
