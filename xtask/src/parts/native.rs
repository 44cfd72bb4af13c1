//! The parts as processes of this machine.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use super::{Plan, kafka, mongo, redis};
use crate::failure::{Outcome, Trying, first_failure};
use crate::paths::WorkDir;
use crate::ports::Ports;
use crate::process::{Fleet, Process};
use crate::term::{Group, Task};

/// One kind of native part.
struct Native {
    name: &'static str,
    fetch: fn(&WorkDir, &Task) -> Outcome,
    command: fn(&Site) -> Outcome<Command>,
    start: fn(&Site, &WorkDir, &Task) -> Outcome<Process>,
}

const NATIVE: [Native; 3] = [
    Native { name: "kafka", fetch: kafka::fetch, command: kafka::command, start: kafka::start },
    Native { name: "mongod", fetch: mongo::fetch, command: mongo::command, start: mongo::start },
    Native { name: "redis", fetch: |_, _| Ok(()), command: redis::command, start: redis::start },
];

/// Where a native part keeps its data and listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its data folder.
    pub data: PathBuf,
    /// Where clients connect.
    pub port: u16,
    /// Where Kafka's controller listens; nobody else has one.
    pub controller: u16,
    /// Where Kafka serves those who come through a proxy, if anybody does.
    pub proxied: Option<Proxied>,
}

/// A second listener of Kafka's. It sends its clients to the address it advertises, so that has to be the proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxied {
    /// Where it listens.
    pub port: u16,
    /// Where its proxy listens.
    pub proxy: u16,
}

impl Site {
    fn of(part: &str, ports: &Ports, dir: &WorkDir) -> Self {
        let controller = ports.of("kafka-controller");
        Self { data: dir.data().join(part), port: ports.of(part), controller, proxied: None }
    }
}

/// Whether there is a part of that name.
pub fn is_part(name: &str) -> bool {
    NATIVE.iter().any(|part| part.name == name)
}

/// Sees to it that every native part can be started without a download.
///
/// # Errors
/// A download fails.
pub fn fetch(dir: &WorkDir) -> Outcome {
    NATIVE.iter().try_for_each(|part| (part.fetch)(dir, &Group::default().task(part.name)))
}

/// Becomes the part: the process that called this is then the server itself, and may be killed as such. Started again on
/// the same site, it goes on with what it had.
///
/// # Errors
/// It cannot be started; otherwise this does not return.
pub fn become_one(name: &str, site: &Site) -> Outcome {
    let part = NATIVE.iter().find(|part| part.name == name).ok_or("no such part").trying(format!("start {name}"))?;
    let error = (part.command)(site)?.exec();
    Err(error).trying(format!("start {name}"))
}

/// Starts the native parts of a plan, side by side.
///
/// # Errors
/// One does not come up (with the end of its log).
pub fn start(plan: &Plan, ports: &Ports, dir: &WorkDir, group: &Group, fleet: &mut Fleet) -> Outcome {
    let outcomes: Vec<Outcome<Process>> = thread::scope(|scope| {
        let running: Vec<_> = NATIVE
            .iter()
            .filter(|part| plan.native(part.name))
            .map(|part| scope.spawn(move || start_one(part, &Site::of(part.name, ports, dir), dir, group)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a part's starter panicked".into())))
            .collect()
    });
    first_failure(outcomes.into_iter().map(|outcome| outcome.map(|process| fleet.push(process))))
}

fn start_one(part: &Native, site: &Site, dir: &WorkDir, group: &Group) -> Outcome<Process> {
    let task = group.task(part.name);
    let process = group.watch((part.start)(site, dir, &task))?;
    task.done(&format!("ready on 127.0.0.1:{}", site.port));
    Ok(process)
}
