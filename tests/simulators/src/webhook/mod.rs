//! Posting signed webhooks: queued, retried, and disturbed by the fault switches.

mod delivery;
mod posts;
mod queue;
mod sign;

pub use delivery::{Target, retry_after};
pub use posts::PostLine;
pub use queue::{Outbox, WebhookCounts};
pub use sign::{Signed, Signer};

/// Something that is posted to the shop.
///
/// The queue keeps this small description rather than its JSON, which is written anew, byte for byte the same, at
/// each attempt.
pub trait Event: Send + Sync + 'static {
    /// The id that stays the same over redeliveries.
    fn id(&self) -> &str;
    /// The sender's name of what happened.
    fn kind(&self) -> &'static str;
    /// The body to sign and post.
    fn body(&self) -> Vec<u8>;
    /// A header that carries the id, where the gateway has one.
    fn id_header(&self) -> Option<&'static str> {
        None
    }
}
