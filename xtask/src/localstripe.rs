//! A Stripe that nobody here wrote, for the tests: `localstripe` from PyPI. It is under the GPL and only ever run as a process
//! of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::failure::Outcome;
use crate::paths::WorkDir;
use crate::run;
use crate::term::Task;

const PACKAGE: &str = "localstripe==1.15.10";
const FOLDER: &str = "localstripe-1.15.10";

/// Whether it can run here: it listens on IPv6 and IPv4 at once.
pub fn can_run() -> bool {
    Path::new("/proc/net/if_inet6").exists()
}

/// The folder that Python finds it in.
///
/// # Errors
/// It cannot be had.
pub fn fetch(dir: &WorkDir, task: &Task) -> Outcome<PathBuf> {
    cache::ensure(FOLDER, |folder| install(folder, dir, task))
}

fn install(folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
    task.announce("installing localstripe with pip (about 3 MB, kept)");
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--progress-bar=off",
        "--target",
    ])
    .arg(folder)
    .arg(PACKAGE);
    run::quietly(task, "pip", &pip, &dir.log("localstripe"), || "installing".to_owned())
}
