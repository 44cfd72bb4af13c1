//! All messages of the run.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How many are kept: the demo may run for days.
const MOST_KEPT: usize = 10_000;

/// A message as it is posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) channel: Channel,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
}

/// How it gets to its recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Channel {
    Sms,
    Email,
}

/// A message that was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    #[serde(flatten)]
    pub(super) message: Message,
    pub(super) at_ms: i64,
    /// How often it was posted; it was delivered once.
    pub(super) posts: u64,
}

/// What becomes of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is delivered.
    Delivered,
    /// It was delivered before.
    Again,
    /// Another message has its id.
    Other,
}

/// Every message, in the order it came.
#[derive(Debug, Default)]
pub(super) struct Book {
    deliveries: Vec<Delivery>,
    by_id: HashMap<String, usize>,
}

impl Message {
    /// What is wrong with it.
    pub(super) fn fault(&self, key: Option<&str>) -> Option<&'static str> {
        let fits = match self.channel {
            Channel::Sms => self.to.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit())),
            Channel::Email => self.to.contains('@'),
        };
        match () {
            () if key != Some(self.id.as_str()) => Some("the Idempotency-Key is not the message's id"),
            () if !fits => Some("nobody of this channel has this address"),
            () if self.text.is_empty() => Some("the message says nothing"),
            () => None,
        }
    }
}

impl Book {
    /// Delivers a message, once.
    pub(super) fn take(&mut self, message: Message, at_ms: i64) -> Taken {
        match self.by_id.get(&message.id) {
            Some(position) if self.deliveries[*position].message == message => {
                self.deliveries[*position].posts += 1;
                Taken::Again
            }
            Some(_) => Taken::Other,
            None => {
                self.make_room();
                self.by_id.insert(message.id.clone(), self.deliveries.len());
                self.deliveries.push(Delivery { message, at_ms, posts: 1 });
                Taken::Delivered
            }
        }
    }

    /// Every message, the oldest first.
    pub(super) fn all(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// Forgets the older half of too many.
    fn make_room(&mut self) {
        if self.deliveries.len() < MOST_KEPT {
            return;
        }
        self.deliveries.drain(..MOST_KEPT / 2);
        let positions = self.deliveries.iter().enumerate();
        self.by_id = positions.map(|(position, delivery)| (delivery.message.id.clone(), position)).collect();
    }
}
