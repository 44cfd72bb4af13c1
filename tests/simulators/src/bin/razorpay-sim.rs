//! A local Razorpay for development and fault tests.

use clap::Parser;
use simulators::cli::{Common, Customer};
use simulators::razorpay::{Razorpay, SIGNATURE_HEADER, Setup, router};
use simulators::serve::{StartError, bind, exit_code, init_logging, run, termination};
use simulators::webhook::{Signer, Target};
use std::process::ExitCode;

/// A local Razorpay: Orders, Payments, Refunds, signed webhooks, and faults on request.
#[derive(Parser)]
#[command(name = "razorpay-sim", version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    customer: Customer,
    /// User of Basic authentication.
    #[arg(long, default_value = "rzp_test_demo")]
    key_id: String,
    /// Password of Basic authentication.
    #[arg(long, default_value = "rzp_demo_secret")]
    key_secret: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    init_logging();
    exit_code(start(Cli::parse()).await)
}

async fn start(cli: Cli) -> Result<(), StartError> {
    cli.common.follow_clock();
    let setup = Setup { key_id: cli.key_id, key_secret: cli.key_secret, auto_pay: cli.customer.patience() };
    let razorpay = Razorpay::new(setup, cli.common.switches()?, cli.common.webhook_url.is_none());
    let listener = bind(cli.common.listen_or(12112)).await?;
    if let Some(url) = cli.common.webhook_url.clone() {
        let signer = Signer::plain(SIGNATURE_HEADER, &cli.common.secret_or("rzp_whsec_demo"))?;
        tokio::spawn(Target::new(url, signer)?.deliver(razorpay.outbox()));
    }
    tracing::info!(listen = %listener.local_addr()?, "razorpay-sim ready");
    run(listener, router(razorpay), termination()?).await
}
