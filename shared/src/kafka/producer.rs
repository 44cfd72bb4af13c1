//! The library's producer with a thread that hands out what the broker says.
//!
//! The library's own thread looks every 100 ms and spins through the last of them, which costs each idle producer one
//! hundredth of a core, and it makes a channel for every message. Here the thread sleeps until there is something, and a
//! batch is awaited as a whole.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext,
    error::KafkaError,
    message::DeliveryResult,
    producer::{BaseProducer, ProducerContext},
};
use tokio::sync::Notify;

/// How long the thread waits at most before it looks whether it is still needed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A producer whose acknowledgements are attended to.
pub(super) struct PolledProducer {
    pub(super) client: Arc<BaseProducer<Attendant>>,
    is_over: Arc<AtomicBool>,
}

/// Passes each acknowledgement on to the batch that waits for it.
pub(super) struct Attendant;

/// The acknowledgements that one batch waits for.
pub(super) struct Acknowledgements {
    missing: AtomicUsize,
    first_failure: OnceLock<String>,
    complete: Notify,
}

impl PolledProducer {
    pub(super) fn start(config: &ClientConfig) -> Result<Self, KafkaError> {
        let client: Arc<BaseProducer<Attendant>> = Arc::new(config.create_with_context(Attendant)?);
        let is_over = Arc::new(AtomicBool::new(false));
        let (polled, over) = (Arc::clone(&client), Arc::clone(&is_over));
        let polling = move || {
            while !over.load(Ordering::Relaxed) {
                polled.poll(LOOK_AGAIN);
            }
        };
        thread::Builder::new()
            .name("kafka-producer".to_owned())
            .spawn(polling)
            .map_err(|error| KafkaError::ClientCreation(format!("no thread: {error}")))?;
        Ok(Self { client, is_over })
    }
}

impl Drop for PolledProducer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

impl ClientContext for Attendant {}

impl ProducerContext for Attendant {
    type DeliveryOpaque = Arc<Acknowledgements>;

    fn delivery(&self, outcome: &DeliveryResult<'_>, batch: Arc<Acknowledgements>) {
        batch.note(outcome.as_ref().err().map(|(error, _)| error.to_string()));
    }
}

impl Acknowledgements {
    pub(super) fn of(messages: usize) -> Arc<Self> {
        Arc::new(Self { missing: AtomicUsize::new(messages), first_failure: OnceLock::new(), complete: Notify::new() })
    }

    fn note(&self, failure: Option<String>) {
        if let Some(failure) = failure {
            self.first_failure.get_or_init(|| failure);
        }
        if self.missing.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.complete.notify_one();
        }
    }

    /// Waits until the fate of every message is known. Every message has one: at the latest its time-out.
    pub(super) async fn all(&self) -> Result<(), String> {
        while self.missing.load(Ordering::Acquire) > 0 {
            self.complete.notified().await;
        }
        self.first_failure.get().map_or(Ok(()), |failure| Err(failure.clone()))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_batch_is_acknowledged_with_its_last_message() {
        let batch = Acknowledgements::of(2);
        batch.note(None);
        assert!(batch.all().now_or_never().is_none());
        batch.note(None);
        assert_eq!(batch.all().now_or_never(), Some(Ok(())));
        assert_eq!(batch.all().now_or_never(), Some(Ok(())), "asked once more");
    }

    #[test]
    fn a_batch_fails_with_its_first_failure_and_not_before_all_is_known() {
        let batch = Acknowledgements::of(3);
        batch.note(Some("first".to_owned()));
        batch.note(Some("second".to_owned()));
        assert!(batch.all().now_or_never().is_none());
        batch.note(None);
        assert_eq!(batch.all().now_or_never(), Some(Err("first".to_owned())));
    }

    #[test]
    fn a_batch_of_nothing_waits_for_nothing() {
        assert_eq!(Acknowledgements::of(0).all().now_or_never(), Some(Ok(())));
    }
}
