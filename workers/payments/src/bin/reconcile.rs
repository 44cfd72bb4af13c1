//! Compares our payments with the gateways': see `reconcile --help`.

use std::process::ExitCode;

use clap::Parser;
use payments::reconciliation::tool::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("payments", |context| tool::reconcile(context, arguments)).await
}
