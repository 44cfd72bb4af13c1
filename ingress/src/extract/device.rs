//! What a client calls itself.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::validate;

/// As much of it as helps a person to know their devices apart.
const LONGEST: usize = 120;

/// The `User-Agent`, shortened: one line, without a card number like every text that is kept. Empty if there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(pub String);

impl Device {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let short: String = given.chars().take(LONGEST).collect();
        // Judged as a whole, so that no number is cut in two to look like none.
        let kept = if validate::holds_card_number(given) { String::new() } else { short };
        Self(validate::line(&kept, 0, LONGEST).unwrap_or_default())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn device(agent: &[u8]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_bytes(agent).unwrap());
        Device::of(&headers).0
    }

    #[test]
    fn an_agent_is_kept_in_short_and_without_what_may_not_be_kept() {
        assert_eq!(device(b" SpareParts/3.1 (Android 16) "), "SpareParts/3.1 (Android 16)");
        assert_eq!(device(&[b'x'; 300]).len(), LONGEST);
        for unfit in [&b"card 4242 4242 4242 4242"[..], b"\xff\xfe", b"a\tb"] {
            assert_eq!(device(unfit), "");
        }
        let cut = [&[b'x'; LONGEST - 15][..], b" 4242424242424242"].concat();
        assert_eq!(device(&cut), "");
        assert_eq!(Device::of(&HeaderMap::new()).0, "");
    }
}
