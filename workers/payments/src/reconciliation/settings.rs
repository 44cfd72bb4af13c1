//! The section `[payments.reconciliation]`.

use std::time::Duration;

use serde::Deserialize;

/// When and how far back books are compared. All in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often; 0 for never by itself.
    pub interval_seconds: u64,
    /// How far back each time.
    pub look_back_seconds: u64,
    /// How long a payment may be under way before our books must agree with the gateway's. Longer than an order waits for
    /// payment.
    pub grace_seconds: u64,
    /// How long Razorpay takes to settle what was paid, weekends and holidays included.
    pub settlement_seconds: u64,
    /// How much is compared at once: what is paid within this time is held in memory.
    pub window_seconds: u64,
    /// How long a run that says nothing keeps others from taking it over.
    pub lease_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval_seconds: 3_600,
            look_back_seconds: 3 * 86_400,
            grace_seconds: 3_600,
            settlement_seconds: 5 * 86_400,
            window_seconds: 3_600,
            lease_seconds: 120,
        }
    }
}

impl Settings {
    /// The keys that must not be zero, with their values.
    #[must_use]
    pub const fn waits(&self) -> [(&'static str, u64); 3] {
        [
            ("reconciliation.look_back_seconds", self.look_back_seconds),
            ("reconciliation.window_seconds", self.window_seconds),
            ("reconciliation.lease_seconds", self.lease_seconds),
        ]
    }

    /// How long a payment may be under way.
    #[must_use]
    pub const fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_seconds)
    }

    /// How much is compared at once.
    #[must_use]
    pub const fn window(&self) -> Duration {
        Duration::from_secs(self.window_seconds)
    }

    /// How long Razorpay takes to settle.
    #[must_use]
    pub const fn settlement(&self) -> Duration {
        Duration::from_secs(self.settlement_seconds)
    }

    /// How long a run that says nothing keeps others away.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }
}
