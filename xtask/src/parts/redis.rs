//! Redis without Docker: Debian's `redis-server` as a pure cache.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use super::native::Site;
use crate::failure::{Outcome, Trying};
use crate::paths::WorkDir;
use crate::process::{Output, Process};
use crate::term::Task;

const LIMIT: Duration = Duration::from_secs(20);

/// Starts an empty server that never writes to disk, and waits until it answers.
///
/// # Errors
/// The server does not come up.
pub fn start(site: &Site, dir: &WorkDir, task: &Task) -> Outcome<Process> {
    let mut process = Process::start("redis", &command(site)?, Output::Log(&dir.log("redis")))?;
    let until = Instant::now() + LIMIT;
    while !answers_ping(site.port) {
        process.ensure_alive()?;
        if Instant::now() > until {
            return Err(format!("redis does not answer after {LIMIT:?}{}", process.last_words()).into());
        }
        task.pause()?;
    }
    Ok(process)
}

/// The server as a command; it writes to disk only when it is told to, and reads what it wrote when it starts.
///
/// # Errors
/// The data folder cannot be made.
pub fn command(site: &Site) -> Outcome<Command> {
    fs::create_dir_all(&site.data).trying(format!("create {}", site.data.display()))?;
    let mut command = Command::new("redis-server");
    command
        .args(["--port", &site.port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(&site.data);
    Ok(command)
}

fn answers_ping(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let limit = Duration::from_secs(1);
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"+PONG\r\n")
    };
    ask().unwrap_or(false)
}
