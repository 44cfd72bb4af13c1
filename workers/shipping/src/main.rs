//! The shipping daemon.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("shipping", shipping::start).await
}
