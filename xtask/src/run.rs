//! Children that are waited for.

use std::path::Path;
use std::process::{Command, ExitStatus, Output as Captured, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::interrupt;
use crate::process::{Output, Process};
use crate::term::{self, Task};

/// Runs a tool with its output in a log; `status` feeds the live line while it runs.
///
/// # Errors
/// The tool fails (with the end of its log), or the task is told to give up.
pub fn quietly(task: &Task, name: &str, command: &Command, log: &Path, status: impl Fn() -> String) -> Outcome {
    let mut process = Process::start(name, command, Output::Log(log))?;
    let ended = loop {
        if let Some(ended) = process.ended() {
            break ended;
        }
        task.say(&status());
        task.pause()?;
    };
    if ended.success() { Ok(()) } else { Err(format!("{name} failed ({ended}){}", process.last_words()).into()) }
}

/// Runs a tool that writes to the screen itself.
///
/// # Errors
/// The tool cannot be started, or the user interrupts it.
pub fn on_screen(name: &str, command: &Command) -> Outcome<ExitStatus> {
    term::hide();
    let mut process = Process::start(name, command, Output::Screen)?;
    loop {
        if let Some(status) = process.ended() {
            return Ok(status);
        }
        interrupt::check()?;
        interrupt::nap(Duration::from_millis(40));
    }
}

/// As [`on_screen`]; anything but success becomes this tool's own exit code.
///
/// # Errors
/// [`Failure::Exit`] with the tool's code, besides those of [`on_screen`].
pub fn passing_its_code(name: &str, command: &Command) -> Outcome {
    let status = on_screen(name, command)?;
    if status.success() {
        return Ok(());
    }
    if status.code().is_none() {
        term::error(&format!("{name} ended ({status})"));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure::Exit(code.unwrap_or(1)))
}

/// What a quick question to a tool answers; `None` if it is missing, fails or takes too long.
pub fn answer(command: &mut Command, limit: Duration) -> Option<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()?;
    let until = Instant::now() + limit;
    while child.try_wait().ok()?.is_none() {
        if Instant::now() > until || interrupt::requested() {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let Captured { status, stdout, stderr } = child.wait_with_output().ok()?;
    // `java -version` answers on standard error.
    let text = [stdout, stderr].concat();
    status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_hangs_has_no_answer() {
        let mut sleepy = Command::new("sleep");
        assert_eq!(answer(sleepy.arg("30"), Duration::from_millis(50)), None);
        let mut quick = Command::new("echo");
        let said = answer(quick.arg("yes"), Duration::from_secs(5));
        assert_eq!(said.as_deref(), Some("yes\n"));
    }
}
