//! The inventory worker.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("inventory", inventory::start).await
}
