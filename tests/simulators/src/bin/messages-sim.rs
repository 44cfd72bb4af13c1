//! A local provider of SMS and e-mail for development and fault tests.

use clap::Parser;
use simulators::faults::{Faults, Switches};
use simulators::messages::{Provider, router};
use simulators::serve::{StartError, bind, exit_code, init_logging, run, termination};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

/// A local provider of SMS and e-mail: keeps what it is given under GET /_sim/messages, with faults on request.
#[derive(Parser)]
#[command(name = "messages-sim", version)]
struct Cli {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:12114")]
    listen: SocketAddr,
    /// The bearer token of the shop.
    #[arg(long, default_value = "messages_demo_token")]
    token: String,
    /// Seed of every chance decision.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The switches in force at the start.
    #[command(flatten)]
    faults: Faults,
}

#[tokio::main]
async fn main() -> ExitCode {
    init_logging();
    exit_code(start(Cli::parse()).await)
}

async fn start(cli: Cli) -> Result<(), StartError> {
    let listener = bind(cli.listen).await?;
    let switches = Arc::new(Switches::new(cli.faults.checked()?, cli.seed));
    tracing::info!(listen = %listener.local_addr()?, "messages-sim ready");
    run(listener, router(Provider::new(cli.token, switches)), termination()?).await
}
