//! The command line that all simulators share.

use crate::clock;
use crate::faults::{Faults, Switches};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where to listen, where to post webhooks, and what goes wrong.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Address to listen on; the default differs by simulator.
    #[arg(long)]
    pub listen: Option<SocketAddr>,
    /// Where webhooks are posted; without it none are.
    #[arg(long)]
    pub webhook_url: Option<reqwest::Url>,
    /// Secret that signs the webhooks; the default differs by simulator.
    #[arg(long)]
    pub webhook_secret: Option<String>,
    /// Seed of every chance decision.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A file that says how many milliseconds the clock is ahead; it is looked at ten times a second.
    #[arg(long)]
    pub clock_file: Option<PathBuf>,
    /// The switches in force at the start.
    #[command(flatten)]
    pub faults: Faults,
}

impl Common {
    /// The address to listen on: as given, else this port of the loopback.
    pub fn listen_or(&self, port: u16) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// The webhook secret: as given, else this one.
    pub fn secret_or(&self, demo: &str) -> String {
        self.webhook_secret.clone().unwrap_or_else(|| demo.to_owned())
    }

    /// Goes by the shifted clock, if there is one.
    pub fn follow_clock(&self) {
        self.clock_file.clone().into_iter().for_each(clock::follow);
    }

    /// The fault switches.
    ///
    /// # Errors
    /// Names a rate outside `0..=1`.
    pub fn switches(&self) -> Result<Arc<Switches>, String> {
        Ok(Arc::new(Switches::new(self.faults.checked()?, self.seed)))
    }
}

/// What only the payment gateways have.
#[derive(Clone, Copy, Debug, Args)]
pub struct Customer {
    /// Milliseconds after which the customer pays on their own; without it they wait to be told.
    #[arg(long)]
    pub auto_pay_ms: Option<u64>,
}

impl Customer {
    /// How long the customer takes to pay, if they pay on their own.
    pub fn patience(self) -> Option<Duration> {
        self.auto_pay_ms.map(Duration::from_millis)
    }
}
