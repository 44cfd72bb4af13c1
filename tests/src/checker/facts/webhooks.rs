//! What gateways and carriers posted.

/// One event with all its posts, from the sender's own book, and what came of it.
#[derive(Debug, Clone)]
pub struct GatewayEvent {
    /// The sender: `stripe`, `razorpay` or `carrier`.
    pub source: String,
    /// The sender's id of it.
    pub id: String,
    /// The sender's name of the event, for example `payment.captured`.
    pub kind: String,
    /// Every post of it that was answered or given up.
    pub posts: Vec<WebhookPost>,
    /// When each record about it was appended to an inbox, in Unix milliseconds; where the shop's clock may be shifted, when
    /// it was sent there.
    pub recorded: Vec<i64>,
    /// How many times an aggregate has taken it in.
    pub effects: usize,
}

/// One post of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct WebhookPost {
    /// When the answer was there, in Unix milliseconds.
    pub answered_at_ms: i64,
    /// The HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
}

/// A webhook that somebody else posted.
#[derive(Debug, Clone)]
pub struct Forgery {
    /// Whom it pretends to come from.
    pub source: String,
    /// The id that it gives its event.
    pub id: String,
    /// What is wrong with it.
    pub fault: &'static str,
    /// The HTTP status of the answer; `None` if there was none.
    pub status: Option<u16>,
    /// How many records about it stand in an inbox.
    pub recorded: usize,
}
