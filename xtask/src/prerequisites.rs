//! The system packages that have to be there before anything heavy starts: as root on Debian the
//! missing ones are installed, anyone else is told the one command to run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::failure::Outcome;
use crate::parts::Plan;
use crate::paths::{self, WorkDir};
use crate::run;
use crate::term::Group;

/// The oldest Java that Kafka 4 runs on.
const JAVA: u32 = 17;

/// One thing that is needed.
pub struct Need {
    /// What a person calls it.
    pub what: &'static str,
    /// Debian's packages, the first that this release knows is taken.
    packages: &'static [&'static str],
    present: fn() -> bool,
}

impl Need {
    /// Whether this machine has it.
    pub fn is_met(&self) -> bool {
        (self.present)()
    }
}

/// What a build needs: librdkafka's configure script insists on a C++ compiler.
const BUILD: [Need; 5] = [
    need("gcc", &["gcc"], || has("gcc")),
    need("g++", &["g++"], || has("g++") || has("clang++") || has("c++")),
    need("make", &["make"], || has("make") || has("gmake")),
    need("pkg-config", &["pkg-config"], || has("pkg-config")),
    need("zlib headers", &["zlib1g-dev"], zlib),
];

/// What the native broker needs.
const KAFKA: [Need; 2] = [
    need("Java 17 or newer", &["openjdk-17-jre-headless", "openjdk-21-jre-headless", "openjdk-25-jre-headless"], java),
    need("mvn", &["maven"], || has("mvn")),
];

/// What comes from PyPI needs this: the native database, and the Stripe that the tests run.
const PYTHON: [Need; 2] =
    [need("python3", &["python3"], || has("python3")), need("pip for python3", &["python3-pip"], pip)];

/// What the native database needs besides.
const MONGO: [Need; 1] = [need("libcurl 4", &["libcurl4", "libcurl4t64"], libcurl)];

const REDIS: [Need; 1] = [need("redis-server", &["redis-server"], || has("redis-server"))];

const fn need(what: &'static str, packages: &'static [&'static str], present: fn() -> bool) -> Need {
    Need { what, packages, present }
}

/// Everything that a run needs: to build, and to start the parts the plan starts natively.
pub fn needs(build: bool, plan: &Plan) -> Vec<&'static Need> {
    let mut needs: Vec<&Need> = Vec::new();
    if build {
        needs.extend(&BUILD);
    }
    if plan.native("kafka") {
        needs.extend(&KAFKA);
    }
    if plan.native("mongod") {
        needs.extend(&PYTHON);
        needs.extend(&MONGO);
    }
    if plan.native("redis") {
        needs.extend(&REDIS);
    }
    needs
}

/// Everything that the tests need.
pub fn needs_of_tests(plan: &Plan) -> Vec<&'static Need> {
    let mut needs = needs(true, plan);
    if !plan.native("mongod") {
        needs.extend(&PYTHON);
    }
    needs
}

/// Whether a Redis can be started without Docker.
pub fn has_redis() -> bool {
    REDIS.iter().all(Need::is_met)
}

/// Makes sure that everything is there.
///
/// # Errors
/// Something is missing that cannot be installed here; the message has the command to run.
pub fn ensure(needs: &[&Need], dir: &WorkDir) -> Outcome {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let names = names.join(", ");
    if paths::find_program("apt-get".as_ref()).is_none() {
        return Err(format!("missing: {names}; install them with this system's package manager").into());
    }
    if !is_root() {
        let packages = packages(&missing).join(" ");
        return Err(format!("missing: {names}; run: sudo apt-get install -y {packages}").into());
    }
    install(&missing, &names, dir)?;
    let still = self::missing(needs);
    match still.first() {
        None => Ok(()),
        Some(need) => Err(format!("{} is still not usable after its package was installed", need.what).into()),
    }
}

fn missing<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !need.is_met()).collect()
}

fn install(missing: &[&Need], names: &str, dir: &WorkDir) -> Outcome {
    let task = Group::default().task("packages");
    task.announce(&format!("installing {names}"));
    let log = dir.log("apt-get");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("-q").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let step = arguments.first().copied().unwrap_or_default().to_owned();
        run::quietly(&task, &format!("apt-get {step}"), &command, &log, || last_line(&log))
    };
    apt(&["update"])?;
    let packages = packages(missing);
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(&packages);
    apt(&arguments)?;
    if packages.contains(&"redis-server") {
        stop_redis_service();
    }
    task.done("installed");
    Ok(())
}

/// Debian starts the service on installation; it would hold the port and nobody asked for it.
fn stop_redis_service() {
    let limit = Duration::from_secs(20);
    let mut systemd = Command::new("systemctl");
    if run::answer(systemd.args(["disable", "--now", "redis-server"]), limit).is_none() {
        let _ = run::answer(Command::new("service").args(["redis-server", "stop"]), limit);
    }
}

/// The package names that this release of Debian or Ubuntu knows.
fn packages(missing: &[&Need]) -> Vec<&'static str> {
    missing.iter().filter_map(|need| choose(need.packages, apt_knows)).collect()
}

fn choose(packages: &[&'static str], known: impl Fn(&str) -> bool) -> Option<&'static str> {
    let first = packages.first().copied();
    if packages.len() < 2 {
        return first;
    }
    packages.iter().copied().find(|package| known(package)).or(first)
}

fn apt_knows(package: &str) -> bool {
    let limit = Duration::from_secs(10);
    let policy = run::answer(Command::new("apt-cache").args(["policy", package]), limit);
    policy.is_some_and(|text| text.contains("Candidate:") && !text.contains("Candidate: (none)"))
}

fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("apt-get");
    line.trim().chars().take(60).collect()
}

fn is_root() -> bool {
    let id = run::answer(Command::new("id").arg("-u"), Duration::from_secs(5));
    id.is_some_and(|id| id.trim() == "0")
}

fn has(program: &str) -> bool {
    paths::find_program(program.as_ref()).is_some()
}

fn zlib() -> bool {
    let asked = run::answer(Command::new("pkg-config").args(["--exists", "zlib"]), Duration::from_secs(5));
    asked.is_some() || Path::new("/usr/include/zlib.h").exists()
}

fn java() -> bool {
    let said = run::answer(Command::new("java").arg("-version"), Duration::from_secs(20));
    said.and_then(|text| java_release(&text)).is_some_and(|release| release >= JAVA)
}

/// 17 of `openjdk version "17.0.15" 2025-04-15`; the old scheme `1.8.0` gives 1, which is too old.
fn java_release(text: &str) -> Option<u32> {
    let version = text.split_once("version \"")?.1;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn pip() -> bool {
    let said = run::answer(Command::new("python3").args(["-m", "pip", "--version"]), Duration::from_secs(20));
    said.is_some()
}

fn libcurl() -> bool {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/lib/x86_64-linux-gnu"];
    folders.iter().any(|folder| Path::new(folder).join("libcurl.so.4").exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_java_is_read_in_both_schemes() {
        assert_eq!(java_release("openjdk version \"17.0.15\" 2025-04-15\n"), Some(17));
        assert_eq!(java_release("java version \"1.8.0_392\"\n"), Some(1));
        assert_eq!(java_release("openjdk version \"21\" 2023-09-19\n"), Some(21));
        assert_eq!(java_release("command not found"), None);
    }

    #[test]
    fn the_first_package_that_the_release_knows_is_taken() {
        let java: &[&'static str] = &["openjdk-17", "openjdk-21"];
        assert_eq!(choose(java, |name| name.ends_with("21")), Some("openjdk-21"));
        assert_eq!(choose(java, |_| false), Some("openjdk-17"));
    }
}
