//! `[ingress.google]`

use serde::Deserialize;
use shared::config::{ConfigError, Rules};

use super::refuse;

/// Who may log in with a Google account. Without this section nobody does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleSettings {
    /// The shop's apps and pages, as Google's console names them: a token is for one of them.
    pub client_ids: Vec<String>,
    /// Where Google's keys are: who answers there says who anybody is.
    #[serde(default = "default_keys_url")]
    pub keys_url: String,
    /// How Google calls itself in tokens.
    #[serde(default = "default_issuers")]
    pub issuers: Vec<String>,
    /// Seconds between two looks at the keys because of a token that names an unknown one.
    #[serde(default = "default_look_again_seconds")]
    pub look_again_seconds: u64,
}

fn default_keys_url() -> String {
    "https://www.googleapis.com/oauth2/v3/certs".to_owned()
}

fn default_issuers() -> Vec<String> {
    ["https://accounts.google.com", "accounts.google.com"].map(ToOwned::to_owned).to_vec()
}

const fn default_look_again_seconds() -> u64 {
    60
}

impl GoogleSettings {
    pub(super) fn check(&self, rules: &Rules) -> Result<(), ConfigError> {
        let is_blank = |names: &[String]| names.is_empty() || names.iter().any(|name| name.trim().is_empty());
        if is_blank(&self.client_ids) {
            return refuse("google.client_ids", "names no client: a token for anybody's app would be believed");
        }
        if is_blank(&self.issuers) {
            return refuse("google.issuers", "names no issuer");
        }
        if !(1..=3_600).contains(&self.look_again_seconds) {
            return refuse("google.look_again_seconds", "must be 1 to 3600");
        }
        rules.address("google.keys_url", &self.keys_url)
    }
}

#[cfg(test)]
mod tests {
    use shared::config::Environment;

    use super::*;
    use crate::settings::tests::refusal;

    fn google() -> GoogleSettings {
        serde_json::from_str(r#"{"client_ids": ["shop.apps.googleusercontent.com"]}"#).unwrap()
    }

    #[test]
    fn what_would_believe_tokens_for_somebody_else_is_refused() {
        for (change, key) in [
            ((|google| google.client_ids.clear()) as fn(&mut GoogleSettings), "GOOGLE__CLIENT_IDS"),
            (|google| google.client_ids.push(" ".to_owned()), "GOOGLE__CLIENT_IDS"),
            (|google| google.issuers.clear(), "GOOGLE__ISSUERS"),
            (|google| google.keys_url = "ftp://keys.example".to_owned(), "GOOGLE__KEYS_URL"),
            (|google| google.look_again_seconds = 0, "GOOGLE__LOOK_AGAIN_SECONDS"),
        ] {
            let mut google = google();
            change(&mut google);
            let refused = refusal(Environment::Development, |settings| settings.google = Some(google));
            assert!(refused.contains(key), "{refused}");
        }
        let fine = refusal(Environment::Development, |settings| settings.google = Some(google()));
        assert_eq!(fine, "accepted");
        let plain = GoogleSettings { keys_url: "http://keys.example".to_owned(), ..google() };
        let check = |environment| plain.check(&Rules::new("ingress", environment)).is_ok();
        assert!(!check(Environment::Production) && check(Environment::Staging) && check(Environment::Development));
    }
}
