//! `[ingress.messages]`

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use shared::config::ConfigError;

use super::{Settings, refuse};
use crate::messages::{HttpMessenger, Messenger, Nobody};

/// A provider of SMS and e-mail; see [`crate::messages::HttpMessenger`] for what it is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesSettings {
    /// Where messages are posted.
    pub url: String,
    /// The shop's token there.
    pub token: SecretString,
}

impl Settings {
    /// Who takes messages to people.
    ///
    /// # Errors
    /// [`ConfigError`] for a provider that makes no sense.
    pub fn messenger(&self) -> Result<Arc<dyn Messenger>, ConfigError> {
        let Some(MessagesSettings { url, token }) = &self.messages else { return Ok(Arc::new(Nobody)) };
        match HttpMessenger::new(url, token) {
            Ok(messenger) => Ok(Arc::new(messenger)),
            Err(why) => refuse("messages", &format!("makes no sense: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::config::Environment;

    use super::*;
    use crate::settings::tests::refusal;

    #[test]
    fn a_provider_of_messages_has_an_address() {
        let refused = refusal(Environment::Development, |settings| {
            settings.messages = Some(MessagesSettings { url: "nowhere".to_owned(), token: SecretString::from("t") });
        });
        assert!(refused.contains("SPAREPARTS_INGRESS__MESSAGES"), "{refused}");
    }
}
