//! How a shop is started: which programs, with which configuration.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{Stack, leftovers, lock, ports, process::Process, ready};
use crate::{
    catalog::Catalog,
    environment::{self, Environment},
    store,
};

/// The worker pools.
pub const POOLS: [&str; 6] = ["catalog", "inventory", "orders", "payments", "invoicing", "shipping"];
/// Every daemon.
pub const DAEMONS: [&str; 7] = ["catalog", "inventory", "orders", "payments", "invoicing", "shipping", "ingress"];

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
}

impl Setup {
    /// An ordinary shop; the name is for its folder of logs.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        let carrier_options = ["--step-delay-ms", "0"].map(ToOwned::to_owned).to_vec();
        Self { name, catalog: Catalog::demo(), settings: Vec::new(), gateway_options: Vec::new(), carrier_options }
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

    /// Starts the shop, and loads its catalog.
    ///
    /// # Panics
    /// When a process does not start or is not ready in time.
    pub async fn start(self) -> Stack {
        leftovers::sweep().await;
        let stack = self.prepare().await;
        self.spawn(&stack);
        ready::all_ready(&stack).await;
        stack.load_catalog().await;
        stack
    }

    async fn prepare(&self) -> Stack {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let run = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("{}{run}-{}", leftovers::PREFIX, self.name));
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60));
        Stack {
            prefix: format!("{}{run}.", leftovers::PREFIX),
            catalog: self.catalog.clone(),
            folder,
            database: store::client().await.database(&format!("{}{run}", leftovers::PREFIX)),
            ports: Mutex::new(["api"].map(|name| (name.to_owned(), ports::free())).into()),
            settings: self.settings.clone(),
            processes: Mutex::new(BTreeMap::new()),
            http: http.build().expect("an HTTP client"),
        }
    }

    fn spawn(&self, stack: &Stack) {
        for (name, webhook, secret) in SIMULATORS {
            let port = stack.claim_port(name);
            let mut command = Command::new(Environment::get().binaries.join(name));
            command.args(["--listen", &format!("127.0.0.1:{port}"), "--webhook-secret", secret]);
            command.args(["--webhook-url", &format!("{}/api/v1/{webhook}", stack.api())]);
            let carrier = name == "carrier-sim";
            command.args(if carrier { &self.carrier_options } else { &self.gateway_options });
            stack.spawn(name, command);
        }
        for name in DAEMONS {
            let port = stack.claim_port(name);
            stack.spawn(name, stack.daemon_command(name, port));
        }
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
        command.envs(self.settings.iter().filter(|(variable, _)| concerns(variable, daemon)).cloned());
        command
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
    command
}

/// Whether a variable may be given to a daemon: one of another daemon's section is a key that it does not know.
fn concerns(variable: &str, daemon: &str) -> bool {
    let section = variable.trim_start_matches("SPAREPARTS_").split("__").next().unwrap_or_default().to_lowercase();
    section == daemon || !DAEMONS.contains(&section.as_str())
}
