//! Several runs, each in a process of its own, and what they show together.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs, io,
    process::{Command, ExitStatus},
};

use super::{
    args::Arguments,
    report::{Report, seconds},
};

/// What became of one seed.
struct Run {
    seed: u64,
    passed: bool,
    /// None if the run broke off.
    report: Option<Report>,
}

/// Runs all seeds of these arguments; tells whether all of them passed, and their table.
///
/// # Errors
/// A run cannot be started.
pub fn run(arguments: &Arguments) -> io::Result<(bool, String)> {
    let mut runs = Vec::new();
    for seed in (0..arguments.runs).map(|number| arguments.seed.wrapping_add(number)) {
        let status = start(arguments, seed)?;
        let folder = arguments.folder_of(seed);
        let report = Report::read(&folder).ok();
        if status.success() && !arguments.keep {
            let _ = fs::remove_dir_all(&folder);
        }
        if !status.success() {
            eprintln!("seed {seed} FAILED ({status})\n  repeat: {}", arguments.repeat(seed));
            eprintln!("  logs:   {}", folder.display());
        }
        runs.push(Run { seed, passed: status.success(), report });
    }
    Ok((runs.iter().all(|run| run.passed), table(&runs)))
}

fn start(arguments: &Arguments, seed: u64) -> io::Result<ExitStatus> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--alone").args(arguments.options(seed));
    command.arg("--folder").arg(&arguments.folder).arg("--xtask").arg(&arguments.xtask);
    command.status()
}

fn table(runs: &[Run]) -> String {
    let failed: Vec<String> = runs.iter().filter(|run| !run.passed).map(|run| run.seed.to_string()).collect();
    let orders: usize = runs.iter().filter_map(|run| run.report.as_ref()).map(|report| report.orders).sum();
    let mut text = String::new();
    if runs.len() > 1 {
        let _ = writeln!(text, "\n  {:<6}{:>8}{:>10}{:>10}{:>10}", "fault", "struck", "median", "worst", "not seen");
        for (id, mut times) in recoveries(runs) {
            times.sort_unstable_by_key(|took| took.unwrap_or(i64::MAX));
            let unseen = times.iter().filter(|took| took.is_none()).count();
            let seen: Vec<i64> = times.iter().flatten().copied().collect();
            let shown = |time: Option<&i64>| time.map_or_else(|| "-".to_owned(), |time| seconds(*time));
            let (median, worst) = (shown(seen.get(seen.len() / 2)), shown(seen.last()));
            let _ = writeln!(text, "  {id:<6}{:>8}{median:>10}{worst:>10}{unseen:>10}", times.len());
        }
    }
    let seeds = runs.first().map(|run| run.seed).into_iter().chain(runs.last().map(|run| run.seed));
    let seeds: Vec<String> = seeds.map(|seed| seed.to_string()).collect();
    let _ = write!(text, "\n{} runs (seeds {}), {orders} orders, ", runs.len(), seeds.join(" to "));
    let _ = match failed.as_slice() {
        [] => write!(text, "no failure"),
        some => write!(text, "{} FAILED: seeds {}", some.len(), some.join(", ")),
    };
    text
}

/// The recovery times of each kind of fault over all runs.
fn recoveries(runs: &[Run]) -> BTreeMap<String, Vec<Option<i64>>> {
    let mut times: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
    for fault in runs.iter().filter_map(|run| run.report.as_ref()).flat_map(|report| &report.recoveries) {
        times.entry(fault.id.clone()).or_default().push(fault.took);
    }
    times
}

#[cfg(test)]
mod tests {
    use super::{super::recovery::Recovery, *};

    fn run(seed: u64, passed: bool, took: &[Option<i64>]) -> Run {
        let what = "mongod killed".to_owned();
        let fault = |took: &Option<i64>| Recovery {
            id: "F3".to_owned(),
            what: what.clone(),
            at: 0,
            lasted: 0,
            took: *took,
            disturbed: false,
        };
        let report = Report {
            seed,
            rate: 10.0,
            ordered_for: 20.0,
            orders: 200,
            summary: String::new(),
            confirmed: Vec::new(),
            recoveries: took.iter().map(fault).collect(),
            rows: Vec::new(),
            skipped: Vec::new(),
        };
        Run { seed, passed, report: Some(report) }
    }

    #[test]
    fn the_table_has_the_median_the_worst_and_the_failures() {
        let runs = [run(1, true, &[Some(1_000), Some(9_000)]), run(2, false, &[Some(3_000), None])];
        let table = table(&runs);
        assert!(table.contains("3.0 s     9.0 s         1"), "{table}");
        assert!(table.contains("2 runs (seeds 1 to 2), 400 orders, 1 FAILED: seeds 2"), "{table}");
    }
}
