//! Faults by seed: see `chaos --help`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use e2e::chaos::{args::Arguments, faults::KINDS, run, series};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.list {
        let lines: Vec<String> = KINDS.iter().map(|kind| format!("{:<4} {}", kind.id, kind.what)).collect();
        Ok((true, lines.join("\n")))
    } else if arguments.alone {
        alone(&arguments)
    } else {
        series::run(&arguments)
    };
    let told = outcome.and_then(|(passed, text)| writeln!(io::stdout(), "{text}").map(|()| passed));
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One run. A signal ends it with all its processes; so does a panic, after which nothing is judged.
fn alone(arguments: &Arguments) -> io::Result<(bool, String)> {
    e2e::runtime::start().block_on(async {
        let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let report = tokio::select! {
            report = run::run(arguments) => report,
            _ = interrupted.recv() => return Err(io::Error::other("interrupted")),
            _ = terminated.recv() => return Err(io::Error::other("told to end")),
        };
        report.write(&arguments.folder_of(arguments.seed))?;
        Ok((report.has_passed(), report.to_string()))
    })
}
