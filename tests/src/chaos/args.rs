//! The command line of `chaos`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Parser;

use super::faults::{KINDS, Kind, kind};
use crate::webhook::now;

/// Orders per second that two busy cores carry beside everything else; a debug build carries less.
const USUAL_RATE: f64 = if cfg!(debug_assertions) { 15.0 } else { 200.0 };

/// Lets customers order while things break by seed, and judges what is left. Ends with 0 if every promise held, else with 1.
#[derive(Debug, Clone, Parser)]
#[command(name = "chaos", version)]
pub struct Arguments {
    /// Makes the orders and the schedule of the faults; the time of day unless given.
    #[arg(long, default_value_t = now(), hide_default_value = true, value_name = "S")]
    pub seed: u64,
    /// How many runs, with the seeds S, S+1, ..
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: u64,
    /// Which faults; all of them unless given.
    #[arg(long, value_name = "F1,F5,..", value_delimiter = ',', value_parser = a_kind)]
    pub faults: Vec<Fault>,
    /// How long new faults strike; each strikes at least once, however short this is.
    #[arg(long, default_value_t = 2.0, value_name = "M")]
    pub minutes: f64,
    /// The same in seconds.
    #[arg(long, value_name = "S", conflicts_with = "minutes")]
    pub seconds: Option<f64>,
    /// Orders per second.
    #[arg(long, default_value_t = USUAL_RATE, value_name = "R", value_parser = a_rate)]
    pub rate: f64,
    /// Where each run keeps its logs and data.
    #[arg(long, default_value = ".demo/chaos/runs", value_name = "DIR")]
    pub folder: PathBuf,
    /// The built `xtask`, which starts the parts.
    #[arg(long, value_name = "FILE")]
    pub xtask: PathBuf,
    /// Keeps logs and data of runs that passed, too.
    #[arg(long)]
    pub keep: bool,
    /// Lists the faults.
    #[arg(long)]
    pub list: bool,
    /// One run in this process: what a series starts.
    #[arg(long, hide = true)]
    pub alone: bool,
}

/// A kind of fault by its short name.
#[derive(Clone, Copy)]
pub struct Fault(pub &'static Kind);

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id)
    }
}

impl Arguments {
    /// How long new faults strike.
    #[must_use]
    pub fn time(&self) -> Duration {
        let seconds = self.seconds.unwrap_or(self.minutes * 60.0);
        Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }

    /// Which faults strike.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static Kind> {
        if self.faults.is_empty() { KINDS.iter().collect() } else { self.faults.iter().map(|fault| fault.0).collect() }
    }

    /// Where the run of a seed keeps its logs and data: absolute, for not every process works in the same folder.
    #[must_use]
    pub fn folder_of(&self, seed: u64) -> PathBuf {
        let folder = self.folder.join(format!("seed-{seed}"));
        std::path::absolute(&folder).unwrap_or(folder)
    }

    /// The options that make a run what it is, for whoever repeats it.
    #[must_use]
    pub fn options(&self, seed: u64) -> Vec<String> {
        let ids: Vec<&str> = self.kinds().iter().map(|kind| kind.id).collect();
        let seconds = self.time().as_secs_f64();
        let options = ["--seed", &seed.to_string(), "--faults", &ids.join(",")].map(ToOwned::to_owned);
        let time = ["--seconds", &seconds.to_string(), "--rate", &self.rate.to_string()].map(ToOwned::to_owned);
        [options, time].concat()
    }

    /// The command that repeats a run.
    #[must_use]
    pub fn repeat(&self, seed: u64) -> String {
        let debug = if cfg!(debug_assertions) { " --debug" } else { "" };
        format!("cargo xtask chaos{debug} {}", self.options(seed).join(" "))
    }

    /// The programs that were built with this one.
    #[must_use]
    pub fn binaries() -> PathBuf {
        let this = std::env::current_exe().unwrap_or_default();
        this.parent().map(Path::to_owned).unwrap_or_default()
    }
}

fn a_kind(id: &str) -> Result<Fault, String> {
    kind(id).map(Fault)
}

fn a_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number")?;
    if (0.1..=10_000.0).contains(&rate) { Ok(rate) } else { Err("expected 0.1 to 10000".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn a_run_is_repeated_by_its_options() {
        let run = parsed("chaos --xtask x --seed 7 --faults f1,F5 --minutes 0.5 --rate 20").unwrap();
        let options = run.options(8).join(" ");
        assert_eq!(options, "--seed 8 --faults F1,F5 --seconds 30 --rate 20");
        assert_eq!(parsed(&format!("chaos --xtask x {options}")).unwrap().options(8).join(" "), options);
    }

    #[test]
    fn all_faults_strike_unless_some_are_named_and_an_unknown_one_is_refused() {
        assert_eq!(parsed("chaos --xtask x").unwrap().kinds().len(), KINDS.len());
        let refused = parsed("chaos --xtask x --faults F1,F99").unwrap_err().to_string();
        assert!(refused.contains("F12"), "{refused}");
    }
}
