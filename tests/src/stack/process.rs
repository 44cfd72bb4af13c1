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

/// A child process; dropping it kills it.
pub(super) struct Process {
    name: String,
    command: Command,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts a process that logs into the folder.
    pub(super) fn start(name: &str, mut command: Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        command.process_group(0).stdin(Stdio::null());
        let child = spawn(name, &mut command, &log);
        Self { name: name.to_owned(), command, log, child }
    }

    /// Kills it, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        guardian::forget(self.child.id());
    }

    /// Starts it again; the log goes on.
    pub(super) fn start_again(&mut self) {
        assert!(self.try_ended().is_some(), "{} still runs", self.name);
        guardian::forget(self.child.id());
        self.child = spawn(&self.name, &mut self.command, &self.log);
    }

    /// Sets a variable for when it is started again.
    pub(super) fn set(&mut self, variable: &str, value: &str) {
        self.command.env(variable, value);
    }

    /// Sends SIGTERM.
    pub(super) fn terminate(&self) {
        let line = format!("kill -s TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("sh starts");
        assert!(sent.success(), "{} cannot be told to stop", self.name);
    }

    /// How it ended, if it has.
    pub(super) fn try_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }

    /// The end of its log.
    pub(super) fn last_words(&self) -> String {
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
