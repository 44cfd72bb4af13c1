//! The screen: whole lines, and below them one live line with what is going on.
//!
//! On a terminal the live line is redrawn in place; elsewhere (a CI log) it is printed now and then.
//! A closed pipe is not an error: the output is lost, the work goes on.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::interrupt;

/// How often the live line is redrawn on a terminal, and how often it is printed elsewhere.
const REDRAW: Duration = Duration::from_millis(150);
const REPEAT: Duration = Duration::from_secs(10);

struct Row {
    id: u64,
    name: String,
    text: String,
    since: Instant,
}

struct Screen {
    rows: Vec<Row>,
    next_id: u64,
    painted: bool,
}

static SCREEN: Mutex<Screen> = Mutex::new(Screen { rows: Vec::new(), next_id: 0, painted: false });

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread that keeps the live line fresh.
pub fn start() {
    let tty = std::io::stderr().is_terminal();
    let width = if tty { terminal_width() } else { usize::MAX };
    thread::spawn(move || {
        loop {
            thread::sleep(if tty { REDRAW } else { REPEAT });
            repaint(tty, width);
        }
    });
}

fn repaint(tty: bool, width: usize) {
    let mut screen = screen();
    if screen.rows.is_empty() {
        return;
    }
    let line = live_line(&screen.rows, width);
    let mut err = std::io::stderr().lock();
    let _ = if tty { write!(err, "\r\x1b[K{line}") } else { writeln!(err, "{line}") };
    screen.painted = tty;
}

fn live_line(rows: &[Row], width: usize) -> String {
    let texts: Vec<String> = rows
        .iter()
        .map(|row| {
            let seconds = row.since.elapsed().as_secs();
            format!("{} {seconds} s: {}", row.name, row.text)
        })
        .collect();
    // One column stays free: a terminal wraps when the last one is filled.
    let room = width.saturating_sub(1);
    format!("  … {}", texts.join(" · ")).chars().take(room).collect()
}

fn terminal_width() -> usize {
    let size = Command::new("stty").arg("size").stdin(Stdio::inherit()).output();
    size.ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|text| text.split_whitespace().nth(1)?.parse().ok())
        .filter(|columns| *columns > 20)
        .unwrap_or(80)
}

fn clear(screen: &mut Screen) {
    if std::mem::take(&mut screen.painted) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// Prints one line of progress (to stderr, like a compiler does).
pub fn line(text: &str) {
    let mut screen = screen();
    clear(&mut screen);
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints an error.
pub fn error(text: &str) {
    line(&format!("error: {text}"));
}

/// Prints a result (to stdout).
pub fn out(text: &str) {
    let mut screen = screen();
    clear(&mut screen);
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{text}");
    let _ = stdout.flush();
}

/// Takes the live line away, for a child that is about to write to the screen itself.
pub fn hide() {
    clear(&mut screen());
}

/// A duration the way a person says it: "8.2 s".
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Tasks that run side by side and give up together.
#[derive(Clone, Default)]
pub struct Group(Arc<AtomicBool>);

impl Group {
    /// Adds a task to the live line.
    pub fn task(&self, name: &str) -> Task {
        let mut screen = screen();
        let id = screen.next_id;
        screen.next_id += 1;
        screen.rows.push(Row { id, name: name.to_owned(), text: "starting".to_owned(), since: Instant::now() });
        Task { id, name: name.to_owned(), since: Instant::now(), given_up: Arc::clone(&self.0) }
    }

    /// Passes an outcome on; a failure makes the other tasks of the group give up.
    pub fn watch<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        if outcome.is_err() {
            self.0.store(true, Ordering::SeqCst);
        }
        outcome
    }
}

/// One entry of the live line; it leaves the line when dropped.
pub struct Task {
    id: u64,
    name: String,
    since: Instant,
    given_up: Arc<AtomicBool>,
}

impl Task {
    /// Changes what the live line says about this task.
    pub fn say(&self, text: &str) {
        if let Some(row) = screen().rows.iter_mut().find(|row| row.id == self.id) {
            text.clone_into(&mut row.text);
        }
    }

    /// Says something that a log without a live line should show too.
    pub fn announce(&self, text: &str) {
        self.say(text);
        line(&format!("  {:<10} {text}", self.name));
    }

    /// Ends the task with a whole line.
    pub fn done(self, text: &str) {
        line(&format!("  {:<10} {text} after {}", self.name, seconds(self.since.elapsed())));
    }

    /// Fails when the user, or a failed sibling, wants this task to give up.
    ///
    /// # Errors
    /// [`Failure::Interrupted`].
    pub fn check(&self) -> Outcome {
        interrupt::check()?;
        if self.given_up.load(Ordering::SeqCst) {
            return Err(Failure::Interrupted);
        }
        Ok(())
    }

    /// Waits a moment between two looks at something.
    ///
    /// # Errors
    /// As [`Task::check`].
    pub fn pause(&self) -> Outcome {
        interrupt::nap(Duration::from_millis(40));
        self.check()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        screen().rows.retain(|row| row.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_line_never_wraps() {
        let row = Row { id: 0, name: "build".to_owned(), text: "x".repeat(200), since: Instant::now() };
        assert_eq!(live_line(&[row], 80).chars().count(), 79);
    }

    #[test]
    fn a_failed_task_makes_its_siblings_give_up() {
        let group = Group::default();
        let task = group.task("kafka");
        assert!(task.check().is_ok());
        assert!(group.watch::<()>(Err("broken".into())).is_err());
        assert!(task.check().is_err());
    }
}
