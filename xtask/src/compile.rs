//! Builds with Cargo, its progress shown on the live line beside the parts that start meanwhile.

use std::env;
use std::fs;
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{ChildStderr, Command};
use std::sync::Mutex;
use std::thread;

use crate::failure::{Outcome, Trying};
use crate::paths;
use crate::process::{Output, Process};
use crate::term::{self, Task};

/// Cargo for this project, free of what the outer `cargo run` told this tool about itself.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(paths::root());
    for (name, _) in env::vars_os() {
        let own = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if name.to_str().is_some_and(|name| own.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// Builds every binary but this tool itself.
///
/// # Errors
/// The build fails; the compiler's messages have been printed.
pub fn build(task: &Task, release: bool, log: &Path) -> Outcome {
    let mut command = cargo(&["build", "--workspace", "--exclude", "xtask", "--bins"]);
    if release {
        command.arg("--release");
    }
    // Cargo shows its progress bar to a pipe only when told to.
    command
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120")
        .env("CARGO_TERM_COLOR", "never");
    task.announce(if release { "building (release)" } else { "building" });
    let mut process = Process::start("build", &command, Output::Piped)?;
    let stderr = process.take_stderr().ok_or("no pipe").trying("read from cargo")?;
    let messages = Mutex::new(String::new());
    let status = thread::scope(|scope| {
        let reader = scope.spawn(|| follow(stderr, task, &messages));
        let status = loop {
            if let Some(status) = process.ended() {
                break status;
            }
            if let Err(given_up) = task.pause() {
                drop(process);
                return Err(given_up);
            }
        };
        let _ = reader.join();
        Ok(status)
    })?;
    let messages = messages.into_inner().unwrap_or_default();
    let _ = fs::write(log, &messages);
    if status.success() {
        return Ok(());
    }
    term::line(&messages);
    Err(format!("the build failed ({status}); its messages are above and in {}", log.display()).into())
}

/// Reads Cargo's standard error: the bar goes to the live line, messages are kept.
fn follow(stderr: ChildStderr, task: &Task, messages: &Mutex<String>) {
    let mut line = Vec::new();
    for byte in BufReader::new(stderr).bytes() {
        let Ok(byte) = byte else { return };
        if byte != b'\r' && byte != b'\n' {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        line.clear();
        match read(&text) {
            Said::Progress(progress) => task.say(&progress),
            Said::Routine => {}
            Said::Message => {
                if let Ok(mut messages) = messages.lock() {
                    messages.push_str(&text);
                    messages.push('\n');
                }
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Progress(String),
    Routine,
    Message,
}

fn read(line: &str) -> Said {
    const ROUTINE: [&str; 9] =
        ["Compiling", "Downloaded", "Downloading", "Finished", "Fresh", "Dirty", "Updating", "Locking", "Adding"];
    // The bar is preceded by the escape sequence that clears its line.
    let text = line.trim_start_matches("\u{1b}[K").trim();
    if let Some(bar) = text.strip_prefix("Building [").and_then(|bar| bar.split_once("] ")) {
        return Said::Progress(bar.1.trim().to_owned());
    }
    if text.starts_with("Downloading ") && text.contains("remaining") {
        return Said::Progress(text.to_owned());
    }
    if text.starts_with("Blocking") {
        return Said::Progress("waiting for another cargo".to_owned());
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.is_empty() || ROUTINE.contains(&first) { Said::Routine } else { Said::Message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_goes_to_the_live_line_and_errors_are_kept() {
        let bar = read("    Building [=====>     ] 45/590: rdkafka-sys(build)");
        assert_eq!(bar, Said::Progress("45/590: rdkafka-sys(build)".to_owned()));
        assert_eq!(read("   Compiling tokio v1.54.1"), Said::Routine);
        assert_eq!(read("error[E0425]: cannot find value"), Said::Message);
        assert_eq!(read("  --> src/main.rs:1:1"), Said::Message);
    }
}
