//! Makes the search index anew: see `rebuild-search --help`.

use std::process::ExitCode;

use catalog::rebuild::{self, Arguments};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    shared::daemon::run_tool("catalog", |context| rebuild::search(context, arguments)).await
}
