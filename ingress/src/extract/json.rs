//! JSON bodies.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, error::Category};

use super::misfit;
use crate::problem::{
    BAD_REQUEST, BODY_TOO_LARGE, INTERNAL, INVALID_BODY, MALFORMED_JSON, Problem, TIMED_OUT, UNSUPPORTED_MEDIA_TYPE,
};

/// A body that is `application/json` and has the shape of `T`.
pub struct Json<T>(pub T);

/// A body that may be missing altogether; `T`'s default then.
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let says_json = is_json(request.headers());
        let body = bytes(request, state).await?;
        if says_json { parse(&body).map(Self) } else { Err(Problem::new(UNSUPPORTED_MEDIA_TYPE)) }
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let says_json = is_json(request.headers());
        let body = bytes(request, state).await?;
        match (body.is_empty(), says_json) {
            (true, _) => Ok(Self(T::default())),
            (false, true) => parse(&body).map(Self),
            (false, false) => Err(Problem::new(UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

/// Reads JSON. `serde_json` refuses to nest deeper than 128 levels, so no body exhausts the stack.
///
/// # Errors
/// A problem for what is not JSON, or JSON of another shape (an unknown field above all).
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(unfit)?;
    json.end().map_err(|error| Problem::new(MALFORMED_JSON).detail(error.to_string()))?;
    // serde also reads a list as a struct, field by field: no client means that.
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Err(Problem::new(INVALID_BODY).detail("expected an object, not a list")),
        _ => Ok(value),
    }
}

/// Reads what was read as JSON before. Fields that the shape does not know are refused at every depth, for shapes whose parts
/// are read elsewhere, too, where they must be borne; so the shape must write all that it reads.
///
/// # Errors
/// A problem for JSON of another shape.
pub fn understood<T: DeserializeOwned + Serialize>(given: &Value) -> Result<T, Problem> {
    let read: T = serde_path_to_error::deserialize(given.clone()).map_err(unfit)?;
    let known = serde_json::to_value(&read).map_err(|error| Problem::new(INTERNAL).because(error))?;
    match unknown(given, &known) {
        Some(field) => Err(Problem::field(INVALID_BODY, field, "is not known")),
        None => Ok(read),
    }
}

/// The first field that was given and is not among those that are known.
fn unknown(given: &Value, known: &Value) -> Option<String> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => given.iter().find_map(|(field, value)| {
            let below = unknown(value, known.get(field).unwrap_or(&Value::Null));
            let below =
                below.map(
                    |below| if below.starts_with('[') { format!("{field}{below}") } else { format!("{field}.{below}") },
                );
            if known.contains_key(field) { below } else { Some(field.clone()) }
        }),
        (Value::Array(given), Value::Array(known)) => {
            given.iter().zip(known).enumerate().find_map(|(index, (given, known))| match unknown(given, known) {
                Some(below) if below.is_empty() => Some(format!("[{index}]")),
                below => below.map(|below| format!("[{index}].{below}")),
            })
        }
        // serde also reads a list as a struct.
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        _ => None,
    }
}

/// What is not JSON, or JSON of another shape.
fn unfit(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    match error.inner().classify() {
        Category::Data => misfit(INVALID_BODY, error),
        _ => Problem::new(MALFORMED_JSON).detail(error.into_inner().to_string()),
    }
}

/// Reads the body up to its limit.
///
/// # Errors
/// A problem for a body that is too large or breaks off.
pub async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(BODY_TOO_LARGE),
        StatusCode::REQUEST_TIMEOUT => Problem::new(TIMED_OUT),
        _ => Problem::new(BAD_REQUEST).detail("the body broke off"),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[allow(dead_code, reason = "only its presence matters")]
        name: String,
    }

    fn refused(body: &str) -> &'static str {
        parse::<Shape>(body.as_bytes()).unwrap_err().kind().code
    }

    #[test]
    fn malformed_and_misshapen_bodies_are_told_apart() {
        assert_eq!(refused("{"), "malformed_json");
        assert_eq!(refused(""), "malformed_json");
        assert_eq!(refused(r#"{"name":"a","role":"admin"}"#), "invalid_body");
        assert_eq!(refused(r#"{"name":1}"#), "invalid_body");
        assert_eq!(refused(r#"{"name":"a"} trailing"#), "malformed_json");
        assert_eq!(refused(r#" ["a"]"#), "invalid_body");
    }

    #[test]
    fn a_misshapen_field_is_named() {
        #[derive(Debug, serde::Deserialize)]
        struct Outer {
            #[allow(dead_code, reason = "only its shape matters")]
            items: Vec<Shape>,
        }
        let named = |body: &str| format!("{:?}", parse::<Outer>(body.as_bytes()).unwrap_err());
        for (body, field) in [
            (r#"{}"#, "\"items\""),
            (r#"{"items":[{"name":"a"},{"name":1}]}"#, "\"items[1].name\""),
            (r#"{"items":[{}]}"#, "\"items[0].name\""),
            (r#"{"items":[{"name":"a","role":"b"}]}"#, "\"items[0].role\""),
        ] {
            assert!(named(body).contains(field), "{body}: {}", named(body));
        }
    }

    #[test]
    fn what_is_not_known_is_named_at_every_depth() {
        #[derive(Debug, Serialize, serde::Deserialize)]
        struct Outer {
            items: Vec<Inner>,
        }
        #[derive(Debug, Serialize, serde::Deserialize)]
        struct Inner {
            name: String,
        }
        let named = |body: Value| understood::<Outer>(&body).map_err(|problem| format!("{problem}"));
        assert!(named(serde_json::json!({ "items": [{ "name": "a" }] })).is_ok());
        for (body, field) in [
            (serde_json::json!({ "items": [], "role": 1 }), "role: "),
            (serde_json::json!({ "items": [{ "name": "a" }, { "name": "a", "role": 1 }] }), "items[1].role: "),
            (serde_json::json!({ "items": [["a"]] }), "items[0]: "),
            (serde_json::json!({ "items": [{ "name": 1 }] }), "items[0].name: "),
        ] {
            let told = named(body).unwrap_err();
            assert!(told.contains(field), "{told}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_costs_no_stack() {
        let deep = "[".repeat(200_000);
        assert_eq!(parse::<serde_json::Value>(deep.as_bytes()).unwrap_err().kind().code, "malformed_json");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = parse::<Shape>(&body);
        }
    }
}
