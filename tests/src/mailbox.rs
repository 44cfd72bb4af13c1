//! What the shop sent to people, at the simulated provider of SMS and e-mail.

use serde_json::Value;

use crate::{client::expect_success, wait::eventually};

/// Everybody's mail and short messages.
#[derive(Debug, Clone)]
pub struct Mailbox {
    http: reqwest::Client,
    provider: String,
}

impl Mailbox {
    pub(crate) const fn new(http: reqwest::Client, provider: String) -> Self {
        Self { http, provider }
    }

    /// What somebody was sent, the newest first.
    ///
    /// # Panics
    /// When the provider does not answer.
    pub async fn of(&self, address: &str) -> Vec<Value> {
        let request = self.http.get(format!("{}/_sim/messages", self.provider)).query(&[("to", address)]);
        expect_success(request).await.as_array().cloned().unwrap_or_default()
    }

    /// The code in the newest message to somebody, as soon as they were sent so many.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn code(&self, address: &str, messages: usize) -> String {
        let newest = eventually(&format!("{messages} messages came"), async || {
            let all = self.of(address).await;
            if all.len() == messages { Ok(all[0].clone()) } else { Err(format!("{} messages", all.len())) }
        })
        .await;
        let text = newest["text"].as_str().unwrap_or_default();
        text.split_whitespace().next().unwrap_or_default().to_owned()
    }

    /// Replaces the fault switches.
    ///
    /// # Panics
    /// When the provider does not take them.
    pub async fn set_faults(&self, faults: &Value) {
        expect_success(self.http.put(format!("{}/_sim/faults", self.provider)).json(faults)).await;
    }

    /// How often the provider had no capacity.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn declined(&self) -> u64 {
        let ledger = expect_success(self.http.get(format!("{}/_sim/ledger", self.provider))).await;
        ledger["faults_fired"]["declined"].as_u64().unwrap_or_default()
    }
}
