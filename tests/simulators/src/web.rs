//! HTTP pieces that the three shells share.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::time::Duration;

/// A JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What opening or deciding a dispute came to: its name, or why it is none.
pub fn dispute_answer(dispute: Result<String, String>) -> Response {
    match dispute {
        Ok(id) => json(StatusCode::OK, &serde_json::json!({ "dispute": id })),
        Err(error) => json(StatusCode::UNPROCESSABLE_ENTITY, &serde_json::json!({ "error": error })),
    }
}

/// A JSON answer already written.
pub fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

/// The text of a header, if it is present and readable.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
}

/// The bearer token of the request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    header_text(headers, "authorization")?.strip_prefix("Bearer ").map(str::trim)
}

/// The user and password of HTTP Basic authentication (RFC 7617).
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = header_text(headers, "authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Leaves the call hanging, then closes the connection without a byte of answer.
///
/// hyper polls the body before it flushes the head, so a body that fails at once takes the head down with it.
pub async fn hang_up(hold: Duration) -> Response {
    tokio::time::sleep(hold).await;
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("hung up on purpose")) });
    Body::from_stream(broken).into_response()
}

/// Finishes `work` even if the client goes away meanwhile, as a real gateway does.
pub async fn see_through(work: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a call was not carried through");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authorized(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).expect("a header value"));
        headers
    }

    #[test]
    fn both_schemes_of_authentication_are_read() {
        assert_eq!(bearer(&authorized("Bearer sk_test_demo")), Some("sk_test_demo"));
        let basic_of_a_b = authorized("Basic YTpi");
        assert_eq!(basic(&basic_of_a_b), Some(("a".into(), "b".into())));
    }

    #[test]
    fn a_malformed_header_authenticates_nobody() {
        for value in ["Basic ???", "Basic YQ==", "Digest YTpi", "Bearer"] {
            assert_eq!(basic(&authorized(value)), None, "{value}");
            assert_eq!(bearer(&authorized(value)), None, "{value}");
        }
    }
}
