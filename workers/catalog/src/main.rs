//! The catalog worker.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("catalog", catalog::start).await
}
