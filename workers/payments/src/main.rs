//! The payments daemon.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("payments", payments::start).await
}
