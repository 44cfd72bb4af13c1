//! How a call fails.

use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There was no answer, or it broke off: the fate of the request is unknown.
    #[error("{kind}: {source}", kind = .0.kind, source = .0.text)]
    Transport(Transport),
    /// The answer is no.
    #[error("{status} {code}{}{detail}", if .detail.is_empty() { "" } else { ": " })]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The problem's stable code; empty if the answer was no problem document.
        code: String,
        /// What it says.
        detail: String,
        /// When to come again, in seconds, if it says so.
        retry_after: Option<u64>,
    },
    /// The answer is not what the API promises.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

/// What happened to the connection.
#[derive(Debug)]
pub struct Transport {
    kind: &'static str,
    text: String,
}

/// The part of a problem document (RFC 9457) that these clients show.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    title: String,
    detail: String,
}

impl ApiError {
    /// Reads the refusal that an answer carries.
    pub(super) async fn refusal(answer: Response) -> Self {
        let status = answer.status();
        let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.bytes().await.unwrap_or_default();
        Self::from_problem(status, retry_after, &body)
    }

    fn from_problem(status: StatusCode, retry_after: Option<u64>, body: &[u8]) -> Self {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        let detail = if problem.detail.is_empty() { problem.title } else { problem.detail };
        Self::Refused { status, code: problem.code, detail, retry_after }
    }

    /// When to come again, in seconds, if the answer says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        if let Self::Refused { retry_after, .. } = self { *retry_after } else { None }
    }

    /// What to count it under: few and stable.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Transport(transport) => transport.kind.to_owned(),
            Self::Refused { status, code, .. } if code.is_empty() => status.as_u16().to_string(),
            Self::Refused { status, code, .. } => format!("{} {code}", status.as_u16()),
            Self::Unreadable(_) => "unreadable answer".to_owned(),
        }
    }

    /// Whether the shop said that it has too much to do, which an overloaded shop should.
    #[must_use]
    pub fn is_overload(&self) -> bool {
        matches!(self, Self::Refused { status, .. }
            if matches!(*status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS))
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        let kind = if error.is_timeout() {
            "time-out"
        } else if error.is_connect() {
            "no connection"
        } else {
            "connection lost"
        };
        let url = error.url().map(|url| format!("{}: ", url.path())).unwrap_or_default();
        Self::Transport(Transport { kind, text: format!("{url}{}", causes(&error)) })
    }
}

/// An error with all its causes: only the last one says what the operating system said.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_counted_by_its_code_and_shown_with_its_detail() {
        let body = br#"{"type":"about:blank","title":"Too many","code":"overloaded","detail":"come back later"}"#;
        let error = ApiError::from_problem(StatusCode::SERVICE_UNAVAILABLE, Some(7), body);
        assert_eq!(error.kind(), "503 overloaded");
        assert_eq!(error.to_string(), "503 Service Unavailable overloaded: come back later");
        assert!(error.is_overload());
        assert_eq!(error.retry_after(), Some(7));
    }

    #[test]
    fn an_answer_that_is_no_problem_document_is_counted_by_its_status() {
        let error = ApiError::from_problem(StatusCode::BAD_GATEWAY, None, b"<html>");
        assert_eq!(error.kind(), "502");
        assert!(!error.is_overload());
    }
}
