//! Programs from PyPI that nobody here wrote, for the tests. They are only ever run as processes of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::failure::Outcome;
use crate::paths::WorkDir;
use crate::run;
use crate::term::Task;

/// A program in one version.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its name, for people and for Python.
    pub name: &'static str,
    version: &'static str,
    /// How much is downloaded, in megabytes.
    megabytes: u32,
    /// Whether it listens on IPv6 and IPv4 at once.
    needs_ipv6: bool,
    /// Where the tests look for the folder that it is in.
    pub variable: &'static str,
    /// The module of its tests.
    pub tests: &'static str,
}

/// A Stripe. It is under the GPL.
pub const LOCALSTRIPE: Program = Program {
    name: "localstripe",
    version: "1.15.10",
    megabytes: 3,
    needs_ipv6: true,
    variable: "LOCALSTRIPE_FOLDER",
    tests: "localstripe",
};
/// A client that tries whatever the API's description allows, and what it does not.
pub const SCHEMATHESIS: Program = Program {
    name: "schemathesis",
    version: "4.32.5",
    megabytes: 30,
    needs_ipv6: false,
    variable: "SCHEMATHESIS_FOLDER",
    tests: "schemathesis",
};
/// Makes a client of the API's description.
pub const OPENAPI_PYTHON_CLIENT: Program = Program {
    name: "openapi-python-client",
    version: "0.29.1",
    megabytes: 20,
    needs_ipv6: false,
    variable: "OPENAPI_PYTHON_CLIENT_FOLDER",
    tests: "generated_client",
};
/// All of them.
pub const PROGRAMS: [Program; 3] = [LOCALSTRIPE, SCHEMATHESIS, OPENAPI_PYTHON_CLIENT];

impl Program {
    /// Whether it can run here.
    pub fn can_run(self) -> bool {
        !self.needs_ipv6 || Path::new("/proc/net/if_inet6").exists()
    }

    /// The folder that Python finds it in.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn fetch(self, dir: &WorkDir, task: &Task) -> Outcome<PathBuf> {
        cache::ensure(&format!("{}-{}", self.name, self.version), |folder| self.install(folder, dir, task))
    }

    fn install(self, folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
        task.announce(&format!("installing {} with pip (about {} MB, kept)", self.name, self.megabytes));
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
        .arg(format!("{}=={}", self.name, self.version));
        run::quietly(task, "pip", &pip, &dir.log(self.name), || "installing".to_owned())
    }
}
