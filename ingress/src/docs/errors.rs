//! The errors that a route may answer with because of what it takes: said once here and not with each route.

use axum::http::StatusCode;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, Parameter, ParameterIn, PathItem},
    schema::{SchemaType, Type},
};

/// What sort of request may be answered so, and what that tells the client.
struct Answer {
    status: StatusCode,
    tells: &'static str,
    is_possible: fn(&Route<'_>) -> bool,
}

/// A route, as far as it matters here.
struct Route<'a> {
    path: &'a str,
    method: &'static str,
    operation: &'a Operation,
}

const ANSWERS: &[Answer] = &[
    Answer {
        status: StatusCode::BAD_REQUEST,
        tells: "The request cannot be understood.",
        is_possible: |route| {
            route.has_body() || route.has(|it| matches!(it.parameter_in, ParameterIn::Path | ParameterIn::Header))
        },
    },
    Answer {
        status: StatusCode::UNAUTHORIZED,
        tells: "A valid access token is needed.",
        is_possible: |route| route.operation.security.is_some(),
    },
    Answer {
        status: StatusCode::FORBIDDEN,
        tells: "The account may not do this.",
        is_possible: |route| route.path.contains("/admin/"),
    },
    Answer {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        tells: "The body is too large.",
        is_possible: |route| route.has_body(),
    },
    Answer {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        tells: "The body must be `application/json`.",
        is_possible: |route| route.has_body() && !route.path.contains("/webhooks/"),
    },
    Answer {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        tells: "Some fields cannot be accepted; they are named.",
        is_possible: |route| route.has_body() || route.has(|it| it.parameter_in != ParameterIn::Header),
    },
    Answer {
        status: StatusCode::TOO_MANY_REQUESTS,
        tells: "The client or the account has done this too often: come back.",
        is_possible: |route| route.method != "get" && !route.path.contains("/webhooks/"),
    },
    Answer {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        tells: "Something went wrong on our side; quote the request id.",
        is_possible: |_| true,
    },
    Answer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        tells: "A part of the shop does not answer, or there is too much to do: come back.",
        is_possible: |_| true,
    },
];

impl Route<'_> {
    fn has_body(&self) -> bool {
        self.operation.request_body.is_some()
    }

    fn has(&self, parameter: impl Fn(&Parameter) -> bool) -> bool {
        let mut parameters = self.operation.parameters.iter().flatten();
        parameters.any(|it| matches!(it, RefOr::T(it) if parameter(it)))
    }
}

/// Adds to every operation the errors that it does not tell itself.
pub fn complete(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        operations(item).for_each(|(method, operation)| complete_one(path, method, operation));
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn complete_one(path: &str, method: &'static str, operation: &mut Operation) {
    let route = Route { path, method, operation };
    let possible: Vec<&Answer> = ANSWERS.iter().filter(|answer| (answer.is_possible)(&route)).collect();
    for Answer { status, tells, .. } in possible {
        let told = operation.responses.responses.entry(status.as_str().to_owned());
        told.or_insert_with(|| RefOr::T(problem(*status, tells)));
    }
}

fn problem(status: StatusCode, tells: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(tells).content("application/problem+json", content);
    if !matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).build();
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait")).build();
    response.header("Retry-After", header).build()
}

#[cfg(test)]
mod tests {
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
        for status in ["202", "400", "401", "413", "415", "422", "429", "500", "503"] {
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
}
