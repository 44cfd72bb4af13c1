//! The section `[ingress]` of the configuration.

mod admission;
mod limits;

use std::{path::PathBuf, sync::Arc};

use axum::http::HeaderValue;
use schemas::{
    gst_states,
    pricing::{
        Policy, RoundOff,
        carriage::{ChargesTax, ShippingRule, Tariff},
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use shared::{
    config::{ConfigError, Environment},
    rotation::{Previous, moment},
    time::Timestamp,
};

pub use self::{admission::AdmissionSettings, limits::Limits};
use crate::messages::{HttpMessenger, Messenger, Nobody};

/// How the ingress works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where clients connect, `host:port`.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// Signs access tokens; at least 32 bytes.
    pub jwt_secret: SecretString,
    /// What signed access tokens before the last exchange of that secret.
    #[serde(default)]
    pub jwt_previous_secret: Option<SecretString>,
    /// Until when it is believed, such as `2026-04-01T00:00:00+05:30`: a quarter of an hour after the last process has the
    /// new one, when no token of the old one is good any more. Goes with it.
    #[serde(default, deserialize_with = "moment")]
    pub jwt_previous_valid_until: Option<Timestamp>,
    /// Who takes codes to customers; without it nobody does.
    #[serde(default)]
    pub messages: Option<MessagesSettings>,
    /// The origins whose pages may call the API, for example `https://shop.example`; none by default.
    #[serde(default)]
    pub cors_origins: Vec<String>,
    /// Opens the documentation in staging.
    #[serde(default)]
    pub docs_password: Option<SecretString>,
    /// Signs Stripe's webhooks.
    pub stripe_webhook_secret: SecretString,
    /// Stripe's secret before the last exchange, while it is still to be believed.
    #[serde(default)]
    pub stripe_previous_webhook_secret: Option<SecretString>,
    /// Until when that one is believed (RFC 3339).
    #[serde(default, deserialize_with = "moment")]
    pub stripe_previous_valid_until: Option<Timestamp>,
    /// Signs Razorpay's webhooks.
    pub razorpay_webhook_secret: SecretString,
    /// Razorpay's secret before the last exchange.
    #[serde(default)]
    pub razorpay_previous_webhook_secret: Option<SecretString>,
    /// Until when that one is believed (RFC 3339).
    #[serde(default, deserialize_with = "moment")]
    pub razorpay_previous_valid_until: Option<Timestamp>,
    /// Signs the carriers' webhooks.
    pub carrier_webhook_secret: SecretString,
    /// The carriers' secret before the last exchange.
    #[serde(default)]
    pub carrier_previous_webhook_secret: Option<SecretString>,
    /// Until when that one is believed (RFC 3339).
    #[serde(default, deserialize_with = "moment")]
    pub carrier_previous_valid_until: Option<Timestamp>,
    /// The two-digit GST code of the state where the seller is registered: decides between CGST with SGST and IGST. The
    /// same as `invoicing.seller.state_code`.
    #[serde(deserialize_with = "gst_states::configured_code")]
    pub seller_state_code: String,
    /// The GST rate in basis points of a product of which neither the catalog nor the HSN code says one.
    #[serde(default = "default_gst_basis_points")]
    pub default_gst_basis_points: i32,
    /// What carriage and cash cost.
    #[serde(default)]
    pub shipping: Tariff,
    /// What they cost for some parcels: the first rule that fits counts.
    #[serde(default)]
    pub shipping_rules: Vec<ShippingRule>,
    /// The tax on carriage and on the fee for cash.
    #[serde(default)]
    pub charges_tax: ChargesTax,
    /// How totals are rounded.
    #[serde(default)]
    pub round_off: RoundOff,
    /// The folder where the search index is kept between two runs; several processes may share it. Without one it is kept
    /// in memory and made anew at every start.
    #[serde(default)]
    pub search_directory: Option<PathBuf>,
    /// How much at once.
    #[serde(default)]
    pub limits: Limits,
    /// What is taken when there is too much to do.
    #[serde(default)]
    pub admission: AdmissionSettings,
}

/// A provider of SMS and e-mail; see [`crate::messages::HttpMessenger`] for what it is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesSettings {
    /// Where messages are posted.
    pub url: String,
    /// The shop's token there.
    pub token: SecretString,
}

/// 18 %, the rate of goods that no schedule names.
const fn default_gst_basis_points() -> i32 {
    1_800
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

/// Words that no secret of production contains: those of the demo's.
const DEMO_WORDS: [&str; 3] = ["demo", "development", "change-me"];

impl Settings {
    /// Checks what types cannot: refuses to start rather than to run on a mistake.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key.
    pub fn check(&self, environment: Environment) -> Result<(), ConfigError> {
        self.check_secrets(environment)?;
        for previous in self.previous() {
            previous?;
        }
        if self.jwt_previous_secret.is_some() != self.jwt_previous_valid_until.is_some() {
            return refuse("jwt_previous_valid_until", "goes with jwt_previous_secret: give both or neither");
        }
        self.messenger()?;
        if gst_states::state_name(&self.seller_state_code).is_none() {
            return refuse("seller_state_code", "is not the two-digit GST code of a state");
        }
        self.check_rates()?;
        self.allowed_origins()?;
        if environment == Environment::Staging && self.docs_password.is_none() {
            return refuse("docs_password", "is missing; staging shows its documentation behind a password");
        }
        let Limits { hashes, prints, searches, in_flight, webhooks_in_flight, status_reads, .. } = self.limits;
        let places = [hashes, prints, searches, in_flight, webhooks_in_flight, status_reads];
        if places.contains(&0) || self.limits.request_seconds == 0 {
            return refuse("limits", "must be at least 1 each");
        }
        self.admission.check()
    }

    fn check_rates(&self) -> Result<(), ConfigError> {
        let is_rate = |rate: i32| (0..=10_000).contains(&rate);
        if !is_rate(self.default_gst_basis_points) {
            return refuse("default_gst_basis_points", "must be 0 to 10000; 1800 is 18 %");
        }
        match &self.charges_tax {
            ChargesTax::Own { gst_basis_points, .. } if !is_rate(*gst_basis_points) => {
                refuse("charges_tax.own.gst_basis_points", "must be 0 to 10000; 1800 is 18 %")
            }
            ChargesTax::Own { sac, .. } if sac.is_empty() => refuse("charges_tax.own.sac", "is empty"),
            ChargesTax::Own { .. } | ChargesTax::Untaxed | ChargesTax::AsGoods => Ok(()),
        }
    }

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

    /// How the shop sells.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            seller_state: self.seller_state_code.clone(),
            default_gst_basis_points: self.default_gst_basis_points,
            shipping: self.shipping,
            shipping_rules: self.shipping_rules.clone(),
            charges_tax: self.charges_tax.clone(),
            round_off: self.round_off,
        }
    }

    /// The origins as headers spell them.
    ///
    /// # Errors
    /// [`ConfigError`] for one that is not an origin.
    pub fn allowed_origins(&self) -> Result<Vec<HeaderValue>, ConfigError> {
        let origin = |text: &String| {
            let (scheme, host) = text.split_once("://")?;
            let bare =
                matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '*', '?', '#', '@']);
            bare.then(|| HeaderValue::from_str(text).ok()).flatten()
        };
        self.cors_origins
            .iter()
            .map(|text| match origin(text) {
                Some(value) => Ok(value),
                None => refuse("cors_origins", &format!("has {text:?}; an origin is like https://shop.example")),
            })
            .collect()
    }

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

    fn check_secrets(&self, environment: Environment) -> Result<(), ConfigError> {
        if self.jwt_secret.expose_secret().len() < 32 {
            return refuse("jwt_secret", "has fewer than 32 bytes");
        }
        for (key, secret) in self.secrets() {
            let text = secret.expose_secret().to_ascii_lowercase();
            if text.is_empty() {
                return refuse(key, "is empty");
            }
            if environment == Environment::Production && DEMO_WORDS.iter().any(|word| text.contains(word)) {
                return refuse(key, "is a demo secret; production needs one of its own");
            }
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

fn refuse<T>(key: &str, what: &str) -> Result<T, ConfigError> {
    let variable = key.to_ascii_uppercase().replace('.', "__");
    Err(ConfigError(format!("[ingress] {key} {what} (SPAREPARTS_INGRESS__{variable})")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn refusal(environment: Environment, change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = testing::settings();
        change(&mut settings);
        settings.check(environment).map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
    }

    fn without_demo(settings: &mut Settings) {
        settings.jwt_secret = SecretString::from("k".repeat(32));
        settings.stripe_webhook_secret = SecretString::from("whsec_1");
        settings.razorpay_webhook_secret = SecretString::from("whsec_2");
        settings.carrier_webhook_secret = SecretString::from("whsec_3");
    }

    #[test]
    fn demo_secrets_run_in_development_and_never_in_production() {
        assert_eq!(refusal(Environment::Development, |_| {}), "accepted");
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

    #[test]
    fn a_provider_of_messages_has_an_address() {
        let refused = refusal(Environment::Development, |settings| {
            settings.messages = Some(MessagesSettings { url: "nowhere".to_owned(), token: SecretString::from("t") });
        });
        assert!(refused.contains("SPAREPARTS_INGRESS__MESSAGES"), "{refused}");
    }

    #[test]
    fn staging_needs_a_password_for_its_documentation() {
        assert!(refusal(Environment::Staging, |_| {}).contains("docs_password"));
    }

    #[test]
    fn origins_are_bare() {
        for bad in ["*", "shop.example", "https://shop.example/", "https://*.example", "ftp://shop.example"] {
            let refused = refusal(Environment::Development, |settings| settings.cors_origins = vec![bad.to_owned()]);
            assert!(refused.contains("cors_origins"), "{bad}: {refused}");
        }
        let fine = |settings: &mut Settings| settings.cors_origins = vec!["http://localhost:3000".to_owned()];
        assert_eq!(refusal(Environment::Development, fine), "accepted");
    }

    #[test]
    fn bounds_under_which_nothing_could_be_taken_are_refused() {
        for (change, key) in [
            ((|admission| admission.longest_wait_seconds = 0) as fn(&mut AdmissionSettings), "LONGEST_WAIT_SECONDS"),
            (|admission| admission.append_ms = 60_000, "APPEND_MS"),
            (|admission| admission.order_ms = 0, "ADMISSION__ORDER_MS"),
            (|admission| admission.oldest_order_ms = 0, "OLDEST_ORDER_MS"),
            (|admission| admission.orders_in_flight = 0, "ADMISSION"),
        ] {
            let refused = refusal(Environment::Development, |settings| change(&mut settings.admission));
            assert!(refused.contains("SPAREPARTS_INGRESS__ADMISSION") && refused.contains(key), "{refused}");
        }
    }

    #[test]
    fn a_rate_in_per_cent_is_not_taken_for_one_in_basis_points_out_of_range() {
        let refused = refusal(Environment::Development, |settings| settings.default_gst_basis_points = -18);
        assert!(refused.contains("SPAREPARTS_INGRESS__DEFAULT_GST_BASIS_POINTS"), "{refused}");
        let own = |gst_basis_points, sac: &str| ChargesTax::Own { gst_basis_points, sac: sac.to_owned() };
        for (charges_tax, expected) in
            [(own(10_001, "996812"), "GST_BASIS_POINTS"), (own(1_800, ""), "SAC"), (own(1_800, "996812"), "accepted")]
        {
            let refused = refusal(Environment::Development, |settings| settings.charges_tax = charges_tax);
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn charges_and_rounding_are_read_as_they_are_documented() {
        let text = r#"{"charges_tax": {"own": {"gst_basis_points": 1800, "sac": "996812"}}, "round_off": "none",
            "shipping_rules": [{"states": ["35"], "tariff": {"base_paise": 20000}}], "shipping": {"fragile_paise": 500}}"#;
        #[derive(Deserialize)]
        struct Some {
            charges_tax: ChargesTax,
            round_off: RoundOff,
            shipping: Tariff,
            shipping_rules: Vec<ShippingRule>,
        }
        let some: Some = serde_json::from_str(text).unwrap();
        assert_eq!(some.charges_tax, ChargesTax::Own { gst_basis_points: 1_800, sac: "996812".to_owned() });
        assert_eq!(
            (some.round_off, some.shipping.fragile_paise, some.shipping.base_paise),
            (RoundOff::None, 500, 5_000)
        );
        assert_eq!(
            (some.shipping_rules[0].tariff.base_paise, some.shipping_rules[0].tariff.per_kg_paise),
            (20_000, 1_000)
        );
        assert_eq!(serde_json::from_str::<ChargesTax>("\"as_goods\"").unwrap(), ChargesTax::AsGoods);
    }

    #[test]
    fn the_seller_is_registered_in_a_state_that_exists() {
        for bad in ["", "00", "Maharashtra"] {
            let refused = refusal(Environment::Development, |settings| settings.seller_state_code = bad.to_owned());
            assert!(refused.contains("SPAREPARTS_INGRESS__SELLER_STATE_CODE"), "{refused}");
        }
    }
}
