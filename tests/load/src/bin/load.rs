//! Orders at a fixed rate: see `load --help`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use load::generator::{self, Arguments, RunError};
use tokio::runtime::Builder;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = Builder::new_multi_thread().worker_threads(arguments.threads.into()).enable_all().build();
    match runtime {
        Ok(runtime) => conclude(runtime.block_on(async {
            // On a worker thread: the runtime's own thread would only pass every wake-up on.
            match tokio::spawn(async move { generator::run(&arguments).await }).await {
                Ok(outcome) => outcome.map_err(|error: RunError| error.to_string()),
                Err(panicked) => Err(panicked.to_string()),
            }
        })),
        Err(error) => conclude(Err(format!("cannot start: {error}"))),
    }
}

fn conclude(outcome: Result<generator::Report, String>) -> ExitCode {
    match outcome {
        Ok(report) => {
            let printed = writeln!(io::stdout(), "{report}");
            if report.has_passed() && printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
