//! Writes problems down.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{FieldError, OVERLOADED, Problem, of_status};

/// The media type of RFC 9457.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

/// Gives every failed answer its problem document. `frank` adds the internal cause, which is for development alone.
pub fn render(mut response: Response, request_id: &str, frank: bool) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if status.is_client_error() || status.is_server_error() => Problem::new(of_status(status)),
        None => return response,
    };
    log(&problem);
    let body = serde_json::to_vec(&document(&problem, &detail(&problem, frank), request_id)).unwrap_or_default();
    let (mut head, _) = response.into_parts();
    head.headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(body))
}

fn document<'a>(problem: &'a Problem, detail: &'a str, request_id: &'a str) -> Document<'a> {
    Document {
        kind: format!("urn:spareparts:problem:{}", problem.0.kind.code),
        title: problem.0.kind.title,
        status: problem.0.kind.status.as_u16(),
        code: problem.0.kind.code,
        detail,
        request_id,
        errors: &problem.0.errors,
        members: &problem.0.members,
    }
}

fn detail(problem: &Problem, frank: bool) -> String {
    match &problem.0.internal {
        Some(cause) if frank && problem.0.detail.is_empty() => cause.clone(),
        Some(cause) if frank => format!("{} ({cause})", problem.0.detail),
        _ => problem.0.detail.clone(),
    }
}

/// The cause goes to the log; what a client sent does not, for it may be personal. Requests that are shed are counted and
/// not told one by one: refusing one must cost next to nothing.
fn log(problem: &Problem) {
    let cause = problem.0.internal.as_deref().unwrap_or_default();
    if problem.0.kind.status.is_server_error() && problem.0.kind != OVERLOADED {
        tracing::error!(code = problem.0.kind.code, cause, "request failed");
    } else {
        tracing::debug!(code = problem.0.kind.code, cause, "request refused");
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::problem::{FATE_UNKNOWN, NOT_FOUND, VALIDATION_FAILED};

    async fn rendered(response: Response, frank: bool) -> serde_json::Value {
        let response = render(response, "req-1", frank);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn a_problem_has_every_member_of_the_contract() {
        let problem = Problem::field(VALIDATION_FAILED, "items[0].quantity", "must be 1 to 1000");
        let document = rendered(problem.into_response(), false).await;
        assert_eq!(document["type"], "urn:spareparts:problem:validation_failed");
        assert_eq!(document["status"], 422);
        assert_eq!(document["code"], "validation_failed");
        assert_eq!(document["request_id"], "req-1");
        assert_eq!(document["errors"][0]["field"], "items[0].quantity");
    }

    #[tokio::test]
    async fn the_cause_is_told_in_development_alone() {
        let problem = || Problem::new(FATE_UNKNOWN).detail("retry").because("broker down").into_response();
        assert_eq!(rendered(problem(), false).await["detail"], "retry");
        assert_eq!(rendered(problem(), true).await["detail"], "retry (broker down)");
    }

    #[tokio::test]
    async fn a_foreign_error_becomes_a_problem_and_a_success_stays() {
        let foreign = (axum::http::StatusCode::NOT_FOUND, "plain text").into_response();
        assert_eq!(rendered(foreign, false).await["code"], NOT_FOUND.code);
        let fine = render("fine".into_response(), "req-1", false);
        assert_ne!(fine.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
