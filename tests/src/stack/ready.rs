//! Waiting until processes can work.

use std::{collections::BTreeMap, time::Duration};

use super::{Process, Stack};
use crate::wait::eventually;

/// Waits for one process.
pub(super) async fn ready(stack: &Stack, name: &str) {
    let url = format!("{}/{}", stack.url(name), if name.ends_with("-sim") { "healthz" } else { "readyz" });
    eventually(&format!("{name} is ready"), async || {
        if let Some(status) = stack.process(name, Process::try_ended) {
            panic!("{name} ended with {status}\n{}", stack.process(name, |process| process.last_words()));
        }
        ask(stack, &url).await
    })
    .await;
}

/// Waits for all processes.
pub(super) async fn all_ready(stack: &Stack) {
    for name in stack.names() {
        ready(stack, &name).await;
    }
}

async fn ask(stack: &Stack, url: &str) -> Result<(), String> {
    let request = stack.http.get(url).timeout(Duration::from_secs(5));
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(());
    }
    let problems: BTreeMap<String, String> = answer.json().await.unwrap_or_default();
    Err(format!("{problems:?}"))
}
