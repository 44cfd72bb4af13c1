//! Tries all targets for as long as you like: `cargo xtask fuzz` brings what it needs.

#![allow(clippy::print_stdout, reason = "a tool for people")]

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Parser;
use fuzz::{
    Target,
    run::{Bound, run},
    targets,
};

/// Tries mutated bytes on every parser of outside bytes.
#[derive(Debug, Parser)]
#[command(name = "fuzz", version)]
struct Arguments {
    /// How long, over all targets.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// Only this target; may be given several times.
    #[arg(long)]
    target: Vec<String>,
    /// Of what is mutated how; drawn if it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Tries the input in this file again, on the target that its folder is named after.
    #[arg(long)]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.replay.as_ref().map_or_else(|| fuzz_all(&arguments), |file| replay(file)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("fuzz: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Tries each target for its share of the time; one that fails does not spare the others.
fn fuzz_all(arguments: &Arguments) -> Result<(), String> {
    let chosen = chosen(&arguments.target)?;
    let drawn = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seed = arguments.seed.unwrap_or_else(drawn);
    let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let each = Duration::try_from_secs_f64(arguments.minutes * 60.0).map_err(|error| error.to_string())? / count;
    println!("seed {seed}, {count} targets, {:.0} s each", each.as_secs_f64());
    let mut failures = Vec::new();
    for target in &chosen {
        match run(target, seed, Bound::Time(each)) {
            Ok(report) => println!("{report}"),
            Err(failure) => {
                println!("{:<16} FAILED", target.name);
                failures.push(failure.to_string());
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn chosen(names: &[String]) -> Result<Vec<Target>, String> {
    if names.is_empty() {
        return Ok(targets::all());
    }
    names.iter().map(|name| named(name)).collect()
}

fn named(name: &str) -> Result<Target, String> {
    let known = || targets::all().iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    targets::named(name).ok_or_else(|| format!("there is no target {name:?}; there are {}", known()))
}

fn replay(file: &std::path::Path) -> Result<(), String> {
    let folder = file.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
    let target = named(&folder.to_string_lossy())?;
    let input = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}: {}", target.name, (target.prepare)().outcome(&input));
    Ok(())
}
