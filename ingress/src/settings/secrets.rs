//! Secrets: what they must be like, and which are believed while one is exchanged for another.

use secrecy::{ExposeSecret, SecretString};
use shared::{
    config::{ConfigError, Rules},
    rotation::Previous,
    time::Timestamp,
};

use super::{Settings, refuse};

impl Settings {
    /// The secrets that Stripe's webhooks may be signed with now.
    #[must_use]
    pub fn stripe_secrets(&self, now: Timestamp) -> Vec<&SecretString> {
        let [stripe, _, _] = self.previous();
        good_at(now, &self.stripe_webhook_secret, stripe)
    }

    /// The secrets that Razorpay's webhooks may be signed with now.
    #[must_use]
    pub fn razorpay_secrets(&self, now: Timestamp) -> Vec<&SecretString> {
        let [_, razorpay, _] = self.previous();
        good_at(now, &self.razorpay_webhook_secret, razorpay)
    }

    /// The secrets that the carriers' webhooks may be signed with now.
    #[must_use]
    pub fn carrier_secrets(&self, now: Timestamp) -> Vec<&SecretString> {
        let [_, _, carrier] = self.previous();
        good_at(now, &self.carrier_webhook_secret, carrier)
    }

    /// What was before the last exchanges, of each sender; an error names the key that is missing.
    fn previous(&self) -> [Result<Option<Previous<&SecretString>>, ConfigError>; 3] {
        let (stripe, razorpay, carrier) = (
            self.stripe_previous_webhook_secret.as_ref(),
            self.razorpay_previous_webhook_secret.as_ref(),
            self.carrier_previous_webhook_secret.as_ref(),
        );
        [
            (
                ("stripe_previous_webhook_secret", stripe),
                ("stripe_previous_valid_until", self.stripe_previous_valid_until),
            ),
            (
                ("razorpay_previous_webhook_secret", razorpay),
                ("razorpay_previous_valid_until", self.razorpay_previous_valid_until),
            ),
            (
                ("carrier_previous_webhook_secret", carrier),
                ("carrier_previous_valid_until", self.carrier_previous_valid_until),
            ),
        ]
        .map(|(secret, until)| Previous::read(secret, until).or_else(|(key, why)| refuse(key, &why)))
    }

    pub(super) fn check_secrets(&self, rules: &Rules) -> Result<(), ConfigError> {
        if self.jwt_secret.expose_secret().len() < 32 {
            return refuse("jwt_secret", "has fewer than 32 bytes");
        }
        for (key, secret) in self.secrets() {
            rules.secret(key, secret)?;
        }
        for previous in self.previous() {
            previous?;
        }
        if self.jwt_previous_secret.is_some() != self.jwt_previous_valid_until.is_some() {
            return refuse("jwt_previous_valid_until", "goes with jwt_previous_secret: give both or neither");
        }
        Ok(())
    }

    fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretString)> {
        [
            ("jwt_secret", Some(&self.jwt_secret)),
            ("jwt_previous_secret", self.jwt_previous_secret.as_ref()),
            ("messages.token", self.messages.as_ref().map(|messages| &messages.token)),
            ("docs_password", self.docs_password.as_ref()),
            ("stripe_webhook_secret", Some(&self.stripe_webhook_secret)),
            ("stripe_previous_webhook_secret", self.stripe_previous_webhook_secret.as_ref()),
            ("razorpay_webhook_secret", Some(&self.razorpay_webhook_secret)),
            ("razorpay_previous_webhook_secret", self.razorpay_previous_webhook_secret.as_ref()),
            ("carrier_webhook_secret", Some(&self.carrier_webhook_secret)),
            ("carrier_previous_webhook_secret", self.carrier_previous_webhook_secret.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, secret)| Some((key, secret?)))
    }
}

/// Settings that were not checked believe nothing but the current secret.
fn good_at<'a>(
    now: Timestamp,
    current: &'a SecretString,
    previous: Result<Option<Previous<&'a SecretString>>, ConfigError>,
) -> Vec<&'a SecretString> {
    let previous = previous.ok().flatten();
    std::iter::once(current).chain(previous.and_then(|previous| previous.good_at(now).copied())).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use shared::{
        config::{Environment, Section},
        rotation::moment,
    };

    use super::*;
    use crate::{settings::tests::refusal, testing};

    fn without_demo(settings: &mut Settings) {
        settings.jwt_secret = SecretString::from("k".repeat(32));
        settings.stripe_webhook_secret = SecretString::from("whsec_1");
        settings.razorpay_webhook_secret = SecretString::from("whsec_2");
        settings.carrier_webhook_secret = SecretString::from("whsec_3");
    }

    #[test]
    fn demo_secrets_run_in_development_and_staging_and_never_in_production() {
        assert_eq!(refusal(Environment::Development, |_| {}), "accepted");
        let with_docs = |settings: &mut Settings| settings.docs_password = Some(SecretString::from("sesame"));
        assert_eq!(refusal(Environment::Staging, with_docs), "accepted");
        assert!(refusal(Environment::Production, |_| {}).contains("jwt_secret"));
        assert_eq!(refusal(Environment::Production, without_demo), "accepted");
        let refused = refusal(Environment::Production, |settings| {
            without_demo(settings);
            settings.carrier_webhook_secret = SecretString::from("carrier_whsec_demo");
        });
        assert!(refused.contains("SPAREPARTS_INGRESS__CARRIER_WEBHOOK_SECRET"), "{refused}");
    }

    #[test]
    fn a_short_or_empty_secret_is_refused_everywhere() {
        let short = refusal(Environment::Development, |settings| settings.jwt_secret = SecretString::from("short"));
        assert!(short.contains("jwt_secret"), "{short}");
        let empty =
            refusal(Environment::Development, |settings| settings.stripe_webhook_secret = SecretString::from(""));
        assert!(empty.contains("stripe_webhook_secret"), "{empty}");
    }

    #[test]
    fn a_previous_secret_is_believed_until_its_end_and_has_one() {
        let (old, until) = (|| Some(SecretString::from("whsec_old")), Timestamp::from_millis(1_000));
        let endless = refusal(Environment::Development, |settings| settings.razorpay_previous_webhook_secret = old());
        assert!(endless.contains("SPAREPARTS_INGRESS__RAZORPAY_PREVIOUS_VALID_UNTIL"), "{endless}");
        assert!(!endless.contains('\n') && !endless.contains("whsec_old"), "{endless}");
        let nothing = refusal(Environment::Development, |settings| settings.carrier_previous_valid_until = Some(until));
        assert!(nothing.contains("SPAREPARTS_INGRESS__CARRIER_PREVIOUS_WEBHOOK_SECRET"), "{nothing}");
        let mut settings = testing::settings();
        settings.stripe_previous_webhook_secret = old();
        settings.stripe_previous_valid_until = Some(until);
        assert!(settings.check(Environment::Development).is_ok());
        let believed = |now| settings.stripe_secrets(Timestamp::from_millis(now)).len();
        assert_eq!((believed(999), believed(1_000)), (2, 1));
        assert_eq!(settings.razorpay_secrets(Timestamp::from_millis(0)).len(), 1);
    }

    #[test]
    fn the_end_of_a_previous_secret_is_read_as_a_moment() {
        #[derive(Deserialize)]
        struct Some {
            #[serde(default, deserialize_with = "moment")]
            until: Option<Timestamp>,
        }
        let read = |json: &str| serde_json::from_str::<Some>(json).map(|some| some.until);
        assert_eq!(read(r#"{"until": "1970-01-01T00:00:01Z"}"#).unwrap(), Option::Some(Timestamp::from_millis(1_000)));
        assert_eq!(read("{}").unwrap(), None);
        assert!(read(r#"{"until": "soon"}"#).is_err());
    }

    #[test]
    fn a_previous_signing_secret_has_an_end() {
        let alone = refusal(Environment::Development, |settings| {
            settings.jwt_previous_secret = Some(SecretString::from("k".repeat(32)));
        });
        assert!(alone.contains("SPAREPARTS_INGRESS__JWT_PREVIOUS_VALID_UNTIL"), "{alone}");
        let both = refusal(Environment::Development, |settings| {
            settings.jwt_previous_secret = Some(SecretString::from("k".repeat(32)));
            settings.jwt_previous_valid_until = Some(Timestamp::from_millis(0));
        });
        assert_eq!(both, "accepted");
    }
}
