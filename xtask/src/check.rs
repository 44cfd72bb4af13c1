//! `cargo xtask test`: everything the project checks about itself.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::chaos;
use crate::compile::{self, cargo};
use crate::failure::{Failure, Outcome};
use crate::parts::{self, Parts, Plan};
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::prerequisites;
use crate::pypi::{PROGRAMS, Program};
use crate::run;
use crate::term::{self, Group};

/// How a step went.
enum Verdict {
    Passed,
    Failed,
    Skipped(&'static str),
}

/// The steps so far; a failed one does not hide the later ones.
#[derive(Default)]
struct Steps(Vec<(&'static str, Duration, Verdict)>);

impl Steps {
    /// Takes a step; only an interruption ends the whole run.
    fn take<T>(&mut self, name: &'static str, step: impl FnOnce() -> Outcome<T>) -> Outcome<Option<T>> {
        term::line(&format!("\n== {name}"));
        let started = Instant::now();
        let (verdict, value) = match step() {
            Ok(value) => (Verdict::Passed, Some(value)),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(Failure::Message(message)) => {
                term::error(&message);
                (Verdict::Failed, None)
            }
            Err(Failure::Exit(_)) => (Verdict::Failed, None),
        };
        self.0.push((name, started.elapsed(), verdict));
        Ok(value)
    }

    fn skip(&mut self, name: &'static str, reason: &'static str) {
        self.0.push((name, Duration::ZERO, Verdict::Skipped(reason)));
    }

    fn cargo(&mut self, name: &'static str, arguments: &[&str]) -> Outcome {
        self.take(name, || run::passing_its_code(name, &cargo(arguments))).map(|_| ())
    }

    fn report(&self) -> Outcome {
        term::line("\n== summary");
        for (name, time, verdict) in &self.0 {
            let (word, note) = match verdict {
                Verdict::Passed => ("passed", ""),
                Verdict::Failed => ("FAILED", ""),
                Verdict::Skipped(reason) => ("skipped", *reason),
            };
            term::line(&format!("  {name:<21} {word:<8} {:>8}  {note}", term::seconds(*time)));
        }
        let failed = self.0.iter().any(|(_, _, verdict)| matches!(verdict, Verdict::Failed));
        if failed { Err(Failure::Exit(1)) } else { Ok(()) }
    }
}

/// A short run with the faults that reach every part: a daemon's death, the broker's, the cache's, and a zombie.
const CHAOS: [&str; 6] = ["--faults", "F1,F4,F5,F6", "--seconds", "5", "--rate", "12"];

/// Runs all steps, or with a filter the tests alone.
///
/// # Errors
/// A step failed; the summary says which.
pub fn run(native: bool, filter: &[String]) -> Outcome {
    let plan = Plan::decide(native);
    let ports = Ports::free()?;
    let dir = WorkDir::temporary("test")?;
    prerequisites::ensure(&prerequisites::needs_of_tests(&plan), &dir)?;
    let mut steps = Steps::default();
    if filter.is_empty() {
        static_checks(&mut steps)?;
    }
    let built = steps.take("build", || {
        let task = Group::default().task("build");
        compile::build(&task, false, &dir.log("build"))
    })?;
    if built.is_none() {
        steps.skip("tests", "the build failed");
        return steps.report();
    }
    let parts = steps.take("parts", || parts::start(&plan, &ports, &dir, &Group::default()))?;
    match parts {
        None => steps.skip("tests", "the parts did not start"),
        Some(parts) => {
            let own_redis = prerequisites::has_redis();
            let others = others(&mut steps, &dir)?;
            let tests = tests(&parts, filter, own_redis, &others);
            steps.take("tests", || run::passing_its_code("cargo test", &tests))?;
            if !own_redis {
                steps.skip("own_redis", "its tests start Redis again: they need redis-server without Docker");
            }
        }
    }
    if filter.is_empty() {
        chaos_run(&mut steps)?;
    }
    steps.report()
}

/// The programs that nobody here wrote, each with the folder that it is in; none for what cannot run here, whose tests are
/// left out.
fn others(steps: &mut Steps, dir: &WorkDir) -> Outcome<Vec<(Program, Option<PathBuf>)>> {
    let mut others = Vec::new();
    for program in PROGRAMS {
        let folder = if program.can_run() {
            steps.take(program.name, || program.fetch(dir, &Group::default().task(program.name)))?
        } else {
            steps.skip(program.name, "it needs a machine with IPv6");
            None
        };
        others.push((program, folder));
    }
    Ok(others)
}

/// The parts are killed and started again, so they are the run's own, and native.
fn chaos_run(steps: &mut Steps) -> Outcome {
    if !prerequisites::needs(false, &Plan::native_only()).iter().all(|need| need.is_met()) {
        steps.skip("chaos", "it needs Kafka, MongoDB and Redis without Docker: see `cargo xtask chaos`");
        return Ok(());
    }
    steps.take("chaos", || chaos::start(false, &chaos::folder()?, &CHAOS.map(str::to_owned))).map(|_| ())
}

fn static_checks(steps: &mut Steps) -> Outcome {
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    let limit = Duration::from_secs(20);
    if run::answer(Command::new("cargo").args(["deny", "--version"]), limit).is_some() {
        return steps.cargo("deny", &["deny", "check", "licenses", "bans", "sources"]);
    }
    steps.skip("deny", "cargo-deny is not installed (cargo install cargo-deny)");
    Ok(())
}

fn tests(parts: &Parts, filter: &[String], own_redis: bool, others: &[(Program, Option<PathBuf>)]) -> Command {
    // A failed crate does not hide what the later ones have to say.
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    command
        .args(filter)
        .envs(parts.environment().iter().map(|(name, value)| (name, value)))
        .env("SPAREPARTS_BIN_DIR", paths::binaries(false))
        .env("SPAREPARTS_CONFIG_DIR", paths::root().join("config"));
    command.envs(others.iter().filter_map(|(program, folder)| Some((program.variable, folder.as_ref()?))));
    let missing =
        others.iter().filter(|(_, folder)| folder.is_none()).map(|(program, _)| format!("{}::", program.tests));
    let left_out: Vec<String> = missing.chain((!own_redis).then(|| "own_redis::".to_owned())).collect();
    if !left_out.is_empty() && !filter.iter().any(|word| word == "--") {
        command.arg("--");
    }
    command.args(left_out.into_iter().flat_map(|tests| ["--skip".to_owned(), tests]));
    command
}
