//! The client's log: every attempt to place an order and what came of it, on disk before the next attempt is made. It
//! lives outside everything that a test kills.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::checker::{Answered, OrderLine, Request};

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The client's own name for the order.
    pub reference: String,
    /// What it asked for, ordered by part.
    pub lines: Vec<OrderLine>,
    /// When it was answered, in Unix milliseconds.
    pub at_ms: u64,
    /// What it was told.
    pub answer: Answered,
}

/// A log file, one JSON object a line.
pub struct ClientLog {
    path: PathBuf,
    file: Mutex<File>,
}

impl ClientLog {
    /// A log in this file; what stands in it already is kept.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(path).expect("the client's log");
        Self { path: path.to_owned(), file: Mutex::new(file) }
    }

    /// Notes an attempt.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn note(&self, reference: &str, lines: &[OrderLine], answer: Answered) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let attempt = Attempt { reference: reference.to_owned(), lines: lines.to_vec(), at_ms, answer };
        let mut line = serde_json::to_string(&attempt).expect("plain data");
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).expect("the client's log");
    }

    /// Everything that was noted, one entry per order.
    ///
    /// # Panics
    /// When the file cannot be read.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        let text = std::fs::read_to_string(&self.path).expect("the client's log");
        let mut requests: BTreeMap<String, Request> = BTreeMap::new();
        for line in text.lines() {
            let attempt: Attempt = serde_json::from_str(line).expect("a line of the client's log");
            let Attempt { reference, lines, answer, .. } = attempt;
            let new = || Request { reference: reference.clone(), lines, answers: Vec::new() };
            requests.entry(reference.clone()).or_insert_with(new).answers.push(answer);
        }
        requests.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_of_one_order_are_one_request() {
        let path = std::env::temp_dir().join(format!("client-log-{}.jsonl", std::process::id()));
        let log = ClientLog::open(&path);
        let lines = [OrderLine { sku: "PADS".to_owned(), quantity: 1 }];
        log.note("a", &lines, Answered::Unknown("503".to_owned()));
        log.note("b", &lines, Answered::Refused(422));
        log.note("a", &lines, Answered::Accepted("1".to_owned()));
        let requests = ClientLog::open(&path).requests();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].answers.len(), 2);
        assert_eq!(requests[1].answers, [Answered::Refused(422)]);
    }
}
