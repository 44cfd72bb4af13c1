//! What comes of looking for one invariant.

use std::fmt;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The invariant that does not hold.
    pub invariant: &'static str,
    /// The order, part or number that it does not hold for.
    pub subject: String,
    /// What was found.
    pub found: String,
}

/// Whether one invariant holds, and how much that says.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The invariant, `I1` to `I11`.
    pub invariant: &'static str,
    /// What it promises, in a few words.
    pub promise: &'static str,
    /// What it was looked for in, and how many of each there were.
    pub looked_at: Vec<(&'static str, usize)>,
    /// Where it does not hold.
    pub violations: Vec<Violation>,
}

/// A verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds for everything that was looked at.
    Held,
    /// It does not.
    Broken,
    /// There was nothing to look at, which says nothing.
    NotLookedAt,
}

impl Verdict {
    /// The verdict in one word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.violations.is_empty(), self.looked_at.iter().all(|(_, count)| *count == 0)) {
            (false, _) => Outcome::Broken,
            (true, true) => Outcome::NotLookedAt,
            (true, false) => Outcome::Held,
        }
    }

    /// What it was looked for in, and how many of each there were, as text.
    #[must_use]
    pub fn counts(&self) -> String {
        let counts: Vec<String> = self.looked_at.iter().map(|(what, count)| format!("{count} {what}")).collect();
        counts.join(", ")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::NotLookedAt => "not looked at",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, promise, .. } = self;
        write!(f, "{invariant:<6}{:<15}{promise:<60}{}", self.outcome(), self.counts())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.invariant, self.subject, self.found)
    }
}

/// A verdict in the making.
pub(super) struct Report(Verdict);

impl Report {
    pub(super) const fn new(invariant: &'static str, promise: &'static str) -> Self {
        Self(Verdict { invariant, promise, looked_at: Vec::new(), violations: Vec::new() })
    }

    /// Notes how many of something were looked at.
    pub(super) fn looked_at(&mut self, what: &'static str, count: usize) {
        self.0.looked_at.push((what, count));
    }

    pub(super) fn add(&mut self, subject: impl Into<String>, found: impl Into<String>) {
        let (subject, found) = (subject.into(), found.into());
        self.0.violations.push(Violation { invariant: self.0.invariant, subject, found });
    }

    /// Notes what was found unless it holds.
    pub(super) fn require(&mut self, holds: bool, subject: &str, found: impl FnOnce() -> String) {
        if !holds {
            self.add(subject, found());
        }
    }

    pub(super) fn verdict(self) -> Verdict {
        self.0
    }
}
