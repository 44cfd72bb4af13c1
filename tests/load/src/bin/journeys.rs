//! One order of every kind, from placing to its end: see `journeys --help`.

use std::process::ExitCode;

use clap::Parser;
use load::journeys::{self, Arguments, Screen};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match journeys::run(Arguments::parse(), Screen::stdout()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("journeys: {error}");
            ExitCode::FAILURE
        }
    }
}
