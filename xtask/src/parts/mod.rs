//! The three parts the system stands on: given by URL, from Docker Compose, or native.

mod compose;
mod kafka;
mod kafka_wire;
mod mongo;
mod mongo_wire;
mod native;
mod redis;

use std::env;

use crate::failure::Outcome;
use crate::paths::WorkDir;
use crate::ports::{self, Ports};
use crate::process::Fleet;
use crate::term::Group;

use compose::Compose;
pub use native::{Proxied, Site, become_one, fetch, is_part};

/// Name of each part and the variable that, when set, wins over starting it.
const PARTS: [(&str, &str); 3] =
    [("kafka", "SPAREPARTS_KAFKA__BROKERS"), ("mongod", "SPAREPARTS_MONGO__URI"), ("redis", "SPAREPARTS_REDIS__URL")];

/// Where one part comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Given(String),
    Docker,
    Native,
}

/// Where each part comes from.
pub struct Plan(Vec<(&'static str, &'static str, Source)>);

impl Plan {
    /// Decides from the environment and from whether a Docker engine answers.
    pub fn decide(force_native: bool) -> Self {
        let given: Vec<Option<String>> =
            PARTS.iter().map(|(_, variable)| env::var(variable).ok().filter(|url| !url.is_empty())).collect();
        let all_given = given.iter().all(Option::is_some);
        let docker = !force_native && !all_given && compose::engine_answers();
        let rows = PARTS.iter().zip(given).map(|((name, variable), url)| {
            let source = match url {
                Some(url) => Source::Given(url),
                None if docker => Source::Docker,
                None => Source::Native,
            };
            (*name, *variable, source)
        });
        Self(rows.collect())
    }

    /// Every part natively, whatever the environment and Docker offer: for a run that kills its parts.
    pub fn native_only() -> Self {
        Self(PARTS.map(|(name, variable)| (name, variable, Source::Native)).to_vec())
    }

    /// Whether this tool runs the part itself.
    pub fn native(&self, part: &str) -> bool {
        self.0.iter().any(|(name, _, source)| *name == part && *source == Source::Native)
    }

    /// The names whose ports have to be free for the parts that are started.
    pub fn listeners(&self) -> Vec<&'static str> {
        let started = self.0.iter().filter(|(_, _, source)| !matches!(source, Source::Given(_)));
        let mut names: Vec<&str> = started.map(|(name, _, _)| *name).collect();
        if self.native("kafka") {
            names.push("kafka-controller");
        }
        names
    }

    /// One word on each part, for `doctor`.
    pub fn describe(&self) -> Vec<String> {
        let word = |source: &Source| match source {
            Source::Given(url) => format!("given: {url}"),
            Source::Docker => "by Docker Compose".to_owned(),
            Source::Native => "native".to_owned(),
        };
        self.0.iter().map(|(name, _, source)| format!("{name:<10} {}", word(source))).collect()
    }

    fn in_docker(&self) -> Vec<&'static str> {
        let docker = self.0.iter().filter(|(_, _, source)| *source == Source::Docker);
        docker.map(|(name, _, _)| *name).collect()
    }
}

/// The running parts; dropping this stops those that were started here.
pub struct Parts {
    urls: Vec<(&'static str, String)>,
    /// The native ones.
    pub fleet: Fleet,
    _compose: Option<Compose>,
}

impl Parts {
    /// The variables that lead everything else to the parts.
    pub fn environment(&self) -> &[(&'static str, String)] {
        &self.urls
    }
}

/// Starts what the plan says, side by side, and waits until all of it works.
///
/// # Errors
/// A part does not come up (with the end of its log), or a given URL leads nowhere.
pub fn start(plan: &Plan, ports: &Ports, dir: &WorkDir, group: &Group) -> Outcome<Parts> {
    let urls = plan.0.iter().map(|(name, variable, source)| (*variable, url(name, source, ports)));
    let mut parts = Parts { urls: urls.collect(), fleet: Fleet::default(), _compose: None };
    for (name, variable, source) in &plan.0 {
        if let Source::Given(url) = source {
            check_given(name, variable, url)?;
        }
    }
    let docker = plan.in_docker();
    if !docker.is_empty() {
        parts._compose = Some(group.watch(Compose::up(&docker, ports, dir, &group.task("docker")))?);
    }
    native::start(plan, ports, dir, group, &mut parts.fleet)?;
    Ok(parts)
}

fn url(name: &str, source: &Source, ports: &Ports) -> String {
    let address = ports.address(name);
    match (source, name) {
        (Source::Given(url), _) => url.clone(),
        (_, "kafka") => address,
        // The member of the containers' replica set goes by a name that only they can resolve.
        (Source::Docker, "mongod") => format!("mongodb://{address}/?directConnection=true"),
        (Source::Native, "mongod") => format!("mongodb://{address}/?replicaSet=rs0"),
        _ => format!("redis://{address}"),
    }
}

fn check_given(name: &str, variable: &str, url: &str) -> Outcome {
    let hosts = hosts(url);
    if hosts.is_empty() || hosts.iter().any(|host| ports::answers(host)) {
        return Ok(());
    }
    Err(format!("{variable} points at {}, where no {name} answers: start it, or unset the variable", hosts.join(","))
        .into())
}

/// The `host:port` pairs of a URL or broker list; none where the ports are not written out.
fn hosts(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let written_out = |host: &&str| host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    hosts.split(',').filter(written_out).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_of_each_kind_of_url_are_found() {
        assert_eq!(hosts("a:9092,b:9093"), ["a:9092", "b:9093"]);
        assert_eq!(hosts("mongodb://u:p@db:27017/?replicaSet=rs0"), ["db:27017"]);
        assert_eq!(hosts("redis://127.0.0.1:6379/0"), ["127.0.0.1:6379"]);
        assert!(hosts("mongodb+srv://cluster.example/").is_empty());
    }
}
