//! The processes of the product and the simulators of the demo: how each is started.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::http;
use crate::paths::{self, WorkDir};
use crate::ports::{self, Ports};
use crate::process::{Fleet, Output, Process};
use crate::term::Task;

/// The worker pools, in the order of their start; the ingress follows them.
pub const POOLS: [&str; 8] =
    ["catalog", "coupons", "imports", "inventory", "orders", "payments", "invoicing", "shipping"];
const INGRESS: &str = "ingress";
const LIMIT: Duration = Duration::from_secs(60);

/// Whether operators can start several of this.
pub fn is_pool(name: &str) -> bool {
    POOLS.contains(&name)
}

/// Every daemon that runs at least once.
pub fn all() -> impl Iterator<Item = &'static str> {
    POOLS.into_iter().chain([INGRESS])
}

/// A simulator: a development tool that plays a gateway, a carrier or who sends messages.
struct Simulator {
    name: &'static str,
    /// Where it posts webhooks, if it does.
    webhook: Option<&'static str>,
    /// The demo's secrets, as `config/development.toml` has them.
    options: &'static [&'static str],
    plays: Plays,
}

/// What a simulator plays.
#[derive(Clone, Copy)]
enum Plays {
    Gateway,
    Carrier,
    Messages,
}

const SIMULATORS: [Simulator; 4] = [
    Simulator {
        name: "stripe-sim",
        webhook: Some("stripe"),
        options: &["--webhook-secret", "whsec_demo"],
        plays: Plays::Gateway,
    },
    Simulator {
        name: "razorpay-sim",
        webhook: Some("razorpay"),
        options: &["--webhook-secret", "rzp_whsec_demo"],
        plays: Plays::Gateway,
    },
    Simulator {
        name: "carrier-sim",
        webhook: Some("carriers/swift"),
        options: &["--webhook-secret", "carrier_whsec_demo", "--token", "carrier_demo_token"],
        plays: Plays::Carrier,
    },
    Simulator {
        name: "messages-sim",
        webhook: None,
        options: &["--token", "messages_demo_token"],
        plays: Plays::Messages,
    },
];

/// The names of the simulators.
pub fn simulators() -> impl Iterator<Item = &'static str> {
    SIMULATORS.iter().map(|simulator| simulator.name)
}

/// How fast the simulated world moves.
pub struct Pace {
    /// The customers pay by themselves this long after the payment was created; or wait to be told.
    pub auto_pay: Option<Duration>,
    /// A parcel takes its next step after this time.
    pub parcel_step: Duration,
}

/// What all processes of a run share.
pub struct Launch<'a> {
    /// Where they listen.
    pub ports: &'a Ports,
    /// Where they log.
    pub dir: &'a WorkDir,
    /// Where they were built.
    pub binaries: PathBuf,
    /// The variables that lead to the parts.
    pub parts: &'a [(&'static str, String)],
    /// Whether the daemons use the simulators.
    pub simulated: bool,
}

impl Launch<'_> {
    /// A built program with the environment that leads it to the parts.
    pub fn command(&self, binary: &str) -> Command {
        let mut command = Command::new(self.binaries.join(binary));
        command.current_dir(paths::root());
        command.env("SPAREPARTS_CONFIG_DIR", paths::root().join("config"));
        command.envs(self.parts.iter().map(|(name, value)| (name, value)));
        if self.simulated {
            command.env("SPAREPARTS_ENV", "development");
        }
        command
    }

    /// Starts one process of a daemon; `instance` is its name among several.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn daemon(&self, name: &str, instance: &str) -> Outcome<Process> {
        let mut command = self.command(name);
        command.env("SPAREPARTS_OPS__LISTEN", self.ports.address(instance));
        if name == INGRESS {
            command.env("SPAREPARTS_INGRESS__LISTEN", self.ports.address("api"));
        }
        if self.simulated {
            command.envs(self.simulated_partners(name));
        }
        Process::start(instance, &command, Output::Log(&self.dir.log(instance)))
    }

    fn simulated_partners(&self, daemon: &str) -> Vec<(&'static str, String)> {
        match daemon {
            "payments" => vec![
                ("SPAREPARTS_PAYMENTS__STRIPE_URL", self.ports.url("stripe-sim")),
                ("SPAREPARTS_PAYMENTS__RAZORPAY_URL", self.ports.url("razorpay-sim")),
            ],
            "shipping" => vec![("SPAREPARTS_SHIPPING__CARRIER_URL", self.ports.url("carrier-sim"))],
            INGRESS => vec![("SPAREPARTS_INGRESS__MESSAGES__URL", messages(self.ports))],
            _ => Vec::new(),
        }
    }

    /// Starts the simulators.
    ///
    /// # Errors
    /// One cannot be started.
    pub fn simulators(&self, pace: &Pace, fleet: &mut Fleet) -> Outcome {
        for simulator in &SIMULATORS {
            let mut command = self.command(simulator.name);
            command.args(["--listen", &self.ports.address(simulator.name)]).args(simulator.options);
            if let Some(webhook) = simulator.webhook {
                command.args(["--webhook-url", &format!("{}/api/v1/webhooks/{webhook}", self.ports.url("api"))]);
            }
            match (simulator.plays, pace.auto_pay) {
                (Plays::Gateway, Some(delay)) => command.args(["--auto-pay-ms", &delay.as_millis().to_string()]),
                (Plays::Carrier, _) => command.args(["--step-delay-ms", &pace.parcel_step.as_millis().to_string()]),
                (Plays::Gateway, None) | (Plays::Messages, _) => &mut command,
            };
            let log = self.dir.log(simulator.name);
            fleet.push(Process::start(simulator.name, &command, Output::Log(&log))?);
        }
        Ok(())
    }
}

/// Where messages to people are posted.
fn messages(ports: &Ports) -> String {
    format!("{}/v1/messages", ports.url("messages-sim"))
}

/// Waits until every process of the fleet can work: a daemon says so on `/readyz`, a simulator by
/// accepting connections.
///
/// # Errors
/// One ends, or is not ready in time; the message has the end of its log.
pub fn await_ready(fleet: &mut Fleet, ports: &Ports, task: &Task) -> Outcome {
    let until = Instant::now() + LIMIT;
    loop {
        let mut waiting = Vec::new();
        let mut complaint = None;
        for process in fleet.iter_mut() {
            process.ensure_alive()?;
            if let Err(reason) = readiness(process.name(), ports) {
                waiting.push(process.name().to_owned());
                complaint =
                    Some(format!("{} is not ready after {LIMIT:?}: {reason}{}", process.name(), process.last_words()));
            }
        }
        match complaint {
            None => return Ok(()),
            Some(complaint) if Instant::now() > until => return Err(complaint.into()),
            Some(_) => task.say(&format!("waiting for {}", waiting.join(", "))),
        }
        task.pause()?;
    }
}

fn readiness(name: &str, ports: &Ports) -> Result<(), String> {
    if simulators().any(|simulator| simulator == name) {
        let address = ports.address(name);
        return if ports::answers(&address) { Ok(()) } else { Err(format!("nobody answers at {address}")) };
    }
    match http::get(ports.of(name), "/readyz") {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("GET {}/readyz says {} {}", ports.url(name), answer.status, answer.body)),
        Err(error) => Err(format!("GET {}/readyz: {error}", ports.url(name))),
    }
}
