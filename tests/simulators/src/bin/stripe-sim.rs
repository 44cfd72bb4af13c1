//! A local Stripe for development and fault tests.

use clap::Parser;
use simulators::cli::{Common, Customer};
use simulators::serve::{StartError, bind, exit_code, init_logging, run, termination};
use simulators::stripe::{SIGNATURE_HEADER, Setup, Stripe, router};
use simulators::webhook::{Signer, Target};
use std::process::ExitCode;

/// A local Stripe: PaymentIntents, Refunds, signed webhooks, and faults on request.
#[derive(Parser)]
#[command(name = "stripe-sim", version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    customer: Customer,
    /// Key of the server side.
    #[arg(long, default_value = "sk_test_demo")]
    secret_key: String,
    /// Key of the browser side.
    #[arg(long, default_value = "pk_test_demo")]
    publishable_key: String,
    /// Answer a retry after a simulated 500 with the true outcome; Stripe itself replays the 500 under its key.
    #[arg(long)]
    heal_500: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    init_logging();
    exit_code(start(Cli::parse()).await)
}

async fn start(cli: Cli) -> Result<(), StartError> {
    cli.common.follow_clock();
    let setup = Setup {
        secret_key: cli.secret_key,
        publishable_key: cli.publishable_key,
        auto_pay: cli.customer.patience(),
        sticky_500: !cli.heal_500,
    };
    let stripe = Stripe::new(setup, cli.common.switches()?, cli.common.webhook_url.is_none());
    let listener = bind(cli.common.listen_or(12111)).await?;
    if let Some(url) = cli.common.webhook_url.clone() {
        let signer = Signer::timestamped(SIGNATURE_HEADER, &cli.common.secret_or("whsec_demo"))?;
        tokio::spawn(Target::new(url, signer)?.deliver(stripe.outbox()));
    }
    tracing::info!(listen = %listener.local_addr()?, "stripe-sim ready");
    run(listener, router(stripe), termination()?).await
}
