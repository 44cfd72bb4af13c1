//! The section `[payments]`.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{
    config::{ConfigError, Environment, Rules, Section},
    rotation::{Previous, moment},
    time::Timestamp,
};

use crate::{
    deadline::Patience,
    gateway::{
        Gateways,
        breaker::Limits,
        circuits::Circuits,
        razorpay::{KeyPair, Razorpay},
        stripe::Stripe,
    },
    reconciliation,
};

/// What the payments daemon must be told. All durations are in seconds unless the name says otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where Stripe's API is.
    #[serde(default = "stripe_url")]
    pub stripe_url: String,
    /// Stripe's secret key (`sk_live_…`, or a restricted `rk_live_…`).
    pub stripe_secret_key: SecretString,
    /// The secret key before the last exchange: used where the gateway does not know the new one yet.
    #[serde(default)]
    pub stripe_previous_secret_key: Option<SecretString>,
    /// Until when that one is used (RFC 3339).
    #[serde(default, deserialize_with = "moment")]
    pub stripe_previous_valid_until: Option<Timestamp>,
    /// Where Razorpay's API is.
    #[serde(default = "razorpay_url")]
    pub razorpay_url: String,
    /// The public half of Razorpay's key (`rzp_live_…`).
    pub razorpay_key_id: String,
    /// The secret half.
    pub razorpay_key_secret: SecretString,
    /// The public half of the key before the last exchange.
    #[serde(default)]
    pub razorpay_previous_key_id: Option<String>,
    /// Its secret half.
    #[serde(default)]
    pub razorpay_previous_key_secret: Option<SecretString>,
    /// Until when that one is used (RFC 3339).
    #[serde(default, deserialize_with = "moment")]
    pub razorpay_previous_valid_until: Option<Timestamp>,
    /// How long Razorpay keeps an authorised payment that is not captured before it gives it back, in minutes: 12 to
    /// 7200. Longer than an order waits for payment.
    #[serde(default = "razorpay_hold_minutes")]
    pub razorpay_hold_minutes: u32,
    /// How long one call to a gateway may take.
    #[serde(default = "call_timeout_seconds")]
    pub call_timeout_seconds: u64,
    /// How long to wait for a customer before the gateway is asked whether they have paid. Doubles each time.
    #[serde(default = "customer_recheck_seconds")]
    pub customer_recheck_seconds: u64,
    /// How long to wait for a call's outcome before the gateway is asked. Doubles each time. Longer than
    /// `engine.call_patience_seconds`: after twice as long a call counts as lost.
    #[serde(default = "call_recheck_seconds")]
    pub call_recheck_seconds: u64,
    /// How long to wait before a call that came to nothing is made again. Doubles each time.
    #[serde(default = "retry_seconds")]
    pub retry_seconds: u64,
    /// The longest of these waits.
    #[serde(default = "longest_wait_seconds")]
    pub longest_wait_seconds: u64,
    /// After so many calls in a row without an answer (nobody there, time-outs, 5xx), or that are too much for it (429), a
    /// gateway is left alone for a while. Any other refusal is an answer.
    #[serde(default = "circuit_failures")]
    pub circuit_failures: u32,
    /// How long, before single calls try whether it answers again.
    #[serde(default = "circuit_open_seconds")]
    pub circuit_open_seconds: u64,
    /// After so many answers in a row it is called as usual.
    #[serde(default = "circuit_probes")]
    pub circuit_probes: u32,
    /// When our books are compared with the gateways'.
    #[serde(default)]
    pub reconciliation: reconciliation::Settings,
}

fn stripe_url() -> String {
    "https://api.stripe.com/".to_owned()
}

fn razorpay_url() -> String {
    "https://api.razorpay.com/".to_owned()
}

const fn razorpay_hold_minutes() -> u32 {
    60
}

const fn call_timeout_seconds() -> u64 {
    10
}

const fn customer_recheck_seconds() -> u64 {
    60
}

const fn call_recheck_seconds() -> u64 {
    90
}

const fn retry_seconds() -> u64 {
    5
}

const fn longest_wait_seconds() -> u64 {
    900
}

const fn circuit_failures() -> u32 {
    10
}

const fn circuit_open_seconds() -> u64 {
    10
}

const fn circuit_probes() -> u32 {
    3
}

/// How Stripe's keys begin that move no money.
const STRIPE_TEST: [&str; 2] = ["sk_test_", "rk_test_"];
/// How Razorpay's do.
const RAZORPAY_TEST: [&str; 1] = ["rzp_test_"];

impl Section for Settings {
    /// Refuses what cannot work, and test keys where real customers pay.
    fn check(&self, environment: Environment) -> Result<(), ConfigError> {
        self.check_keys(&Rules::new("payments", environment))?;
        self.stripe_previous()?;
        self.razorpay_previous()?;
        if !(12..=7200).contains(&self.razorpay_hold_minutes) {
            return Err(wrong("razorpay_hold_minutes", "must be from 12 to 7200"));
        }
        let waits = [
            ("call_timeout_seconds", self.call_timeout_seconds),
            ("customer_recheck_seconds", self.customer_recheck_seconds),
            ("call_recheck_seconds", self.call_recheck_seconds),
            ("retry_seconds", self.retry_seconds),
            ("longest_wait_seconds", self.longest_wait_seconds),
            ("circuit_failures", self.circuit_failures.into()),
            ("circuit_open_seconds", self.circuit_open_seconds),
            ("circuit_probes", self.circuit_probes.into()),
        ];
        match waits.iter().chain(&self.reconciliation.waits()).find(|(_, seconds)| *seconds == 0) {
            Some((key, _)) => Err(wrong(key, "must be at least 1")),
            None => Ok(()),
        }
    }
}

impl Settings {
    fn check_keys(&self, rules: &Rules) -> Result<(), ConfigError> {
        rules.live_key("stripe_secret_key", self.stripe_secret_key.expose_secret(), &STRIPE_TEST)?;
        rules.live_key("razorpay_key_id", &self.razorpay_key_id, &RAZORPAY_TEST)?;
        rules.secret("razorpay_key_secret", &self.razorpay_key_secret)?;
        if let Some(key) = &self.stripe_previous_secret_key {
            rules.live_key("stripe_previous_secret_key", key.expose_secret(), &STRIPE_TEST)?;
        }
        if let Some(id) = &self.razorpay_previous_key_id {
            rules.live_key("razorpay_previous_key_id", id, &RAZORPAY_TEST)?;
        }
        if let Some(secret) = &self.razorpay_previous_key_secret {
            rules.secret("razorpay_previous_key_secret", secret)?;
        }
        rules.address("stripe_url", &self.stripe_url)?;
        rules.address("razorpay_url", &self.razorpay_url)
    }

    /// The handler's waits.
    #[must_use]
    pub const fn patience(&self) -> Patience {
        Patience {
            customer: Duration::from_secs(self.customer_recheck_seconds),
            call: Duration::from_secs(self.call_recheck_seconds),
            retry: Duration::from_secs(self.retry_seconds),
            longest: Duration::from_secs(self.longest_wait_seconds),
        }
    }

    /// The gateways at their addresses.
    ///
    /// # Errors
    /// When no TLS is to be had on this machine.
    pub fn gateways(&self) -> Result<Gateways, String> {
        let timeout = Duration::from_secs(self.call_timeout_seconds);
        let (id, secret) = (self.razorpay_key_id.clone(), self.razorpay_key_secret.clone());
        let stripe = Stripe::new(&self.stripe_url, self.stripe_secret_key.clone(), timeout);
        let razorpay = Razorpay::new(&self.razorpay_url, id, secret, timeout, self.razorpay_hold_minutes);
        let failed = |error| format!("the HTTPS client cannot be set up: {error}; install ca-certificates");
        let unchecked = |error: ConfigError| error.to_string();
        let circuits = Circuits::new(self.circuit());
        Ok(Gateways {
            circuits,
            stripe: stripe.map_err(failed)?.with_previous(self.stripe_previous().map_err(unchecked)?),
            razorpay: razorpay.map_err(failed)?.with_previous(self.razorpay_previous().map_err(unchecked)?),
        })
    }

    fn stripe_previous(&self) -> Result<Option<Previous<SecretString>>, ConfigError> {
        let key = ("stripe_previous_secret_key", self.stripe_previous_secret_key.clone());
        let until = ("stripe_previous_valid_until", self.stripe_previous_valid_until);
        Previous::read(key, until).map_err(|(key, why)| wrong(key, &why))
    }

    fn razorpay_previous(&self) -> Result<Option<Previous<KeyPair>>, ConfigError> {
        let pair = match (self.razorpay_previous_key_id.clone(), self.razorpay_previous_key_secret.clone()) {
            (Some(id), Some(secret)) => Some(KeyPair { id, secret }),
            (None, None) => None,
            (Some(_), None) => return Err(wrong("razorpay_previous_key_secret", "is missing beside its key id")),
            (None, Some(_)) => return Err(wrong("razorpay_previous_key_id", "is missing beside its secret")),
        };
        let until = ("razorpay_previous_valid_until", self.razorpay_previous_valid_until);
        Previous::read(("razorpay_previous_key_id", pair), until).map_err(|(key, why)| wrong(key, &why))
    }

    const fn circuit(&self) -> Limits {
        Limits {
            failures: self.circuit_failures,
            open: Duration::from_secs(self.circuit_open_seconds),
            probes: self.circuit_probes,
        }
    }
}

fn wrong(key: &str, what: &str) -> ConfigError {
    ConfigError::about(&format!("payments.{key}"), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(stripe: &str, razorpay: &str) -> Settings {
        let text = format!(
            r#"{{"stripe_secret_key":"{stripe}","razorpay_key_id":"{razorpay}","razorpay_key_secret":"a secret"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn refusal(settings: &Settings, environment: Environment) -> String {
        settings.check(environment).unwrap_err().to_string()
    }

    #[test]
    fn production_refuses_test_keys_and_names_them_without_showing_them() {
        let stripe = refusal(&settings("sk_test_abc", "rzp_live_1"), Environment::Production);
        assert!(stripe.contains("payments.stripe_secret_key is a test key") && !stripe.contains("abc"), "{stripe}");
        let razorpay = refusal(&settings("sk_live_1", "rzp_test_1"), Environment::Production);
        assert!(razorpay.contains("payments.razorpay_key_id is a test key"), "{razorpay}");
        assert!(settings("sk_live_1", "rzp_live_1").check(Environment::Production).is_ok());
        assert!(settings("sk_test_1", "rzp_test_1").check(Environment::Staging).is_ok());
    }

    #[test]
    fn production_sends_no_key_without_tls() {
        let plain = Settings { stripe_url: "http://localhost:1".to_owned(), ..settings("sk_live_1", "rzp_live_1") };
        assert!(refusal(&plain, Environment::Production).contains("payments.stripe_url must be an https address"));
        assert!(plain.check(Environment::Staging).is_ok() && plain.check(Environment::Development).is_ok());
    }

    #[test]
    fn production_refuses_the_demos_secret_and_what_was_a_test_key_before_the_exchange() {
        let (live, until) = (|| settings("sk_live_1", "rzp_live_1"), Some(Timestamp::from_millis(1)));
        let old_pair = |id: &str, secret: &str| Settings {
            razorpay_previous_key_id: Some(id.to_owned()),
            razorpay_previous_key_secret: Some(SecretString::from(secret)),
            razorpay_previous_valid_until: until,
            ..live()
        };
        let old_key = |key: &str| Settings {
            stripe_previous_secret_key: Some(SecretString::from(key)),
            stripe_previous_valid_until: until,
            ..live()
        };
        for (settings, key) in [
            (Settings { razorpay_key_secret: SecretString::from("rzp_demo_secret"), ..live() }, "razorpay_key_secret"),
            (old_key("sk_test_0"), "stripe_previous_secret_key"),
            (old_pair("rzp_test_0", "secret"), "razorpay_previous_key_id"),
            (old_pair("rzp_live_0", "rzp_demo_secret"), "razorpay_previous_key_secret"),
        ] {
            let refusal = refusal(&settings, Environment::Production);
            assert!(refusal.contains(&format!("payments.{key} is a ")) && !refusal.contains("rzp_demo"), "{refusal}");
            assert!(settings.check(Environment::Staging).is_ok(), "{key}");
        }
        for fine in [live(), old_key("sk_live_0"), old_pair("rzp_live_0", "secret")] {
            assert!(fine.check(Environment::Production).is_ok());
        }
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let usual = || settings("sk_test_1", "rzp_test_1");
        let cases = [
            ("payments.stripe_secret_key is empty", settings(" ", "rzp_test_1")),
            ("payments.retry_seconds must be at least 1", Settings { retry_seconds: 0, ..usual() }),
            ("payments.circuit_failures must be at least 1", Settings { circuit_failures: 0, ..usual() }),
            ("payments.razorpay_hold_minutes must be", Settings { razorpay_hold_minutes: 5, ..usual() }),
            ("payments.razorpay_url is not an address", Settings { razorpay_url: "razorpay".to_owned(), ..usual() }),
        ];
        for (words, settings) in cases {
            let refusal = refusal(&settings, Environment::Development);
            assert!(refusal.contains(words), "{refusal}");
        }
        assert!(serde_json::from_str::<Settings>(r#"{"stripe_secret_key":"a"}"#).is_err(), "a missing secret");
    }

    #[test]
    fn a_previous_key_has_both_halves_and_an_end() {
        let (usual, old) = (|| settings("sk_test_1", "rzp_test_1"), || Some(SecretString::from("old_key")));
        let until = Some(Timestamp::from_millis(1));
        let id = || Some("rzp_test_0".to_owned());
        let cases = [
            ("payments.stripe_previous_valid_until", Settings { stripe_previous_secret_key: old(), ..usual() }),
            ("payments.stripe_previous_secret_key", Settings { stripe_previous_valid_until: until, ..usual() }),
            ("payments.razorpay_previous_key_secret", Settings { razorpay_previous_key_id: id(), ..usual() }),
            ("payments.razorpay_previous_key_id", Settings { razorpay_previous_key_secret: old(), ..usual() }),
            (
                "payments.razorpay_previous_valid_until",
                Settings { razorpay_previous_key_id: id(), razorpay_previous_key_secret: old(), ..usual() },
            ),
        ];
        for (key, settings) in cases {
            let refusal = refusal(&settings, Environment::Development);
            assert!(refusal.contains(&format!("{key} is missing")) && !refusal.contains("old_key"), "{refusal}");
        }
        let whole = Settings { stripe_previous_secret_key: old(), stripe_previous_valid_until: until, ..usual() };
        assert!(whole.check(Environment::Development).is_ok() && whole.gateways().is_ok());
    }

    #[test]
    fn settings_never_print_their_secrets() {
        assert!(!format!("{:?}", settings("sk_test_abc", "rzp_test_1")).contains("sk_test_abc"));
    }
}
