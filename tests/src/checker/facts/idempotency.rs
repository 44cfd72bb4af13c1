//! What was sent under one key.

/// Equal requests sent at once under one key, and what else was sent under it.
#[derive(Debug, Clone)]
pub struct Burst {
    /// The client's own name for the order, which stands in its address.
    pub reference: String,
    /// The answers to the equal requests.
    pub equal: Vec<Posted>,
    /// The client's own name for the other order that was asked for under the same key.
    pub other_reference: String,
    /// The answers to that.
    pub other_body: Vec<Posted>,
    /// The answers to the same key from another customer.
    pub other_user: Vec<Posted>,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// The body, byte for byte.
    pub body: String,
    /// The order that it names.
    pub order: Option<String>,
    /// The problem's code that it names.
    pub code: Option<String>,
}
