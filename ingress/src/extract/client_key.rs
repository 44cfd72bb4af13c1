//! The `Idempotency-Key` header.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use crate::problem::{INVALID_IDEMPOTENCY_KEY, Problem};

/// The header's name.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What the client calls this request, so that it may send it again: 1 to 128 visible ASCII characters. None if it gave
/// no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    fn parse(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(value) = values.next() else { return Some(Self(None)) };
        let fits = (1..=128).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
        let text = value.to_str().ok().filter(|_| fits && values.next().is_none())?;
        Some(Self(Some(text.to_owned())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let expected = "send one Idempotency-Key of 1 to 128 visible ASCII characters";
        Self::parse(&parts.headers).ok_or_else(|| Problem::new(INVALID_IDEMPOTENCY_KEY).detail(expected))
    }
}

/// What the client calls this request, where it has to give it a name: an effect that it could not send again otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for RequiredKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let needed = "give this request an Idempotency-Key, so that it can be sent again without counting twice";
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(parts, state).await?;
        key.map(Self).ok_or_else(|| Problem::new(INVALID_IDEMPOTENCY_KEY).detail(needed))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn parsed(values: &[&[u8]]) -> Option<IdempotencyKey> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        IdempotencyKey::parse(&headers)
    }

    #[test]
    fn a_key_is_visible_ascii_or_absent() {
        assert_eq!(parsed(&[]), Some(IdempotencyKey(None)));
        assert_eq!(parsed(&[b"a-1"]), Some(IdempotencyKey(Some("a-1".to_owned()))));
        assert!(parsed(&[&[b'x'; 128]]).is_some());
    }

    #[test]
    fn every_other_key_is_refused() {
        for bad in [&[&b""[..]][..], &[&[b'x'; 129]], &[b"a b"], &[b"\xff"], &[b"a", b"b"]] {
            assert_eq!(parsed(bad), None, "{bad:?}");
        }
    }
}
