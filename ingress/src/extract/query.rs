//! Query strings.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;
use serde_html_form::Deserializer;

use super::misfit;
use crate::problem::{INVALID_QUERY, Problem};

/// The query string, of the shape of `T`. A parameter that may be given several times is a list.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string. A number of which nothing but the name is given is no number, though the library takes it for one that
/// is not given at all.
///
/// # Errors
/// A problem that names the parameter.
pub fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let as_given = deserialize(query)?;
    match filled(query) {
        Some(filled) => deserialize::<T>(&filled).map(|_| as_given),
        None => Ok(as_given),
    }
}

fn deserialize<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let query = Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(query).map_err(|error| misfit(INVALID_QUERY, error))
}

/// The same with some text for every value that is empty, if there is any.
fn filled(query: &str) -> Option<String> {
    let is_empty = |pair: &&str| !pair.is_empty() && pair.split_once('=').is_none_or(|(_, value)| value.is_empty());
    query.split('&').any(|pair| is_empty(&pair)).then(|| {
        let pairs = query.split('&').map(|pair| match pair.trim_end_matches('=') {
            name if is_empty(&pair) => format!("{name}=empty"),
            _ => pair.to_owned(),
        });
        pairs.collect::<Vec<_>>().join("&")
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        limit: Option<i64>,
        name: Option<String>,
        #[serde(default)]
        tag: Vec<String>,
    }

    #[test]
    fn a_parameter_may_be_given_several_times_if_it_is_a_list() {
        let read = |query: &str| read::<Wanted>(query).unwrap();
        assert_eq!(read("tag=b&limit=2&tag=%C3%A9").tag, ["b", "\u{e9}"]);
        assert_eq!((read("tag=one").tag, read("").tag.len()), (vec!["one".to_owned()], 0));
        assert_eq!((read("name=&tag=&&").name, read("name").name), (Some(String::new()), Some(String::new())));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, field) in [
            ("limit=many", "limit"),
            ("tag=a&limit=1.5", "limit"),
            ("limit=", "limit"),
            ("name=a&limit", "limit"),
            ("limit=1&limit=2", "limit"),
            ("name=a&name=b", "name"),
            ("order=price", "order"),
        ] {
            let problem = read::<Wanted>(query).unwrap_err();
            assert!(format!("{problem:?}").contains(&format!("field: \"{field}\"")), "{query}: {problem:?}");
        }
    }
}
