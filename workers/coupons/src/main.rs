//! The coupons worker.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    shared::daemon::run("coupons", coupons::start).await
}
