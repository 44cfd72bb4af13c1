//! `cargo xtask chaos`: orders while things break, judged afterwards.

use std::env;
use std::process::Command;

use crate::compile;
use crate::failure::{Outcome, Trying};
use crate::parts::{self, Plan};
use crate::paths::{self, WorkDir};
use crate::prerequisites;
use crate::run;
use crate::term::Group;

/// Builds, and lets the fault runner do the rest with `options`.
///
/// # Errors
/// Something is missing or does not build; the runner's exit code is passed on.
pub fn run(release: bool, options: &[String]) -> Outcome {
    let dir = folder()?;
    prerequisites::ensure(&prerequisites::needs(true, &Plan::native_only()), &dir)?;
    let task = Group::default().task("build");
    compile::build(&task, release, &dir.log("build"))?;
    task.done("built");
    start(release, &dir, options)
}

/// Where runs leave their logs.
///
/// # Errors
/// Another run uses it.
pub fn folder() -> Outcome<WorkDir> {
    WorkDir::fresh(paths::root().join(".demo/chaos"))
}

/// Runs the fault runner, which is built already. It starts and kills the parts itself, through this very program.
///
/// # Errors
/// A part cannot be had; the runner's exit code is passed on.
pub fn start(release: bool, dir: &WorkDir, options: &[String]) -> Outcome {
    parts::fetch(dir)?;
    let this = env::current_exe().trying("find this program")?;
    let mut command = Command::new(paths::binaries(release).join("chaos"));
    command.arg("--xtask").arg(this).arg("--folder").arg(dir.join("runs")).args(options).current_dir(paths::root());
    run::passing_its_code("chaos", &command)
}
