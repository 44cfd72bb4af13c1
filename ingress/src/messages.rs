//! Messages to people: by SMS and by e-mail, through one provider.

mod http;
mod outbox;

use futures::future::BoxFuture;
use secrecy::SecretString;
use serde::Serialize;
use shared::id::MessageId;

pub use http::HttpMessenger;
pub use outbox::Outbox;

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// A telephone: `+91` and ten digits.
    Phone(String),
    /// An e-mail address.
    Email(String),
}

impl Recipient {
    /// How it gets there.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Phone(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// Where to.
    #[must_use]
    pub fn address(&self) -> &str {
        match self {
            Self::Phone(address) | Self::Email(address) => address,
        }
    }
}

/// How a message gets to its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A short message.
    Sms,
    /// An e-mail.
    Email,
}

/// A message. What it says may be a secret, so it is in no log.
#[derive(Debug, Clone)]
pub struct Message {
    /// Sent again it has the same.
    pub id: MessageId,
    /// Whom it goes to.
    pub to: Recipient,
    /// What it is about; an SMS does without.
    pub subject: &'static str,
    /// What it says.
    pub text: SecretString,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It will not be.
    #[error("refused: {0}")]
    Refused(String),
    /// It may be, when it is sent again.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// Who takes messages to people.
pub trait Messenger: Send + Sync {
    /// Takes a message.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>>;
}

/// Where no provider is configured.
pub struct Nobody;

impl Messenger for Nobody {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        Box::pin(async { Err(NotSent::Refused("[ingress.messages] names no provider".to_owned())) })
    }
}
