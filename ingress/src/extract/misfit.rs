//! What has another shape than is read.

use std::fmt::Display;

use crate::problem::{Kind, Problem};

/// Names the field that has the wrong shape, is not known, or is missing.
pub(super) fn misfit<E: Display>(kind: Kind, error: serde_path_to_error::Error<E>) -> Problem {
    let path = error.path().to_string();
    let message = error.into_inner().to_string();
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = match (path.as_str(), missing) {
        (".", None) => return Problem::new(kind).detail(message),
        (".", Some(missing)) => missing.to_owned(),
        (path, Some(missing)) => format!("{path}.{missing}"),
        (path, None) => path.to_owned(),
    };
    Problem::field(kind, field, message)
}
