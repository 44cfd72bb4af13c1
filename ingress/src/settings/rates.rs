//! `[ingress.rates]`

use serde::Deserialize;
use shared::{config::ConfigError, rate_limit::Rate};

use super::refuse;

/// How often who may do what. The limits hold over all processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateSettings {
    /// How many proxies of the operator's own stand in front, one behind the other, each adding to `X-Forwarded-For` whom it
    /// hears. 0: clients connect here themselves, and the header is anybody's invention.
    pub trusted_proxies: usize,
    /// Passwords that a client tries.
    pub login: RateSetting,
    /// Accounts that a client opens.
    pub register: RateSetting,
    /// Codes that a client has sent, to whomever.
    pub code_send: RateSetting,
    /// Codes that a client tries.
    pub code_verify: RateSetting,
    /// Refresh tokens that a client presents.
    pub refresh: RateSetting,
    /// What guests of a client put into carts and change in them.
    pub guest_cart: RateSetting,
    /// What an account changes.
    pub account: RateSetting,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSetting {
    /// So many at once.
    pub burst: u32,
    /// So many a minute in the long run.
    pub per_minute: u32,
}

impl RateSetting {
    const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, per_minute }
    }

    /// As the limiter has it.
    #[must_use]
    pub fn rate(self) -> Rate {
        Rate::new(self.burst, self.per_minute)
    }

    const fn is_sane(self) -> bool {
        1 <= self.burst && self.burst <= MOST && 1 <= self.per_minute && self.per_minute <= MOST
    }
}

const MOST: u32 = 1_000_000;

/// A client may be a whole town: mobile networks show thousands of customers under one address.
impl Default for RateSettings {
    fn default() -> Self {
        Self {
            trusted_proxies: 0,
            login: RateSetting::new(30, 30),
            register: RateSetting::new(20, 6),
            code_send: RateSetting::new(20, 6),
            code_verify: RateSetting::new(30, 30),
            refresh: RateSetting::new(120, 120),
            guest_cart: RateSetting::new(120, 120),
            account: RateSetting::new(60, 120),
        }
    }
}

impl RateSettings {
    /// Limits that nobody meets.
    #[must_use]
    pub fn wide() -> Self {
        let wide = RateSetting::new(MOST, MOST);
        Self {
            trusted_proxies: 0,
            login: wide,
            register: wide,
            code_send: wide,
            code_verify: wide,
            refresh: wide,
            guest_cart: wide,
            account: wide,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let named = [
            ("rates.login", self.login),
            ("rates.register", self.register),
            ("rates.code_send", self.code_send),
            ("rates.code_verify", self.code_verify),
            ("rates.refresh", self.refresh),
            ("rates.guest_cart", self.guest_cart),
            ("rates.account", self.account),
        ];
        match named.into_iter().find(|(_, rate)| !rate.is_sane()) {
            Some((key, _)) => refuse(key, "must have a burst and a number per_minute of 1 to 1000000"),
            None if self.trusted_proxies > 10 => refuse("rates.trusted_proxies", "must be 0 to 10"),
            None => Ok(()),
        }
    }
}
