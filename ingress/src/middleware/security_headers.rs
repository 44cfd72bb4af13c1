//! Headers that tell browsers what this API is not: a page, a frame, something to guess the type of.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use shared::config::Environment;

const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Swagger UI is a page: its own scripts and the styles it writes into itself.
const DOCS: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);
const TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Sets the headers; every answer has them.
pub fn set(headers: &mut HeaderMap, environment: Environment, docs: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("geolocation=(), camera=(), microphone=()"));
    headers.insert(header::CONTENT_SECURITY_POLICY, if docs { DOCS } else { NOTHING });
    if environment == Environment::Production {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
}
