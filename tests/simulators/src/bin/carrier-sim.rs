//! A local carrier for development and fault tests.

use clap::Parser;
use simulators::carrier::{Carrier, SIGNATURE_HEADER, Setup, router};
use simulators::cli::Common;
use simulators::serve::{StartError, bind, exit_code, init_logging, run, termination};
use simulators::webhook::{Signer, Target};
use std::process::ExitCode;
use std::time::Duration;

/// A local carrier: shipments that move by themselves, signed tracking webhooks, and faults on request.
#[derive(Parser)]
#[command(name = "carrier-sim", version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    /// The bearer token of the shop.
    #[arg(long, default_value = "carrier_demo_token")]
    token: String,
    /// Milliseconds between two steps of a parcel; 0 leaves it until told by POST /_sim/shipments/{id}/advance.
    #[arg(long, default_value_t = 2_000)]
    step_delay_ms: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    init_logging();
    exit_code(start(Cli::parse()).await)
}

async fn start(cli: Cli) -> Result<(), StartError> {
    cli.common.follow_clock();
    let listener = bind(cli.common.listen_or(12113)).await?;
    let setup = Setup {
        token: cli.token,
        step_delay: (cli.step_delay_ms > 0).then(|| Duration::from_millis(cli.step_delay_ms)),
        base_url: format!("http://{}", listener.local_addr()?),
    };
    let carrier = Carrier::new(setup, cli.common.switches()?, cli.common.webhook_url.is_none());
    if let Some(url) = cli.common.webhook_url.clone() {
        let signer = Signer::timestamped(SIGNATURE_HEADER, &cli.common.secret_or("carrier_whsec_demo"))?;
        tokio::spawn(Target::new(url, signer)?.deliver(carrier.outbox()));
    }
    tracing::info!(listen = %listener.local_addr()?, "carrier-sim ready");
    run(listener, router(carrier), termination()?).await
}
