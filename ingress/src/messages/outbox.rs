//! Messages on their way out of this process.
//!
//! They are kept in memory and not in a topic: a code in a topic would stand there in clear for as long as the broker keeps
//! it, and outlive its five minutes by days. What a message is worth is little, too: a customer who does not get one asks
//! for another. So the queue is bounded, and what does not fit or cannot be delivered is dropped and counted. Nobody waits
//! for it: how long the provider takes tells a client nothing, least of all whether anything was sent.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream::unfold};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Message, Messenger, NotSent};

/// Messages that wait; some hundred bytes each.
const MOST_WAITING: usize = 1_000;
const AT_ONCE: usize = 8;
const TRIES: u32 = 3;
/// One try. All of them together take less time than a code is good.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What is handed over here is sent, if at all, by itself.
#[derive(Clone)]
pub struct Outbox(Sender<Message>);

impl Outbox {
    /// An outbox that this messenger empties, as long as there is one who may put something in.
    #[must_use]
    pub fn new(messenger: Arc<dyn Messenger>) -> Self {
        let (sender, receiver) = channel(MOST_WAITING);
        tokio::spawn(empty(receiver, messenger));
        Self(sender)
    }

    /// Hands a message over; drops it where too many wait.
    pub fn put(&self, message: Message) {
        if self.0.try_send(message).is_err() {
            count("dropped");
            tracing::warn!("a message was dropped: too many wait");
        }
    }
}

async fn empty(receiver: Receiver<Message>, messenger: Arc<dyn Messenger>) {
    let next = async |mut receiver: Receiver<Message>| receiver.recv().await.map(|message| (message, receiver));
    let messages = unfold(receiver, next);
    messages.for_each_concurrent(AT_ONCE, |message| deliver(message, messenger.as_ref(), TRY_AGAIN)).await;
}

async fn deliver(message: Message, messenger: &dyn Messenger, try_again: Duration) {
    for attempt in 1..=TRIES {
        let late = || NotSent::NoAnswer("too late".to_owned());
        let answer =
            tokio::time::timeout(ANSWER_WITHIN, messenger.send(&message)).await.unwrap_or_else(|_| Err(late()));
        match answer {
            Ok(()) => return count("sent"),
            Err(NotSent::NoAnswer(_)) if attempt < TRIES => tokio::time::sleep(try_again).await,
            Err(why) => {
                count("failed");
                return tracing::warn!(message_id = %message.id, %why, "a message could not be sent");
            }
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("ingress_messages_total", "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::future::BoxFuture;
    use secrecy::SecretString;
    use shared::id::MessageId;

    use super::*;
    use crate::messages::Recipient;

    /// Gives its answers in turn, and then takes everything.
    #[derive(Default)]
    struct Moody {
        answers: Mutex<Vec<NotSent>>,
        asked: Mutex<Vec<MessageId>>,
    }

    impl Messenger for Moody {
        fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
            self.asked.lock().unwrap().push(message.id);
            let answer = self.answers.lock().unwrap().pop().map_or(Ok(()), Err);
            Box::pin(async { answer })
        }
    }

    async fn asked(answers: Vec<NotSent>) -> usize {
        let moody = Moody { answers: Mutex::new(answers), asked: Mutex::default() };
        let to = Recipient::Email("asha@example.in".to_owned());
        let message = Message { id: MessageId::generate(), to, subject: "", text: SecretString::from("1") };
        deliver(message.clone(), &moody, Duration::ZERO).await;
        let asked = moody.asked.lock().unwrap();
        assert!(asked.iter().all(|id| *id == message.id), "sent again it is the same message");
        asked.len()
    }

    #[tokio::test]
    async fn a_message_is_tried_again_until_it_is_taken_refused_or_tried_enough() {
        let (no_answer, refused) = (NotSent::NoAnswer(String::new()), NotSent::Refused(String::new()));
        assert_eq!(asked(vec![]).await, 1);
        assert_eq!(asked(vec![no_answer.clone()]).await, 2);
        assert_eq!(asked(vec![refused]).await, 1);
        assert_eq!(asked(vec![no_answer; 9]).await, 3);
    }

    #[tokio::test]
    async fn an_outbox_that_is_full_drops_and_holds_nobody_up() {
        let (sender, _receiver) = channel(1);
        let outbox = Outbox(sender);
        for _ in 0..3 {
            let to = Recipient::Phone("+919876543210".to_owned());
            outbox.put(Message { id: MessageId::generate(), to, subject: "", text: SecretString::from("1") });
        }
    }
}
