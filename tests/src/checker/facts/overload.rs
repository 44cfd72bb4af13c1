//! What was measured at and above capacity.

/// Two runs of the same shop: at the most it can do, and far above.
#[derive(Debug, Clone)]
pub struct Overload {
    /// The run at capacity.
    pub peak: Window,
    /// The run above it.
    pub above: Window,
    /// The memory of each process in both runs.
    pub memory: Vec<Memory>,
}

/// What was offered in a span of time and what became of it.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// How long it was, in seconds.
    pub seconds: f64,
    /// How many requests were offered.
    pub offered: u64,
    /// How many were answered 202.
    pub accepted: u64,
    /// How many of the accepted came through to their end (confirmed) within the window.
    pub completed: u64,
    /// Time from request to 202, in milliseconds: half of them took no longer.
    pub accepted_p50_ms: f64,
    /// The same for 99 of 100.
    pub accepted_p99_ms: f64,
    /// What was turned away, by answer.
    pub shed: Vec<Shed>,
    /// How many met another end: another status, or no answer.
    pub failed: u64,
}

/// Requests turned away with one kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shed {
    /// The HTTP status.
    pub status: u16,
    /// Whether it had a `Retry-After`.
    pub has_retry_after: bool,
    /// How many.
    pub count: u64,
}

/// The memory of a process, in bytes resident.
#[derive(Debug, Clone)]
pub struct Memory {
    /// The process.
    pub process: String,
    /// The most it had in the run at capacity.
    pub peak: u64,
    /// The most it had in the run above.
    pub above: u64,
}

impl Window {
    /// How many requests a second were offered.
    #[must_use]
    pub fn offered_rate(&self) -> f64 {
        rate(self.offered, self.seconds)
    }

    /// How many orders a second came through.
    #[must_use]
    pub fn goodput(&self) -> f64 {
        rate(self.completed, self.seconds)
    }

    /// How many were turned away.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.shed.iter().map(|shed| shed.count).sum()
    }
}

fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { count as f64 / seconds } else { 0.0 }
}
