//! `cargo xtask load`: a release build on free ports, under a fixed rate of orders.

use std::time::Duration;

use crate::daemons::{Launch, Pace};
use crate::demo;
use crate::failure::Outcome;
use crate::parts::Plan;
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::process::Fleet;
use crate::run;
use crate::stack::{self, Phases};
use crate::term;

/// The simulated customers pay this long after the payment was created.
const AUTO_PAY: Duration = Duration::from_millis(50);
/// Units of every part: more than any run sells, so that only the rate decides.
const STOCK: &str = "1000000";

/// With `--deliver`, a parcel takes each of its four steps after this time.
const PARCEL_STEP: Duration = Duration::from_millis(400);
/// Without it parcels are booked and stay where they are, as they would for a run of some minutes.
const PARCEL_REST: Duration = Duration::from_secs(24 * 3600);

/// Each partition is a request of its own to the broker, so a topic has no more of them than the largest pool has workers.
const PARTITIONS: &str = "SPAREPARTS_KAFKA__PARTITIONS";
const FEWEST_PARTITIONS: usize = 2;

/// Runs the load generator with `rest` as its options.
///
/// # Errors
/// Something does not start; the generator's exit code is passed on.
pub fn run(native: bool, deliver: bool, workers: &[(String, usize)], rest: &[String]) -> Outcome {
    let mut phases = Phases::start();
    let plan = Plan::decide(native);
    let mut ports = Ports::free()?;
    let extra = further_instances(workers, &mut ports)?;
    let dir = WorkDir::fresh(paths::root().join(".demo/load"))?;
    let parts = stack::parts_and_build(&plan, &ports, &dir, true)?;
    phases.end("parts and build");

    let environment = [parts.environment(), &[(PARTITIONS, partitions(workers))]].concat();
    let launch =
        Launch { ports: &ports, dir: &dir, binaries: paths::binaries(true), parts: &environment, simulated: true };
    let mut fleet = Fleet::default();
    let parcel_step = if deliver { PARCEL_STEP } else { PARCEL_REST };
    launch.simulators(&Pace { auto_pay: Some(AUTO_PAY), parcel_step }, &mut fleet)?;
    stack::start_daemons(&launch, &extra, &mut fleet)?;
    phases.end("daemons");
    demo::load_catalog(&launch, &["--stock", STOCK])?;
    phases.end("catalog");
    term::line(&phases.summary());

    let mut command = launch.command("load");
    let pids = [parts.fleet.pids(), fleet.pids()].concat();
    command.args(["--api", &ports.url("api"), "--pids", &pid_list(&pids)]).args(rest);
    let outcome = run::passing_its_code("load", &command);
    for (process, status) in fleet.take_ended() {
        term::error(&format!("during the run {}", process.epitaph(status)));
    }
    outcome
}

fn partitions(workers: &[(String, usize)]) -> String {
    workers.iter().map(|(_, size)| *size).fold(FEWEST_PARTITIONS, usize::max).to_string()
}

/// The pool and the name of each process beyond a pool's first, each with a port of its own.
fn further_instances(workers: &[(String, usize)], ports: &mut Ports) -> Outcome<Vec<(String, String)>> {
    let mut instances = Vec::new();
    for (pool, size) in workers {
        for number in 2..=*size {
            let instance = format!("{pool}-{number}");
            ports.add(&instance)?;
            instances.push((pool.clone(), instance));
        }
    }
    Ok(instances)
}

fn pid_list(pids: &[(String, u32)]) -> String {
    let pairs: Vec<String> = pids.iter().map(|(name, pid)| format!("{name}={pid}")).collect();
    pairs.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_of_three_has_two_further_processes() {
        let mut ports = Ports::free().unwrap();
        let extra = further_instances(&[("orders".to_owned(), 3)], &mut ports).unwrap();
        let names: Vec<&str> = extra.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["orders-2", "orders-3"]);
        assert_ne!(ports.of("orders-2"), ports.of("orders-3"));
    }
}
