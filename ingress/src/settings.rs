//! The section `[ingress]` of the configuration.

mod admission;
mod google;
mod limits;
mod messages;
mod rates;
mod secrets;

use std::path::PathBuf;

use axum::http::HeaderValue;
use schemas::{
    gst_states,
    pricing::{
        Policy, RoundOff,
        carriage::{ChargesTax, ShippingRule, Tariff},
    },
};
use secrecy::SecretString;
use serde::Deserialize;
use shared::{
    config::{ConfigError, Environment, Layers, Rules, Section},
    rotation::moment,
    time::Timestamp,
};

pub use self::{
    admission::AdmissionSettings,
    google::GoogleSettings,
    limits::Limits,
    messages::MessagesSettings,
    rates::{RateSetting, RateSettings},
};

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
    /// Who may log in with a Google account; without it nobody does.
    #[serde(default)]
    pub google: Option<GoogleSettings>,
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
    /// How often who may do what.
    #[serde(default)]
    pub rates: RateSettings,
}

/// 18 %, the rate of goods that no schedule names.
const fn default_gst_basis_points() -> i32 {
    1_800
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

impl Section for Settings {
    fn check(&self, environment: Environment) -> Result<(), ConfigError> {
        let rules = Rules::new("ingress", environment);
        self.check_secrets(&rules)?;
        self.check_messages(&rules)?;
        self.google.as_ref().map_or(Ok(()), |google| google.check(&rules))?;
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
        self.rates.check()?;
        self.admission.check()
    }

    fn check_beside(others: &Layers) -> Result<(), ConfigError> {
        gst_states::check_seller(others)
    }
}

impl Settings {
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
}

fn refuse<T>(key: &str, what: &str) -> Result<T, ConfigError> {
    Err(ConfigError::about(&format!("ingress.{key}"), what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    pub(super) fn refusal(environment: Environment, change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = testing::settings();
        change(&mut settings);
        settings.check(environment).map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
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
    fn limits_under_which_nobody_could_do_anything_are_refused() {
        for (change, key) in [
            ((|rates| rates.login.burst = 0) as fn(&mut RateSettings), "RATES__LOGIN"),
            (|rates| rates.account.per_minute = 0, "RATES__ACCOUNT"),
            (|rates| rates.trusted_proxies = 11, "RATES__TRUSTED_PROXIES"),
        ] {
            let refused = refusal(Environment::Development, |settings| change(&mut settings.rates));
            assert!(refused.contains(key), "{refused}");
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
