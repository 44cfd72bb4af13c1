//! The ingress daemon.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("ingress", ingress::start).await
}
