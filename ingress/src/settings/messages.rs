//! `[ingress.messages]`

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use shared::config::{ConfigError, Rules};

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

    pub(super) fn check_messages(&self, rules: &Rules) -> Result<(), ConfigError> {
        let Some(MessagesSettings { url, .. }) = &self.messages else { return Ok(()) };
        rules.address("messages.url", url)?;
        self.messenger().map(drop)
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
        assert!(refused.contains("SPAREPARTS_INGRESS__MESSAGES__URL"), "{refused}");
    }

    #[test]
    fn production_sends_no_code_in_clear() {
        let refused = |url: &str| {
            refusal(Environment::Production, |settings| {
                let secrets = [
                    &mut settings.jwt_secret,
                    &mut settings.stripe_webhook_secret,
                    &mut settings.razorpay_webhook_secret,
                    &mut settings.carrier_webhook_secret,
                ];
                secrets.into_iter().for_each(|secret| *secret = SecretString::from("k".repeat(32)));
                let token = SecretString::from("9c41d7e2");
                settings.messages = Some(MessagesSettings { url: url.to_owned(), token });
            })
        };
        assert_eq!(refused("https://sms.example/v1"), "accepted");
        let in_clear = refused("http://sms.example/v1");
        assert!(in_clear.contains("SPAREPARTS_INGRESS__MESSAGES__URL"), "{in_clear}");
    }
}
