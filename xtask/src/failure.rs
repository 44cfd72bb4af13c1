//! How a command of this tool ends when it does not end well.

use std::fmt::Display;

/// Why a command stopped early.
#[derive(Debug)]
pub enum Failure {
    /// One clear line (or a few, when the log of a part is quoted) that says what to do.
    Message(String),
    /// Ctrl-C or SIGTERM arrived, or a sibling task failed and this one was told to give up.
    Interrupted,
    /// A child has said everything already; only its exit code is passed on.
    Exit(u8),
}

/// The result of nearly everything in this tool.
pub type Outcome<T = ()> = Result<T, Failure>;

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

/// Puts what was being tried in front of an error that does not say it.
pub trait Trying<T> {
    /// Turns an error into "cannot `what`: error".
    fn trying(self, what: impl Display) -> Outcome<T>;
}

impl<T, E: Display> Trying<T> for Result<T, E> {
    fn trying(self, what: impl Display) -> Outcome<T> {
        self.map_err(|error| Failure::Message(format!("cannot {what}: {error}")))
    }
}

/// Of several outcomes the most telling failure: a message before an interruption.
pub fn first_failure(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    let mut interrupted = Ok(());
    for outcome in outcomes {
        match outcome {
            Ok(()) => {}
            Err(Failure::Interrupted) => interrupted = Err(Failure::Interrupted),
            telling => return telling,
        }
    }
    interrupted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_reported_and_not_the_interruption_it_led_to() {
        let outcome = first_failure([Err(Failure::Interrupted), Ok(()), Err("port".into())]);
        assert!(matches!(outcome, Err(Failure::Message(text)) if text == "port"));
    }
}
