//! `[ingress.admission]`

use std::time::Duration;

use serde::Deserialize;
use shared::config::ConfigError;

use super::refuse;
use crate::admission::{Limit, Load};

/// When new orders are refused, so that those which are taken keep their latency. Up to half of a bound nothing is, from
/// there on more and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdmissionSettings {
    /// The longest that an order may have to wait in the workers' inboxes, in seconds: beyond it none is taken, and on
    /// average three tenths of it are aimed at.
    pub longest_wait_seconds: u64,
    /// The most orders being taken at once: a bound of memory. Fewer are, as soon as they take longer than `order_ms`.
    pub orders_in_flight: usize,
    /// How long orders may take to be taken, on average, in milliseconds.
    pub order_ms: u64,
    /// How long one of them may take, in milliseconds: from half of it on some others are refused, beyond it all.
    pub oldest_order_ms: u64,
    /// Records that the broker has not acknowledged.
    pub appends: usize,
    /// Their payloads, in bytes.
    pub append_bytes: usize,
    /// How long the broker may take to acknowledge, in milliseconds.
    pub append_ms: u64,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        Self {
            longest_wait_seconds: 6,
            orders_in_flight: 512,
            order_ms: 100,
            oldest_order_ms: 1_500,
            appends: 2_048,
            append_bytes: 16 * 1024 * 1024,
            append_ms: 3_000,
        }
    }
}

impl AdmissionSettings {
    /// The bound of the producer's queue.
    #[must_use]
    pub const fn appending(&self) -> Load {
        Load { count: self.appends, bytes: self.append_bytes, oldest: Duration::from_millis(self.append_ms) }
    }

    /// The bound of the orders that are being taken.
    #[must_use]
    pub fn limit(&self) -> Limit {
        Limit::new(self.orders_in_flight, Duration::from_millis(self.order_ms))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !(1..=3_600).contains(&self.longest_wait_seconds) {
            return refuse("admission.longest_wait_seconds", "must be 1 to 3600");
        }
        if self.orders_in_flight == 0 || self.appends == 0 || self.append_bytes == 0 {
            return refuse("admission", "has a bound of 0: nothing would ever be taken");
        }
        if !(100..=10_000).contains(&self.append_ms) {
            return refuse("admission.append_ms", "must be 100 to 10000, when an append is given up");
        }
        if !(10..=10_000).contains(&self.order_ms) {
            return refuse("admission.order_ms", "must be 10 to 10000");
        }
        if !(100..=10_000).contains(&self.oldest_order_ms) {
            return refuse("admission.oldest_order_ms", "must be 100 to 10000");
        }
        Ok(())
    }
}
