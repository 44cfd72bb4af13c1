//! Errors as clients see them: RFC 9457 problem details, with a stable `code`.
//!
//! A handler returns a [`Problem`]; the outermost layer ([`crate::middleware::finish`]) writes it down, because only that
//! layer knows the request's id and sees the answers that no handler of ours gave.

mod kinds;
mod render;

use std::fmt::Display;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::engine::OperationFailed;

pub use kinds::*;
pub use render::render;

/// One sort of problem: a status, a stable code for programs and a title for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The HTTP status.
    pub status: StatusCode,
    /// Never changes once released.
    pub code: &'static str,
    /// The same for every occurrence.
    pub title: &'static str,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field as a path, for example `items[0].quantity`.
    pub field: String,
    /// What is expected of it.
    pub message: String,
}

impl FieldError {
    /// An error of one field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// One occurrence of a problem. Boxed, because it is the error half of every handler's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    internal: Option<String>,
    retry_after: Option<u64>,
    challenge: Option<&'static str>,
    members: Map<String, Value>,
}

impl Problem {
    /// An occurrence that its kind says all about.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: String::new(),
            errors: Vec::new(),
            internal: None,
            retry_after: None,
            challenge: None,
            members: Map::new(),
        }))
    }

    /// The request has these faults.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = format!("{} of the request's fields cannot be accepted", errors.len());
        let mut problem = Self::new(VALIDATION_FAILED).detail(detail);
        problem.0.errors = errors;
        problem
    }

    /// The request has this one fault.
    #[must_use]
    pub fn field(kind: Kind, field: impl Into<String>, message: impl Into<String>) -> Self {
        let error = FieldError::new(field, message);
        let mut problem = Self::new(kind).detail(format!("{}: {}", error.field, error.message));
        problem.0.errors = vec![error];
        problem
    }

    /// What the client is told about this occurrence.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// What the log is told, and the client only in development.
    #[must_use]
    pub fn because(mut self, cause: impl Display) -> Self {
        self.0.internal = Some(cause.to_string());
        self
    }

    /// The client may come back after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// What the client must present (`WWW-Authenticate`).
    #[must_use]
    pub fn challenge(mut self, scheme: &'static str) -> Self {
        self.0.challenge = Some(scheme);
        self
    }

    /// A member of its own (RFC 9457, section 3.2) that helps the client to go on.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.0.members.insert(name.to_owned(), value);
        self
    }

    /// Which sort of problem this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }
}

impl From<OperationFailed> for Problem {
    fn from(error: OperationFailed) -> Self {
        match error {
            OperationFailed::Mongo(error) => error.into(),
            OperationFailed::Kafka(error) => Self::new(FATE_UNKNOWN).retry_after(1).because(error),
        }
    }
}

/// All of it in one line, for an operator's terminal.
impl Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Parts { kind, detail, internal, .. } = &*self.0;
        f.write_str(kind.title)?;
        [Some(detail), internal.as_ref()]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .try_for_each(|part| write!(f, ": {part}"))
    }
}

/// The status, the headers and the problem itself as an extension; the body is written by [`render`].
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.kind.status.into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(scheme) = self.0.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A store that does not answer is a passing state; an answer that does not fit is a fault of ours.
impl From<mongodb::error::Error> for Problem {
    fn from(error: mongodb::error::Error) -> Self {
        use mongodb::error::ErrorKind;
        match *error.kind {
            ErrorKind::BsonDeserialization(_) | ErrorKind::BsonSerialization(_) | ErrorKind::InvalidArgument { .. } => {
                Self::new(INTERNAL).because(error)
            }
            _ => Self::new(STORE_UNAVAILABLE).retry_after(1).because(error),
        }
    }
}
