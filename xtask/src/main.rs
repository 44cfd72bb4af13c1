//! The project's own tool: brings the whole system up, tests it and puts load on it.
//!
//! `cargo xtask help` lists the commands. It is plain `std` and spawns ordinary tools, so that it
//! compiles in seconds and can say that a system package is missing before a build needs it.

mod args;
mod cache;
mod chaos;
mod check;
mod compile;
mod daemons;
mod demo;
mod doctor;
mod failure;
mod fuzz;
mod http;
mod interrupt;
mod load;
mod parts;
mod paths;
mod ports;
mod prerequisites;
mod process;
mod pypi;
mod run;
mod stack;
mod term;

use std::process::ExitCode;

use args::Command;
use failure::{Failure, Outcome};

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)).and_then(dispatch) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Exit(code)) => ExitCode::from(code),
        Err(Failure::Interrupted) => {
            term::error("interrupted");
            ExitCode::from(130)
        }
        Err(Failure::Message(message)) => {
            term::error(&message);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Outcome {
    interrupt::install()?;
    term::start();
    match command {
        Command::Help => {
            term::out(args::USAGE);
            Ok(())
        }
        Command::Doctor => doctor::run(),
        Command::Parts { native } => stack::hold_parts(native),
        Command::Part { name, site } => parts::become_one(&name, &site),
        Command::Up { native } => stack::hold_daemons(native),
        Command::Demo { native, once, release } => demo::run(native, once, release),
        Command::Test { native, filter } => check::run(native, &filter),
        Command::Fuzz { native, rest } => fuzz::run(native, &rest),
        Command::Load { native, deliver, workers, rest } => load::run(native, deliver, &workers, &rest),
        Command::Chaos { debug, rest } => chaos::run(!debug, &rest),
    }
}
