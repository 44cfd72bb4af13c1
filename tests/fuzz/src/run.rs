//! Tries a target for a while.

use std::{
    collections::HashMap,
    fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fastrand::Rng;
use sha2::{Digest, Sha256};

use crate::{Target, Try, mutate::mutate, regressions};

/// How many inputs of one outcome are mutated further.
const KEPT_PER_OUTCOME: u64 = 4;
/// How many are kept in all: what an input says can be an outcome of its own, and those have no end.
const KEPT: usize = 2_000;

/// How long a target is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// So many executions: the same inputs at every run with the same seed.
    Executions(u64),
    /// So long.
    Time(Duration),
}

/// How a run went.
#[derive(Debug)]
pub struct Report {
    /// The target's name.
    pub target: &'static str,
    /// How many inputs were tried.
    pub executions: u64,
    /// For how long.
    pub time: Duration,
    /// What came of them, and how often.
    pub outcomes: HashMap<String, u64>,
    /// The longest that one input took.
    pub slowest: Duration,
}

/// An input that made a target fail.
#[derive(Debug)]
pub struct Failure {
    /// Where it was written.
    pub file: PathBuf,
    /// The seed of the run.
    pub seed: u64,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(f, "seed {} found an input that fails: cargo run -p fuzz -- --replay {file}", self.seed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = self.executions as f64 / self.time.as_secs_f64();
        let (target, executions, outcomes) = (self.target, self.executions, self.outcomes.len());
        write!(f, "{target:<16} {executions:>10} executions {rate:>9.0}/s {outcomes:>5} outcomes")?;
        write!(f, "  slowest {:.1} ms", self.slowest.as_secs_f64() * 1000.0)
    }
}

/// Tries the samples, what once failed, and mutations of both.
///
/// # Errors
/// [`Failure`] at the first input that makes the target panic.
pub fn run(target: &Target, seed: u64, bound: Bound) -> Result<Report, Failure> {
    let mut pool: Vec<Vec<u8>> = (target.samples)();
    pool.extend(known_failures(target.name).into_iter().map(|(_, input)| input));
    let mut run = Run::new(target, seed);
    for input in &pool {
        run.attempt(input)?;
    }
    let mut rng = Rng::with_seed(seed);
    while !run.is_over(bound) {
        let (base, other) = (&pool[rng.usize(..pool.len())], &pool[rng.usize(..pool.len())]);
        let input = mutate(base, other, &mut rng);
        if run.attempt(&input)? <= KEPT_PER_OUTCOME {
            keep(&mut pool, input, &mut rng);
        }
    }
    Ok(run.report())
}

fn keep(pool: &mut Vec<Vec<u8>>, input: Vec<u8>, rng: &mut Rng) {
    if pool.len() < KEPT {
        pool.push(input);
    } else {
        let other = rng.usize(..pool.len());
        pool[other] = input;
    }
}

/// Tries what once made the target fail.
///
/// # Errors
/// [`Failure`] at the first input that does so again.
pub fn replay(target: &Target) -> Result<(), Failure> {
    let run = (target.prepare)();
    let failed = known_failures(target.name).into_iter().find(|(_, input)| attempt(&*run, input).is_none());
    failed.map_or(Ok(()), |(file, _)| Err(Failure { file, seed: 0 }))
}

/// The inputs that made this target fail once, each with its file.
fn known_failures(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(regressions(target)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort_unstable();
    files.into_iter().map(|file| (file.clone(), fs::read(&file).unwrap())).collect()
}

struct Run<'a> {
    target: &'a Target,
    place: Box<dyn Try>,
    seed: u64,
    started: Instant,
    report: Report,
}

impl<'a> Run<'a> {
    fn new(target: &'a Target, seed: u64) -> Self {
        let report = Report {
            target: target.name,
            executions: 0,
            time: Duration::ZERO,
            outcomes: HashMap::new(),
            slowest: Duration::ZERO,
        };
        Self { target, place: (target.prepare)(), seed, started: Instant::now(), report }
    }

    fn is_over(&self, bound: Bound) -> bool {
        match bound {
            Bound::Executions(most) => self.report.executions >= most,
            Bound::Time(limit) => self.started.elapsed() >= limit,
        }
    }

    /// How often this outcome has been seen by now.
    fn attempt(&mut self, input: &[u8]) -> Result<u64, Failure> {
        let began = Instant::now();
        let outcome = attempt(&*self.place, input).ok_or_else(|| self.write_down(input))?;
        self.report.executions += 1;
        self.report.slowest = self.report.slowest.max(began.elapsed());
        let seen = self.report.outcomes.entry(outcome).or_default();
        *seen += 1;
        Ok(*seen)
    }

    fn write_down(&self, input: &[u8]) -> Failure {
        let name = hex::encode(&Sha256::digest(input)[..8]);
        let file = regressions(self.target.name).join(name);
        write(&file, input);
        Failure { file, seed: self.seed }
    }

    fn report(mut self) -> Report {
        self.report.time = self.started.elapsed();
        self.report
    }
}

/// `None` if the target panicked; the panic's message has been printed.
fn attempt(place: &dyn Try, input: &[u8]) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| place.outcome(input))).ok()
}

fn write(file: &Path, input: &[u8]) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, input).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Brittle;

    impl Try for Brittle {
        fn outcome(&self, input: &[u8]) -> String {
            // Reached step by step: each byte that is right is a new outcome.
            let right = b"{[1".iter().zip(input).take_while(|(wanted, byte)| wanted == byte).count();
            assert!(right < 3, "broke");
            right.to_string()
        }
    }

    fn target(name: &'static str) -> Target {
        Target { name, samples: || vec![b"{".to_vec()], prepare: || Box::new(Brittle) }
    }

    #[test]
    fn a_failing_input_is_found_kept_and_replayed() {
        let target = target("self-test");
        assert!(replay(&target).is_ok(), "nothing is known to fail yet");
        let failure = run(&target, 1, Bound::Executions(200_000)).unwrap_err();
        let kept = fs::read(&failure.file).unwrap();
        let again = replay(&target).unwrap_err();
        fs::remove_dir_all(regressions("self-test")).unwrap();
        assert!(kept.starts_with(b"{[1"));
        assert_eq!(again.file, failure.file);
    }

    #[test]
    fn a_run_ends_at_its_bound_and_tells_what_came() {
        let report = run(&target("self-test-short"), 1, Bound::Executions(50)).unwrap();
        assert_eq!(report.executions, 50);
        assert_eq!(report.outcomes.values().sum::<u64>(), 50);
    }
}
