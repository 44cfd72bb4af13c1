//! The parts as containers, where a Docker engine answers.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::failure::Outcome;
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::run;
use crate::term::Task;

/// Whether containers can be started here.
pub fn engine_answers() -> bool {
    let limit = Duration::from_secs(10);
    let asked = |arguments: &[&str]| run::answer(Command::new("docker").args(arguments), limit).is_some();
    paths::find_program("docker".as_ref()).is_some()
        && asked(&["compose", "version"])
        && asked(&["info", "--format", "{{.ServerVersion}}"])
}

/// Running containers; dropping this removes them with their data.
pub struct Compose {
    project: String,
    ports: Vec<(&'static str, String)>,
}

impl Compose {
    /// Starts the named parts and waits until their health checks pass.
    ///
    /// # Errors
    /// A container does not become healthy.
    pub fn up(parts: &[&str], ports: &Ports, dir: &WorkDir, task: &Task) -> Outcome<Self> {
        let kafka = ports.of("kafka");
        let compose = Self {
            // One project per set of ports: a test beside a demo has its own containers.
            project: format!("spareparts-xtask-{kafka}"),
            ports: vec![
                ("KAFKA_PORT", kafka.to_string()),
                ("MONGO_PORT", ports.of("mongod").to_string()),
                ("REDIS_PORT", ports.of("redis").to_string()),
            ],
        };
        let services = parts.iter().map(|part| if *part == "mongod" { "mongo" } else { part });
        let mut up = compose.command();
        up.args(["up", "--detach", "--wait", "--wait-timeout", "180"]).args(services);
        let log = dir.log("docker-compose");
        run::quietly(task, "docker compose up", &up, &log, || "starting containers".to_owned())?;
        Ok(compose)
    }

    fn command(&self) -> Command {
        let file: PathBuf = paths::root().join("docker-compose.yml");
        let mut command = Command::new("docker");
        command.args(["compose", "--project-name", &self.project, "--file"]).arg(file);
        for (name, port) in &self.ports {
            command.env(name, port);
        }
        command
    }
}

impl Drop for Compose {
    fn drop(&mut self) {
        let mut down = self.command();
        down.args(["down", "--volumes", "--timeout", "5"]);
        // Its own process group: an impatient Ctrl-C does not leave containers behind.
        let _ = down.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}
