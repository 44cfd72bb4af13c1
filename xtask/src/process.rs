//! Child processes that never outlive this tool.
//!
//! Each child leads its own process group, so that Ctrl-C reaches this tool alone and the children
//! are ended in order. Where util-linux's `setpriv` is present the kernel sends them SIGTERM even if
//! this tool is killed with SIGKILL.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Outcome, Trying};
use crate::{interrupt, paths};

/// How long a child may take to end after SIGTERM before it gets SIGKILL.
const GRACE: Duration = Duration::from_secs(15);

/// Where a child's output goes.
pub enum Output<'a> {
    /// Into a file of its own.
    Log(&'a Path),
    /// To the screen.
    Screen,
    /// Standard error to us, standard output nowhere.
    Piped,
}

/// A running child; dropping it ends it.
pub struct Process {
    name: String,
    child: Child,
    log: Option<PathBuf>,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    /// The program is missing, or its log cannot be created.
    pub fn start(name: &str, command: &Command, output: Output<'_>) -> Outcome<Self> {
        let program = command.get_program();
        if paths::find_program(program).is_none() {
            return Err(format!("cannot start {name}: {} is missing", program.display()).into());
        }
        let mut wrapped = tethered(command);
        wrapped.process_group(0).stdin(Stdio::null());
        let log = redirect(&mut wrapped, output).trying(format!("open the log of {name}"))?;
        let child = spawn(wrapped).trying(format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// The name given at the start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operating system's id of the child.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Standard error of a child started with [`Output::Piped`].
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How the child ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Fails with the end of the child's log if the child is no longer running.
    ///
    /// # Errors
    /// The child has ended.
    pub fn ensure_alive(&mut self) -> Outcome {
        match self.ended() {
            None => Ok(()),
            Some(status) => Err(self.epitaph(status).into()),
        }
    }

    /// One line on how the child ended, and the end of its log.
    pub fn epitaph(&self, status: ExitStatus) -> String {
        format!("{} ended ({status}){}", self.name, self.last_words())
    }

    /// The end of the child's log, led in by where the whole of it is.
    pub fn last_words(&self) -> String {
        let Some(log) = &self.log else {
            return String::new();
        };
        format!("; the end of {}:\n{}", log.display(), tail(log, 12))
    }

    fn signal(&self, signal: &str) {
        let group = format!("kill -s {signal} -- -{}", self.pid());
        let _ = Command::new("sh").args(["-c", &group]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        stop_together(std::slice::from_mut(self));
    }
}

/// Children that end together, the last started first.
#[derive(Default)]
pub struct Fleet(Vec<Process>);

impl Fleet {
    /// Takes a child in.
    pub fn push(&mut self, process: Process) {
        self.0.push(process);
    }

    /// The children, in the order of their start.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Process> {
        self.0.iter_mut()
    }

    /// Name and pid of every child.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.0.iter().map(|process| (process.name.clone(), process.pid())).collect()
    }

    /// Takes the children out that have ended, with how.
    pub fn take_ended(&mut self) -> Vec<(Process, ExitStatus)> {
        let mut ended = Vec::new();
        let mut at = 0;
        while at < self.0.len() {
            match self.0[at].ended() {
                Some(status) => ended.push((self.0.remove(at), status)),
                None => at += 1,
            }
        }
        ended
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        stop_together(&mut self.0);
    }
}

fn stop_together(processes: &mut [Process]) {
    for process in processes.iter_mut().rev() {
        if process.ended().is_none() {
            process.signal("TERM");
        }
    }
    let limit = Instant::now() + GRACE;
    while Instant::now() < limit && !interrupt::impatient() {
        if processes.iter_mut().all(|process| process.ended().is_some()) {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    for process in processes {
        if process.ended().is_none() {
            process.signal("KILL");
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }
}

fn redirect(command: &mut Command, output: Output<'_>) -> io::Result<Option<PathBuf>> {
    match output {
        Output::Screen => Ok(None),
        Output::Piped => {
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            Ok(None)
        }
        Output::Log(path) => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file = File::create(path)?;
            command.stdout(file.try_clone()?).stderr(file);
            Ok(Some(path.to_owned()))
        }
    }
}

/// The same command under `setpriv --pdeathsig`, where that exists.
fn tethered(command: &Command) -> Command {
    static SETPRIV: LazyLock<bool> = LazyLock::new(|| paths::find_program("setpriv".as_ref()).is_some());
    let mut wrapped = if *SETPRIV {
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--pdeathsig", "TERM", "--"]).arg(command.get_program());
        setpriv
    } else {
        Command::new(command.get_program())
    };
    wrapped.args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(key, value),
            None => wrapped.env_remove(key),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

type Order = (Command, Sender<io::Result<Child>>);

/// Spawns on one thread that lives as long as this tool: the kernel ties the death signal to the
/// thread that spawned, and the threads that prepare the parts end long before the parts do.
fn spawn(command: Command) -> io::Result<Child> {
    static SPAWNER: LazyLock<Sender<Order>> = LazyLock::new(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, reply) in inbox {
                let _ = reply.send(command.spawn());
            }
        });
        orders
    });
    let (reply, answer) = mpsc::channel();
    SPAWNER.send((command, reply)).map_err(io::Error::other)?;
    answer.recv().map_err(io::Error::other)?
}

/// The last lines of a file, indented.
pub fn tail(path: &Path, lines: usize) -> String {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = all.len().saturating_sub(lines);
    all[from..].iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("script", &command, Output::Piped).unwrap()
    }

    #[test]
    fn a_dropped_child_is_gone() {
        let process = shell("sleep 60");
        let pid = process.pid();
        drop(process);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[test]
    fn a_child_that_ended_is_taken_out_of_the_fleet() {
        let mut fleet = Fleet::default();
        fleet.push(shell("exit 3"));
        fleet.push(shell("sleep 60"));
        let limit = Instant::now() + Duration::from_secs(10);
        let ended = loop {
            let ended = fleet.take_ended();
            if !ended.is_empty() || Instant::now() > limit {
                break ended;
            }
            thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(ended[0].1.code(), Some(3));
        assert_eq!(fleet.pids().len(), 1);
    }

    #[test]
    fn a_missing_program_is_named() {
        let command = Command::new("no-such-program-here");
        let error = Process::start("broker", &command, Output::Piped).err().unwrap();
        assert!(format!("{error:?}").contains("no-such-program-here is missing"));
    }
}
