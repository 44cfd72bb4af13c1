//! `[ingress.limits]`

use std::time::Duration;

use serde::Deserialize;

/// How much at once, and how long.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests being worked on at once; more are answered 503.
    pub in_flight: usize,
    /// Webhooks being worked on at once, counted apart so that customers cannot keep the gateways out.
    pub webhooks_in_flight: usize,
    /// Clients waiting for a status (`wait_for` and event streams) at once.
    pub waiters: usize,
    /// Statuses being read from the record at once, when the cache does not know them; more are answered 503.
    pub status_reads: usize,
    /// Passwords being hashed at once; each takes a core and 19 MiB.
    pub hashes: usize,
    /// Passwords waiting to be hashed.
    pub hashes_waiting: usize,
    /// Invoices being printed at once; each takes a core.
    pub prints: usize,
    /// Files that operators bring in at once; each takes half a megabyte.
    pub uploads: usize,
    /// The longest that bringing one in may take, in seconds.
    pub upload_seconds: u64,
    /// Operators who listen to how a file stands, at once.
    pub import_listeners: usize,
    /// Files of products, customers and the like being written at once; each takes a core, and a workbook room on the disk.
    pub exports: usize,
    /// The longest until such a file begins, in seconds: a workbook is written before any of it is sent.
    pub export_seconds: u64,
    /// Searches at once; each takes a core for a moment.
    pub searches: usize,
    /// Searches waiting for their turn.
    pub searches_waiting: usize,
    /// The longest a request may take, in seconds. Longer than the broker may take to acknowledge (10).
    pub request_seconds: u64,
    /// The longest an event stream lasts, in seconds, before the client connects again with a fresh token.
    pub stream_seconds: u64,
    /// How long requests may take to finish at shutdown, in seconds.
    pub drain_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 2_048,
            webhooks_in_flight: 1_024,
            waiters: 10_000,
            status_reads: 256,
            hashes: 2,
            hashes_waiting: 64,
            prints: 2,
            uploads: 8,
            upload_seconds: 600,
            import_listeners: 64,
            exports: 2,
            export_seconds: 600,
            searches: 2,
            searches_waiting: 256,
            request_seconds: 15,
            stream_seconds: 900,
            drain_seconds: 20,
        }
    }
}

impl Limits {
    /// The longest that bringing a file in may take.
    #[must_use]
    pub const fn upload(&self) -> Duration {
        Duration::from_secs(self.upload_seconds)
    }

    /// The longest a request may take.
    #[must_use]
    pub const fn request(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}
