//! One child process: its group, its log, its end.

use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::guardian;

/// How a process ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// How long it took from when the question was asked.
    pub after: Duration,
}

/// What a process can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Terminate,
    Stop,
    Continue,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
        }
    }
}

/// A child process; dropping it kills it.
pub(crate) struct Process {
    name: String,
    command: Command,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts a process that logs into the folder.
    pub(crate) fn start(name: &str, mut command: Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        command.process_group(0).stdin(Stdio::null());
        let child = spawn(name, &mut command, &log);
        Self { name: name.to_owned(), command, log, child }
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        guardian::forget(self.child.id());
    }

    /// Starts it again; the log goes on.
    pub(crate) fn start_again(&mut self) {
        assert!(self.try_ended().is_some(), "{} still runs", self.name);
        guardian::forget(self.child.id());
        self.child = spawn(&self.name, &mut self.command, &self.log);
    }

    /// Sets a variable for when it is started again.
    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.command.env(variable, value);
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let line = format!("kill -s {} {}", signal.name(), self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("sh starts");
        assert!(sent.success(), "{} gets no {}", self.name, signal.name());
    }

    /// How it ended, if it has.
    pub(crate) fn try_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(12)..].iter().map(|line| format!("    {line}\n"));
        format!("  {}:\n{}", self.name, end.collect::<String>())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(name: &str, command: &mut Command, log: &Path) -> Child {
    let file = OpenOptions::new().create(true).append(true).open(log).expect("a log file");
    command.stdout(file.try_clone().expect("the log again")).stderr(file);
    let program = command.get_program().to_owned();
    let child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {}: {error}; run `cargo xtask test`", program.display()));
    guardian::watch(child.id());
    child
}
