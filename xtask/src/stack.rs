//! What the commands have in common: a plan, its ports, the parts beside the build, the daemons.

use std::thread;
use std::time::{Duration, Instant};

use crate::compile;
use crate::daemons::{self, Launch};
use crate::failure::{Failure, Outcome, first_failure};
use crate::interrupt;
use crate::parts::{self, Parts, Plan};
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::prerequisites;
use crate::process::Fleet;
use crate::term::{self, Group};

/// How long each phase of a command took.
pub struct Phases {
    started: Instant,
    since: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Phases {
    /// Starts the clock.
    pub fn start() -> Self {
        let now = Instant::now();
        Self { started: now, since: now, done: Vec::new() }
    }

    /// Ends a phase.
    pub fn end(&mut self, name: &'static str) {
        self.done.push((name, self.since.elapsed()));
        self.since = Instant::now();
    }

    /// "parts and build 4.1 s · daemons 2.0 s".
    pub fn summary(&self) -> String {
        let phases: Vec<String> =
            self.done.iter().map(|(name, time)| format!("{name} {}", term::seconds(*time))).collect();
        phases.join(" · ")
    }

    /// Time since the start.
    pub fn total(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Fails with one line for each port that somebody else holds.
///
/// # Errors
/// A port is in use.
pub fn ensure_free<'a>(ports: &Ports, names: impl Iterator<Item = &'a str>) -> Outcome {
    let names: Vec<&str> = names.collect();
    let conflicts = ports.conflicts(&names);
    if conflicts.is_empty() { Ok(()) } else { Err(conflicts.join("\nerror: ").into()) }
}

/// Makes sure of the prerequisites, then starts the parts while the build runs.
///
/// # Errors
/// Whichever of them fails first.
pub fn parts_and_build(plan: &Plan, ports: &Ports, dir: &WorkDir, release: bool) -> Outcome<Parts> {
    prerequisites::ensure(&prerequisites::needs(true, plan), dir)?;
    let group = Group::default();
    let (parts, built) = thread::scope(|scope| {
        let build = scope.spawn(|| {
            let task = group.task("build");
            group.watch(compile::build(&task, release, &dir.log("build")))?;
            task.done("built");
            Ok(())
        });
        let parts = group.watch(parts::start(plan, ports, dir, &group));
        (parts, build.join().unwrap_or_else(|_| Err("the build's thread panicked".into())))
    });
    match (parts, built) {
        (Ok(parts), Ok(())) => Ok(parts),
        (parts, built) => {
            let failure = first_failure([parts.map(|_| ()), built]);
            Err(failure.err().unwrap_or(Failure::Interrupted))
        }
    }
}

/// Starts the daemons, some pools with several processes, and waits until all can work.
///
/// # Errors
/// One does not become ready.
pub fn start_daemons(launch: &Launch<'_>, extra: &[(String, String)], fleet: &mut Fleet) -> Outcome {
    let task = Group::default().task("daemons");
    for name in daemons::all() {
        fleet.push(launch.daemon(name, name)?);
        for (_, instance) in extra.iter().filter(|(pool, _)| pool == name) {
            fleet.push(launch.daemon(name, instance)?);
        }
    }
    daemons::await_ready(fleet, launch.ports, &task)?;
    task.done("all ready");
    Ok(())
}

/// `cargo xtask parts`: Kafka, MongoDB and Redis until Ctrl-C.
///
/// # Errors
/// A part does not start, or ends on its own.
pub fn hold_parts(native: bool) -> Outcome {
    let plan = Plan::decide(native);
    let ports = Ports::development();
    ensure_free(&ports, plan.listeners().into_iter())?;
    let dir = WorkDir::fresh(paths::root().join(".demo/parts"))?;
    prerequisites::ensure(&prerequisites::needs(false, &plan), &dir)?;
    let mut parts = parts::start(&plan, &ports, &dir, &Group::default())?;
    for (name, value) in parts.environment() {
        term::out(&format!("export {name}='{value}'"));
    }
    hold(&mut Fleet::default(), &mut parts)
}

/// `cargo xtask up`: the parts and the daemons until Ctrl-C.
///
/// # Errors
/// Something does not start, or a part ends on its own.
pub fn hold_daemons(native: bool) -> Outcome {
    let plan = Plan::decide(native);
    let ports = Ports::development();
    ensure_free(&ports, plan.listeners().into_iter().chain(daemons::all()).chain(["api"]))?;
    let dir = WorkDir::fresh(paths::root().join(".demo/up"))?;
    let mut parts = parts_and_build(&plan, &ports, &dir, false)?;
    let mut fleet = Fleet::default();
    let environment = parts.environment().to_vec();
    let launch =
        Launch { ports: &ports, dir: &dir, binaries: paths::binaries(false), parts: &environment, simulated: false };
    start_daemons(&launch, &[], &mut fleet)?;
    term::out(&urls(&ports));
    hold(&mut fleet, &mut parts)
}

/// What to open in a browser.
pub fn urls(ports: &Ports) -> String {
    let api = ports.url("api");
    let mut lines = vec![format!("  {:<10} {api}/api/v1", "API"), format!("  {:<10} {api}/docs", "Swagger")];
    lines.push(format!("  {:<10} of each daemon:", "metrics"));
    lines.extend(daemons::all().map(|name| format!("    {name:<10} {}/metrics", ports.url(name))));
    lines.join("\n")
}

/// Stays up until Ctrl-C. A daemon that dies is reported and the rest goes on, as in production; a
/// dead part ends everything.
///
/// # Errors
/// A part ended.
pub fn hold(daemons: &mut Fleet, parts: &mut Parts) -> Outcome {
    term::line("up; Ctrl-C stops everything");
    while !interrupt::requested() {
        for (process, status) in daemons.take_ended() {
            term::error(&format!(
                "{}\n  the others stay up; Ctrl-C and start again to have it back",
                process.epitaph(status)
            ));
        }
        if let Some((process, status)) = parts.fleet.take_ended().first() {
            return Err(format!("{}\n  without it nothing works: stopping", process.epitaph(*status)).into());
        }
        interrupt::nap(Duration::from_millis(300));
    }
    term::line("stopping");
    Ok(())
}
