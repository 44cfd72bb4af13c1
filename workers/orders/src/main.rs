//! The orders worker.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("orders", orders::start).await
}
