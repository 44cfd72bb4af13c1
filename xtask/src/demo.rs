//! `cargo xtask demo`: the whole system on this machine, and a few orders' journeys through it.

use std::time::Duration;

use crate::daemons::{self, Launch, Pace};
use crate::failure::{Failure, Outcome};
use crate::parts::Plan;
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::process::Fleet;
use crate::run;
use crate::stack::{self, Phases};
use crate::term::{self, Group};

/// Slow enough that each state of a parcel can be seen.
const PARCEL_STEP: Duration = Duration::from_millis(400);
const CATALOG: &str = "config/demo-catalog.json";
/// The demo's admin; the password is in the repository, so the account is only ever made by the demo.
const ADMIN: (&str, &str) = ("admin@spareparts.example", "correct horse battery");

/// Runs the demo, of a release build if that is to be measured; with `once` it ends after the orders.
///
/// # Errors
/// Something does not start, or a journey does not end as it should.
pub fn run(native: bool, once: bool, release: bool) -> Outcome {
    let mut phases = Phases::start();
    let plan = Plan::decide(native);
    let ports = Ports::development();
    let listeners = plan.listeners().into_iter().chain(daemons::all()).chain(daemons::simulators());
    stack::ensure_free(&ports, listeners.chain(["api"]))?;
    let dir = WorkDir::fresh(paths::root().join(".demo"))?;
    let mut parts = stack::parts_and_build(&plan, &ports, &dir, release)?;
    phases.end("parts and build");

    let environment = parts.environment().to_vec();
    let launch =
        Launch { ports: &ports, dir: &dir, binaries: paths::binaries(release), parts: &environment, simulated: true };
    let mut fleet = Fleet::default();
    launch.simulators(&Pace { auto_pay: None, parcel_step: PARCEL_STEP }, &mut fleet)?;
    stack::start_daemons(&launch, &[], &mut fleet)?;
    phases.end("daemons");
    load_catalog(&launch, &[])?;
    make_admin(&launch)?;
    phases.end("catalog");
    term::line(&format!("ready in {}", term::seconds(phases.total())));

    let shown = show_journeys(&launch);
    phases.end("journeys");
    term::line(&format!("\n{}", phases.summary()));
    if once {
        return shown;
    }
    match shown {
        Ok(()) => {}
        Err(Failure::Exit(_)) => term::error("not every journey ended as it should: see above, and the logs"),
        Err(failure) => return Err(failure),
    }
    term::out(&format!("\n{}\n  {:<10} {}", stack::urls(&ports), "logs", dir.logs().display()));
    term::out(&format!("  {:<10} {}, password {}", "admin", ADMIN.0, ADMIN.1));
    term::out(&format!("  {:<10} {}/_sim/messages, codes and all", "messages", ports.url("messages-sim")));
    stack::hold(&mut fleet, &mut parts)
}

/// Loads the demo's spare parts; doing it again changes nothing.
///
/// # Errors
/// The loader fails (with the end of its log).
pub fn load_catalog(launch: &Launch<'_>, options: &[&str]) -> Outcome {
    let task = Group::default().task("catalog");
    let mut command = launch.command("load-catalog");
    command.args(["--file", CATALOG]).args(options);
    let log = launch.dir.log("load-catalog");
    run::quietly(&task, "load-catalog", &command, &log, || format!("loading {CATALOG}"))?;
    task.done(&format!("loaded {CATALOG}"));
    Ok(())
}

/// Registers the demo's admin; doing it again changes nothing.
fn make_admin(launch: &Launch<'_>) -> Outcome {
    let task = Group::default().task("admin");
    let mut command = launch.command("make-admin");
    command.args(["--new", "Demo Admin", ADMIN.0]).env("ADMIN_PASSWORD", ADMIN.1);
    let log = launch.dir.log("make-admin");
    run::quietly(&task, "make-admin", &command, &log, || format!("registering {}", ADMIN.0))?;
    task.done(&format!("registered {}", ADMIN.0));
    Ok(())
}

fn show_journeys(launch: &Launch<'_>) -> Outcome {
    let mut command = launch.command("journeys");
    command
        .args(["--api", &launch.ports.url("api")])
        .args(["--stripe", &launch.ports.url("stripe-sim")])
        .args(["--razorpay", &launch.ports.url("razorpay-sim")])
        .arg("--invoice-dir")
        .arg(launch.dir.join("invoices"));
    run::passing_its_code("journeys", &command)
}
