//! One order of every kind, from placing to its end: see `journeys --help`.

use std::process::ExitCode;

use clap::Parser;
use load::journeys::{self, Arguments};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match journeys::run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("journeys: {error}");
            ExitCode::FAILURE
        }
    }
}
