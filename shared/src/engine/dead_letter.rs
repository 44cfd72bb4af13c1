//! Dead letters: what makes no sense and never will goes to `<inbox>.dead`, with why, where it was and how often it was
//! tried, so that an operator can look at it, mend the cause and send it again.

use metrics::counter;

use super::Refusal;
use crate::{
    kafka::{PublishError, Publisher, Received},
    time::Timestamp,
};

/// The topic of an inbox's dead letters.
#[must_use]
pub fn topic_of(inbox: &str) -> String {
    format!("{inbox}.dead")
}

/// Appends a record to the dead letters of its inbox, payload and key untouched.
pub(super) async fn send(
    publisher: &Publisher,
    worker: &'static str,
    inbox: &str,
    record: &Received,
    refusal: &Refusal,
) -> Result<(), PublishError> {
    tracing::warn!(
        worker,
        partition = record.position.partition,
        offset = record.position.offset,
        code = %refusal.code,
        detail = refusal.detail,
        "dead letter"
    );
    counter!("engine_dead_letters_total", "worker" => worker, "code" => refusal.code.to_string()).increment(1);
    let headers = [
        ("dead-code", refusal.code.to_string()),
        ("dead-detail", refusal.detail.clone()),
        ("dead-origin", format!("{inbox}/{}/{}", record.position.partition, record.position.offset)),
        // A handler is a pure function: what it refuses once it refuses always, so it is asked once.
        ("dead-attempts", "1".to_owned()),
        ("dead-at", Timestamp::now().to_string()),
        (crate::trace::TRACEPARENT, record.traceparent.clone().unwrap_or_default()),
    ];
    publisher.publish_raw(&topic_of(inbox), &record.key, &record.payload, &headers).await
}
