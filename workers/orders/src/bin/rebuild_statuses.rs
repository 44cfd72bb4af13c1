//! Makes the status projection anew from the record: see `rebuild-statuses --help`.

use std::process::ExitCode;

use clap::Parser;
use orders::rebuild::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("orders", |context| rebuild::statuses(context, arguments)).await
}
