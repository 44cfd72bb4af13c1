//! Puts the stock counters right by the records: see `rebuild-stock --help`.

use std::process::ExitCode;

use clap::Parser;
use inventory::rebuild::{self, Arguments};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("inventory", |context| rebuild::stock(context, arguments)).await
}
