//! Makes an account an admin: see `make-admin --help`.

use std::process::ExitCode;

use clap::Parser;
use ingress::commands::make_admin::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("ingress", |context| make_admin::run(context, arguments)).await
}
