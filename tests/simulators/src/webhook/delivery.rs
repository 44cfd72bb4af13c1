//! Posting what the queue yields, a bounded number at a time over connections kept alive.

use super::queue::Job;
use super::{Event, Outbox, Signer};
use crate::clock::unix_seconds;
use crate::serve::StartError;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::{Client, StatusCode, Url};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Posts under way at once.
const CONCURRENCY: usize = 64;

/// How long the shop may take to answer before the post counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pauses between attempts, about two minutes in all: the real gateways go on for days, a test run does not.
const PAUSES_MS: [u64; 10] = [200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000];

/// The pause before the attempt after this one, counted from zero; none once the gateway gives up.
pub fn retry_after(attempt: usize) -> Option<Duration> {
    PAUSES_MS.get(attempt).copied().map(Duration::from_millis)
}

/// Where webhooks go and who signs them.
#[derive(Clone, Debug)]
pub struct Target {
    client: Client,
    url: Url,
    signer: Signer,
}

impl Target {
    /// A target whose connections are kept alive.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn new(url: Url, signer: Signer) -> Result<Self, StartError> {
        // The shop is on this machine: a proxy from the environment would only be in the way.
        let client = Client::builder()
            .timeout(PATIENCE)
            .pool_max_idle_per_host(CONCURRENCY)
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        Ok(Self { client, url, signer })
    }

    /// Posts from the outbox for as long as the process lives.
    pub async fn deliver<E: Event>(self, outbox: Arc<Outbox<E>>) {
        let slots = Arc::new(Semaphore::new(CONCURRENCY));
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let job = outbox.next().await;
            let (target, outbox) = (self.clone(), Arc::clone(&outbox));
            tokio::spawn(async move {
                target.attempt(&outbox, job).await;
                drop(slot);
            });
        }
    }

    async fn attempt<E: Event>(&self, outbox: &Outbox<E>, job: Job<E>) {
        let status = self.post(job.event.as_ref()).await;
        outbox.note(&job, status.as_ref().ok().map(StatusCode::as_u16));
        if status.as_ref().is_ok_and(StatusCode::is_success) {
            return outbox.delivered();
        }
        let pause = retry_after(job.attempt);
        tracing::debug!(event = job.event.id(), attempt = job.attempt, ?status, ?pause, "webhook failed");
        outbox.failed(job, pause);
    }

    async fn post<E: Event>(&self, event: &E) -> Result<StatusCode, reqwest::Error> {
        let body = event.body();
        let signed = self.signer.sign(&body, unix_seconds());
        let mut request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "spareparts-simulator")
            .header(signed.header, signed.value);
        if let Some(header) = event.id_header() {
            request = request.header(header, event.id());
        }
        let response = request.body(body).send().await?;
        let status = response.status();
        // The answer is read to its end so that the connection goes back to the pool.
        let _ = response.bytes().await;
        Ok(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_grow_and_end_after_about_two_minutes() {
        let pauses: Vec<Duration> = (0..).map_while(retry_after).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]));
        let total: Duration = pauses.iter().sum();
        assert!((120..130).contains(&total.as_secs()), "{total:?}");
    }
}
