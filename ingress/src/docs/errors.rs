//! What errors an operation may answer with, by their codes. A route names those of its own, `(status = 404, description =
//! "order_not_found")`; those that follow from what it takes are said once here. Tests hold all answers to it.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::{
    Content, ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    example::{Example, ExampleBuilder},
    path::{Operation, Parameter, ParameterIn},
    schema::{SchemaType, Type},
};

use super::operations;
use crate::problem::{self, Kind};

/// What sort of request may be answered so.
struct General {
    kinds: &'static [Kind],
    is_possible: fn(&Route<'_>) -> bool,
}

/// A route, as far as it matters here.
struct Route<'a> {
    path: &'a str,
    method: &'static str,
    operation: &'a Operation,
}

const GENERAL: &[General] = &[
    General { kinds: &[problem::BAD_REQUEST], is_possible: |route| route.has_body() },
    General { kinds: &[problem::MALFORMED_JSON, problem::INVALID_BODY], is_possible: |route| route.takes_json() },
    General {
        kinds: &[problem::INVALID_PATH],
        is_possible: |route| route.has(|it| it.parameter_in == ParameterIn::Path),
    },
    General {
        kinds: &[problem::INVALID_QUERY],
        is_possible: |route| route.has(|it| it.parameter_in == ParameterIn::Query),
    },
    General {
        kinds: &[problem::VALIDATION_FAILED],
        is_possible: |route| route.takes_json() || route.has(|it| it.parameter_in != ParameterIn::Header),
    },
    General {
        kinds: &[problem::INVALID_IDEMPOTENCY_KEY, problem::IDEMPOTENCY_KEY_REUSED],
        is_possible: |route| route.has(|it| it.name == "Idempotency-Key"),
    },
    General { kinds: &[problem::INVALID_CART_TOKEN], is_possible: |route| route.has(|it| it.name == "Cart-Token") },
    General {
        kinds: &[problem::INVALID_SIGNATURE, problem::MALFORMED_EVENT],
        is_possible: |route| route.path.contains("/webhooks/"),
    },
    General { kinds: &[problem::UNAUTHENTICATED], is_possible: |route| route.operation.security.is_some() },
    General { kinds: &[problem::FORBIDDEN], is_possible: |route| route.path.contains("/admin/") },
    General { kinds: &[problem::BODY_TOO_LARGE], is_possible: |route| route.has_body() },
    General { kinds: &[problem::UNSUPPORTED_MEDIA_TYPE], is_possible: |route| route.takes_json() },
    General {
        kinds: &[problem::RATE_LIMITED],
        is_possible: |route| route.method != "get" && !route.path.contains("/webhooks/"),
    },
    General { kinds: &[problem::TOO_MANY_ATTEMPTS], is_possible: |route| route.path.contains("/auth/") },
    General { kinds: &[problem::FATE_UNKNOWN], is_possible: |route| route.method != "get" },
    General {
        kinds: &[problem::INTERNAL, problem::STORE_UNAVAILABLE, problem::TIMED_OUT, problem::OVERLOADED],
        is_possible: |_| true,
    },
];

impl Route<'_> {
    fn has_body(&self) -> bool {
        self.operation.request_body.is_some()
    }

    fn takes_json(&self) -> bool {
        let body = self.operation.request_body.as_ref();
        let is_json = body.is_some_and(|body| match body {
            RefOr::T(body) => body.content.contains_key("application/json"),
            RefOr::Ref(_) => false,
        });
        is_json && !self.path.contains("/webhooks/")
    }

    fn has(&self, parameter: impl Fn(&Parameter) -> bool) -> bool {
        let mut parameters = self.operation.parameters.iter().flatten();
        parameters.any(|it| matches!(it, RefOr::T(it) if parameter(it)))
    }
}

/// Tells every operation's errors in full.
pub fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        operations(item).for_each(|(method, operation)| complete_one(path, method, operation));
    }
}

fn complete_one(path: &str, method: &'static str, operation: &mut Operation) {
    let mut errors: BTreeMap<String, Vec<Kind>> = BTreeMap::new();
    for kind in own(operation).into_iter().chain(general(&Route { path, method, operation })) {
        let kinds = errors.entry(kind.status.as_str().to_owned()).or_default();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    operation.responses.responses.retain(|status, _| !is_error(status));
    let told = errors.into_iter().map(|(status, kinds)| (status, RefOr::T(response(&kinds))));
    operation.responses.responses.extend(told);
}

fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

/// The errors that the route itself names.
fn own(operation: &Operation) -> Vec<Kind> {
    let all = operation.responses.responses.iter().filter(|(status, _)| is_error(status));
    let codes = all.filter_map(|(status, response)| match response {
        RefOr::T(response) => Some((status, response.description.split(", "))),
        RefOr::Ref(_) => None,
    });
    codes.flat_map(|(status, codes)| codes.filter_map(|code| of_code(status, code))).collect()
}

fn of_code(status: &str, code: &str) -> Option<Kind> {
    problem::ALL.iter().find(|kind| kind.status.as_str() == status && kind.code == code).copied()
}

fn general(route: &Route<'_>) -> Vec<Kind> {
    let possible = GENERAL.iter().filter(|general| (general.is_possible)(route));
    possible.flat_map(|general| general.kinds).copied().collect()
}

/// One status with all its codes. A client may come back where it is told to.
fn response(kinds: &[Kind]) -> Response {
    let told: Vec<String> = kinds.iter().map(|kind| format!("`{}`: {}.", kind.code, kind.title)).collect();
    let response =
        ResponseBuilder::new().description(told.join("\n\n")).content("application/problem+json", content(kinds));
    let comes_back = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
    if !kinds.iter().any(|kind| comes_back.contains(&kind.status)) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).build();
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait")).build();
    response.header("Retry-After", header).build()
}

fn content(kinds: &[Kind]) -> Content {
    let examples = kinds.iter().map(|kind| (kind.code, example(kind)));
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).examples_from_iter(examples).build()
}

fn example(kind: &Kind) -> Example {
    ExampleBuilder::new().value(Some(document(kind))).build()
}

fn document(kind: &Kind) -> Value {
    json!({
        "type": format!("urn:spareparts:problem:{}", kind.code),
        "title": kind.title,
        "status": kind.status.as_u16(),
        "code": kind.code,
        "request_id": "0198f6a0-3f5e-7c41-9d2b-5b1f0c7a9e11",
    })
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::PathItem;

    use super::*;
    use crate::testing::Bench;

    async fn described() -> OpenApi {
        crate::router::api(&Bench::new().await.app).1
    }

    fn statuses<'a>(description: &'a OpenApi, path: &str, method: fn(&PathItem) -> &Option<Operation>) -> Vec<&'a str> {
        let item = &description.paths.paths[path];
        method(item).as_ref().unwrap().responses.responses.keys().map(String::as_str).collect()
    }

    #[tokio::test]
    async fn a_route_tells_the_errors_of_what_it_takes() {
        let description = described().await;
        let place = statuses(&description, "/api/v1/orders", |item| &item.post);
        for status in ["202", "400", "401", "409", "413", "415", "422", "429", "500", "503"] {
            assert!(place.contains(&status), "{status} of {place:?}");
        }
        let public = statuses(&description, "/api/v1/products", |item| &item.get);
        assert!(!public.contains(&"401") && !public.contains(&"429") && !public.contains(&"413"), "{public:?}");
        let admin = statuses(&description, "/api/v1/admin/stuck", |item| &item.get);
        assert!(admin.contains(&"403") && admin.contains(&"422"), "{admin:?}");
    }

    #[tokio::test]
    async fn every_operation_tells_of_faults_of_ours_and_when_to_come_back() {
        for (path, mut item) in described().await.paths.paths {
            for (_, operation) in operations(&mut item) {
                let responses = &operation.responses.responses;
                assert!(responses.contains_key("500") && responses.contains_key("503"), "{path}");
            }
        }
    }

    #[test]
    fn the_errors_of_a_route_are_known_by_their_codes_and_statuses() {
        assert_eq!(of_code("404", "order_not_found"), Some(problem::ORDER_NOT_FOUND));
        assert_eq!(of_code("409", "order_not_found"), None);
        assert_eq!(of_code("404", "There is no such order"), None);
    }

    /// What a route names and no code is would be left out.
    #[tokio::test]
    async fn every_error_that_a_route_names_is_told_with_an_example_of_its_document() {
        for (path, mut item) in crate::router::routes(&Bench::new().await.app).1.paths.paths {
            for (method, operation) in operations(&mut item) {
                for (status, response) in &operation.responses.responses {
                    let RefOr::T(response) = response else { panic!("{method} {path} {status}") };
                    if is_error(status) {
                        let named = response.description.split(", ").all(|code| of_code(status, code).is_some());
                        assert!(named, "{method} {path} {status}: {}", response.description);
                    }
                }
            }
        }
    }
}
