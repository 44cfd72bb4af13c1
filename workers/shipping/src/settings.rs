//! The section `[shipping]` of the configuration.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use shared::config::{ConfigError, Environment, Rules, Section};

use crate::{
    carrier::{Carriers, SetupError, swift::Swift},
    limits::Limits,
};

/// How the shop ships.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the carrier's API is, for example `https://api.carrier.example`.
    pub carrier_url: String,
    /// What we call it with.
    pub carrier_token: SecretString,
    /// How long one call may take, in seconds, before its fate counts as unknown.
    #[serde(default = "call_timeout_seconds")]
    pub call_timeout_seconds: u64,
    /// How long a shipment may stay where it is.
    #[serde(default)]
    pub deadlines: Deadlines,
}

/// How long a shipment may stay where it is.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deadlines {
    /// Until the carrier has answered a call, before it is asked again, in seconds.
    pub answer_seconds: u64,
    /// After a call whose fate is unknown, before it is made again, in seconds; doubled each time, up to an hour.
    pub ask_again_seconds: u64,
    /// Between booking and picking up, before a person should look at it, in hours.
    pub pickup_hours: u64,
    /// Between two reports of a parcel on its way, before a person should look at it, in days.
    pub report_days: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { answer_seconds: 900, ask_again_seconds: 30, pickup_hours: 72, report_days: 7 }
    }
}

const fn call_timeout_seconds() -> u64 {
    10
}

impl Section for Settings {
    fn check(&self, environment: Environment) -> Result<(), ConfigError> {
        let rules = Rules::new("shipping", environment);
        rules.address("carrier_url", &self.carrier_url)?;
        rules.secret("carrier_token", &self.carrier_token)?;
        if self.call_timeout_seconds == 0 {
            return Err(ConfigError::about("shipping.call_timeout_seconds", "must be at least 1"));
        }
        self.carriers().map(drop).map_err(|error| ConfigError(error.to_string()))
    }
}

impl Settings {
    /// How long one call may take.
    #[must_use]
    pub const fn call_timeout(&self) -> Duration {
        Duration::from_secs(self.call_timeout_seconds)
    }

    /// The carriers that the shop works with, one line each.
    ///
    /// # Errors
    /// [`SetupError`] naming the setting that is not valid.
    pub fn carriers(&self) -> Result<Carriers, SetupError> {
        Ok(Carriers::default().with(Swift::new(&self.carrier_url, &self.carrier_token, self.call_timeout())?))
    }
}

impl From<Deadlines> for Limits {
    fn from(deadlines: Deadlines) -> Self {
        Self {
            answer: Duration::from_secs(deadlines.answer_seconds),
            ask_again: Duration::from_secs(deadlines.ask_again_seconds),
            pickup: Duration::from_secs(deadlines.pickup_hours.saturating_mul(3_600)),
            report: Duration::from_secs(deadlines.report_days.saturating_mul(86_400)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn the_address_and_the_token_are_enough() {
        let settings = read(r#"{"carrier_url":"http://127.0.0.1:1","carrier_token":"t"}"#).unwrap();
        assert_eq!(settings.call_timeout(), Duration::from_secs(10));
        assert_eq!(Limits::from(settings.deadlines).pickup, Duration::from_secs(72 * 3_600));
    }

    #[test]
    fn an_unknown_key_and_a_missing_token_are_refused() {
        assert!(read(r#"{"carrier_url":"http://127.0.0.1:1"}"#).is_err());
        assert!(read(r#"{"carrier_url":"u","carrier_token":"t","carier":1}"#).is_err());
        assert!(read(r#"{"carrier_url":"u","carrier_token":"t","deadlines":{"pickup_days":1}}"#).is_err());
    }

    #[test]
    fn production_refuses_the_demos_token_and_a_carrier_that_is_reached_in_clear() {
        let refusal = |environment, url: &str, token: &str| {
            let settings = read(&format!(r#"{{"carrier_url":"{url}","carrier_token":"{token}"}}"#)).unwrap();
            settings.check(environment).map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
        };
        let (tls, plain) = ("https://carrier.example", "http://carrier.example");
        assert_eq!(refusal(Environment::Production, tls, "9c41d7e2"), "accepted");
        let demo = refusal(Environment::Production, tls, "carrier_demo_token");
        assert!(demo.contains("SPAREPARTS_SHIPPING__CARRIER_TOKEN") && !demo.contains("demo_token"), "{demo}");
        let in_clear = refusal(Environment::Production, plain, "9c41d7e2");
        assert!(in_clear.contains("SPAREPARTS_SHIPPING__CARRIER_URL"), "{in_clear}");
        for environment in [Environment::Development, Environment::Staging] {
            assert_eq!(refusal(environment, plain, "carrier_demo_token"), "accepted");
            assert!(refusal(environment, "nowhere", "t").contains("shipping.carrier_url"));
            assert!(refusal(environment, plain, " ").contains("shipping.carrier_token is empty"));
            assert!(refusal(environment, plain, "t\\u007f").contains("shipping.carrier_token"));
        }
    }

    #[test]
    fn the_token_does_not_show_in_debug_output() {
        let settings = read(r#"{"carrier_url":"u","carrier_token":"geheim"}"#).unwrap();
        assert!(!format!("{settings:?}").contains("geheim"));
    }
}
