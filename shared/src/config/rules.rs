//! What every daemon asks of its secrets and of the addresses of outside parties, in one place so that all ask the same.
//!
//! Production takes nothing of the demonstration and sends no secret in clear. Staging mirrors it with the gateways' test keys
//! and may run against the simulators, so it takes both.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{ConfigError, Environment};

/// Words that no secret of production contains: those of the demo's.
const DEMO_WORDS: [&str; 3] = ["demo", "development", "change-me"];

/// The rules for the keys of one section, as they are in an environment.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    section: &'static str,
    environment: Environment,
}

impl Rules {
    /// The rules for this section.
    #[must_use]
    pub const fn new(section: &'static str, environment: Environment) -> Self {
        Self { section, environment }
    }

    /// A secret says something, and in production not what the demo's do.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key, without the secret.
    pub fn secret(&self, key: &str, secret: &SecretString) -> Result<(), ConfigError> {
        self.own(key, secret.expose_secret())
    }

    /// The key of somebody who has test keys, too, and marks them by a prefix: production takes the live one alone.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key, without what it is set to.
    pub fn live_key(&self, key: &str, value: &str, test: &[&str]) -> Result<(), ConfigError> {
        if self.is_production() && test.iter().any(|prefix| value.starts_with(prefix)) {
            return self.refuse(key, "is a test key, which production refuses; give the live one");
        }
        self.own(key, value)
    }

    /// Where an outside party is: it is sent secrets, or believed, so production reaches it under TLS alone.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key.
    pub fn address(&self, key: &str, url: &str) -> Result<(), ConfigError> {
        match Url::parse(url) {
            Ok(url) if url.scheme() == "https" => Ok(()),
            Ok(url) if url.scheme() == "http" && !self.is_production() => Ok(()),
            Ok(_) if self.is_production() => self.refuse(key, "must be an https address"),
            Ok(_) => self.refuse(key, "must be an http or https address"),
            Err(error) => self.refuse(key, &format!("is not an address: {error}")),
        }
    }

    fn own(&self, key: &str, secret: &str) -> Result<(), ConfigError> {
        let text = secret.to_ascii_lowercase();
        if text.trim().is_empty() {
            return self.refuse(key, "is empty");
        }
        if self.is_production() && DEMO_WORDS.iter().any(|word| text.contains(word)) {
            return self.refuse(key, "is a demo secret; production needs one of its own");
        }
        Ok(())
    }

    fn refuse(&self, key: &str, what: &str) -> Result<(), ConfigError> {
        Err(ConfigError::about(&format!("{}.{key}", self.section), what))
    }

    fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }
}

#[cfg(test)]
mod tests {
    use figment::value::{Dict, Value};

    use super::*;
    use crate::config::{Layers, is_secret};

    const ELSEWHERE: [Environment; 2] = [Environment::Development, Environment::Staging];

    fn rules(environment: Environment) -> Rules {
        Rules::new("shop", environment)
    }

    /// Every secret in a section of a file, by key.
    fn secrets(path: &str, value: &Value) -> Vec<(String, String)> {
        match value {
            Value::Dict(_, entries) => {
                entries.iter().flat_map(|(key, value)| secrets(&format!("{path}.{key}"), value)).collect()
            }
            Value::String(_, text) if is_secret(path) => vec![(path.to_owned(), text.clone())],
            _ => Vec::new(),
        }
    }

    #[test]
    fn production_refuses_every_secret_of_the_demo_by_its_key_and_without_showing_it() {
        let Layers(file) = Layers::of(include_str!("../../../config/development.toml"));
        let sections: Dict = file.extract().unwrap();
        let demo: Vec<_> = sections.iter().flat_map(|(name, section)| secrets(name, section)).collect();
        assert_eq!(demo.len(), 8, "{demo:?}");
        for (key, secret) in demo {
            let value = SecretString::from(secret.as_str());
            let refusal = rules(Environment::Production).secret(&key, &value).unwrap_err().to_string();
            assert!(refusal.contains(&format!("shop.{key} is a demo secret")), "{refusal}");
            assert!(!refusal.contains(&secret) && !refusal.contains('\n'), "{refusal}");
            assert!(ELSEWHERE.into_iter().all(|environment| rules(environment).secret(&key, &value).is_ok()));
        }
    }

    #[test]
    fn a_secret_that_says_nothing_is_refused_everywhere() {
        for environment in [ELSEWHERE[0], ELSEWHERE[1], Environment::Production] {
            for nothing in ["", "  "] {
                let refusal = rules(environment).secret("token", &nothing.into()).unwrap_err().to_string();
                assert_eq!(refusal, "configuration: shop.token is empty (SPAREPARTS_SHOP__TOKEN)");
            }
        }
    }

    #[test]
    fn production_takes_a_live_key_and_no_test_key() {
        let check = |environment, key: &str| rules(environment).live_key("key", key, &["sk_test_", "rk_test_"]);
        let refusal = check(Environment::Production, "rk_test_51a").unwrap_err().to_string();
        assert!(refusal.contains("shop.key is a test key") && !refusal.contains("51a"), "{refusal}");
        assert!(check(Environment::Production, "sk_live_51a").is_ok());
        assert!(check(Environment::Production, "sk_live_demo").is_err());
        assert!(ELSEWHERE.into_iter().all(|environment| check(environment, "sk_test_51a").is_ok()));
    }

    #[test]
    fn production_reaches_nobody_in_clear() {
        let check = |environment, url| rules(environment).address("url", url).is_ok();
        for (url, in_production, elsewhere) in [
            ("https://carrier.example/api", true, true),
            ("HTTPS://carrier.example", true, true),
            ("http://carrier.example", false, true),
            ("http://127.0.0.1:1/", false, true),
            ("ftp://carrier.example", false, false),
            ("carrier.example", false, false),
            ("", false, false),
        ] {
            assert_eq!(check(Environment::Production, url), in_production, "{url}");
            assert!(ELSEWHERE.into_iter().all(|environment| check(environment, url) == elsewhere), "{url}");
        }
    }
}
