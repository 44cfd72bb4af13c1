//! The invoicing daemon.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("invoicing", invoicing::start).await
}
