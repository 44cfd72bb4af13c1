//! Lives through seed after seed, or through one again: see `simulate --help`.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use simulation::{Failure, Settings, Shortest, live, process::Planted, shrink};

/// How many histories are tried when one is to be shortened: some seconds' worth.
const SHORTER_TRIES: usize = 4_000;
/// How much of a history is shown: one that never rests is endless.
const BEGINNING: usize = 200;

/// Lives through seed after seed and says which promises hold. Ends with 1 at the first that does not.
#[derive(Debug, Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How many orders are placed in each.
    #[arg(long, default_value_t = 40)]
    orders: u64,
    /// How much goes wrong; 0 for nothing.
    #[arg(long, default_value_t = 1)]
    trouble: u32,
    /// A mistake in the engine that has to be found, to see what that looks like.
    #[arg(long)]
    planted: Option<Planted>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (started, mut told) = (Instant::now(), Instant::now());
    let mut records = 0;
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        match live(Settings { seed, orders: arguments.orders, trouble: arguments.trouble, planted: arguments.planted })
        {
            Ok(world) => records += world.around.broker.appended,
            Err(failure) => return tell_failure(&failure),
        }
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            tell(&format!("{} seeds", seed - arguments.seed + 1));
        }
    }
    let lives = arguments.seeds * arguments.orders;
    let seconds = started.elapsed().as_secs_f64();
    let a_minute = lives as f64 / seconds * 60.0;
    tell(&format!("{lives} lives, {records} records, {seconds:.1} s: {a_minute:.0} lives a minute; all promises hold"));
    ExitCode::SUCCESS
}

fn tell_failure(failure: &Failure) -> ExitCode {
    tell(&failure.to_string());
    tell("looking for a short history with the same end...");
    let Shortest { failure, decisions, story } = shrink(failure, SHORTER_TRIES);
    let shown = story.len().min(BEGINNING);
    story[..shown].iter().for_each(|event| tell(event));
    if shown < story.len() {
        tell(&format!("    ... and {} more", story.len() - shown));
    }
    tell(&format!(
        "{} orders, {decisions} decisions other than the calm ones: {}",
        failure.settings.orders, failure.broken
    ));
    ExitCode::FAILURE
}

fn tell(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
