//! Looks at dead letters, sends them again or gives them up: see `dead-letters --help`.

use std::process::ExitCode;

use clap::Parser;
use ingress::commands::dead_letters::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("ingress", |context| dead_letters::run(context, arguments)).await
}
