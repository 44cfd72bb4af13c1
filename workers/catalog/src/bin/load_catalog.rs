//! Loads a catalog file: see `load-catalog --help`.

use std::process::ExitCode;

use catalog::load::{self, Arguments, file};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match file::read(&arguments.file) {
        Ok(file) => shared::daemon::run_tool("catalog", |context| load::load(context, file, arguments)).await,
        Err(error) => {
            eprintln!("load-catalog: {error}");
            ExitCode::FAILURE
        }
    }
}
