//! Rate, errors and duration of every route.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
};

/// A request under way, as it will be counted.
pub struct Measure {
    started: Instant,
    method: &'static str,
    route: String,
}

impl Measure {
    /// Starts the clock.
    #[must_use]
    pub fn start(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>();
        let route = path.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
        Self { started: Instant::now(), method: method_label(request.method()), route }
    }

    /// Counts the request under its route, never under its path, so that ids make no new series.
    pub fn end(self, status: StatusCode) {
        let Self { started, method, route } = self;
        let status = status.as_str().to_owned();
        metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
            .increment(1);
        metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
            .record(started.elapsed().as_secs_f64());
    }
}

fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
