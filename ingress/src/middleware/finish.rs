//! The outermost layer: names the request, and sees to it that every failed answer is a problem document.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use shared::config::Environment;
use tracing::Instrument;

use super::{
    measure::Measure,
    request_id::{RequestId, X_REQUEST_ID},
    security_headers,
};
use crate::problem;

/// Runs one request under its id and finishes its answer.
pub async fn finish(State(environment): State<Environment>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let span = tracing::info_span!("request", request_id = %id, method = %request.method());
    let docs = request.uri().path().starts_with("/docs");
    let measure = Measure::start(&request);
    request.extensions_mut().insert(id.clone());
    async {
        let response = next.run(request).await;
        measure.end(response.status());
        let mut response = problem::render(response, id.as_str(), environment == Environment::Development);
        let headers = response.headers_mut();
        security_headers::set(headers, environment, docs);
        if let Some(value) = id.to_header() {
            headers.insert(X_REQUEST_ID, value);
        }
        // Answers are about one customer at one moment, unless a handler says otherwise.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }
    .instrument(span)
    .await
}
