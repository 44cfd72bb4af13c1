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

/// A record as large as the broker takes has no room left for the headers of a dead letter. Nothing of ours comes near
/// it; what does is cut, and `dead-bytes` tells how long it was.
const MOST_BYTES: usize = 900_000;

/// Appends a record to the dead letters of its inbox, key untouched and payload too unless it is enormous.
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
        ("dead-bytes", record.payload.len().to_string()),
        ("dead-at", Timestamp::now().to_string()),
        (crate::trace::TRACEPARENT, record.traceparent.clone().unwrap_or_default()),
    ];
    let kept = record.payload.len().min(MOST_BYTES);
    publisher.publish_raw(&topic_of(inbox), &record.key, &record.payload[..kept], &headers).await
}
