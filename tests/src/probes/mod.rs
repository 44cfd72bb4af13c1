//! Doing to a shop, while it runs, what a sound client would not: what must not harm is tried, not assumed.

mod idempotency;
mod webhooks;

pub use idempotency::{IdempotencyProbe, REQUESTS_A_BURST};
pub use webhooks::WebhookProbe;
