//! An answer of the API, read to its end.

use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::Value;

use crate::checker::Answered;

/// An answer, complete.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to a request.
    ///
    /// # Panics
    /// Without one.
    pub async fn of(request: RequestBuilder) -> Self {
        Self::try_of(request).await.unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// The answer to a request that may get none.
    ///
    /// # Errors
    /// Why there is none: whether the request was taken is unknown.
    pub async fn try_of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Self { status, headers, body: answer.bytes().await?.to_vec() })
    }

    /// Requires this status.
    ///
    /// # Panics
    /// With another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Requires a problem document (RFC 9457) with this status and code, complete to the request's id.
    ///
    /// # Panics
    /// When it is none, or another.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> &Self {
        self.expect(status);
        assert_eq!(self.header(CONTENT_TYPE.as_str()), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        let request_id = self.header("x-request-id");
        assert!(!request_id.is_empty(), "an answer without X-Request-Id");
        assert_eq!(problem["request_id"], request_id, "{problem}");
        self
    }

    /// A header, empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; `null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Answered {
    /// What a client makes of the answer to `POST /orders`.
    #[must_use]
    pub fn of(answer: &Result<Answer, reqwest::Error>) -> Self {
        match answer {
            Ok(answer) if answer.status == 202 => {
                Self::Accepted(answer.json()["order_id"].as_str().unwrap_or_default().to_owned())
            }
            // Later, or who are you: nobody has looked at the order yet.
            Ok(answer) if matches!(answer.status, 401 | 429) => Self::Unknown(answer.status.to_string()),
            Ok(answer) if (400..500).contains(&answer.status) => Self::Refused(answer.status),
            Ok(answer) => Self::Unknown(answer.status.to_string()),
            Err(error) if error.is_timeout() => Self::Unknown("no answer in time".to_owned()),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }
}
