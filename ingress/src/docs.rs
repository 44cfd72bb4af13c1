//! The API's description (OpenAPI) and its reader (Swagger UI): open in development, behind a password in staging,
//! absent in production.

mod contents;
mod errors;
mod parts;
mod variants;
mod words;

use axum::{Router, middleware::from_fn_with_state};
use secrecy::SecretString;
use shared::config::Environment;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
    path::Operation,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_swagger_ui::SwaggerUi;

pub use variants::Variants;

use crate::{
    middleware::docs_password::docs_password,
    views::{FieldErrorDoc, ProblemDoc, names},
};

/// Adds what the code of no route says: its errors in full, what answers are and are composed of, and examples of
/// everything.
pub fn complete(description: &mut OpenApi) {
    name(description);
    errors::complete(description);
    contents::complete(description);
    parts::open(description);
    words::complete(description);
}

/// Names every operation by what it is asked for: a handler's name is good in its module alone.
fn name(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let path = path.strip_prefix("/api/v1/").unwrap_or(path).replace(['{', '}'], "").replace(['/', '-'], "_");
        operations(item).for_each(|(method, operation)| operation.operation_id = Some(format!("{method}_{path}")));
    }
}

/// The operations of a path, with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The description without its routes.
#[must_use]
pub fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("SpareParts orders")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Place spare-part orders and follow them. Errors are problem documents (RFC 9457). \
             A route for operators names the permission it asks for as the role of its bearer scheme; `staff` is any \
             operator, and an admin has all permissions.",
        ))
        .build();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .schema_from::<FieldErrorDoc>()
        .schema_from::<ProblemDoc>()
        .schemas_from_iter(names())
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}

/// The documentation's routes, where the environment has any.
pub fn router(description: OpenApi, environment: Environment, password: Option<&SecretString>) -> Option<Router> {
    let pages = Router::from(SwaggerUi::new("/docs").url("/openapi.json", description));
    match (environment, password) {
        (Environment::Development, None) => Some(pages),
        (Environment::Development | Environment::Staging, Some(password)) => {
            Some(pages.layer(from_fn_with_state(password.clone(), docs_password)))
        }
        // Staging without a password does not start; were it to, its documentation would be absent.
        (Environment::Staging, None) | (Environment::Production, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::testing::Bench;

    #[tokio::test]
    async fn every_operation_has_a_name_of_its_own() {
        let mut description = crate::router::api(&Bench::new().await.app).1;
        let (mut names, mut all) = (HashSet::new(), 0);
        for item in description.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                names.extend(operation.operation_id.clone());
                all += 1;
            }
        }
        assert!(all > 100 && names.len() == all, "{} names of {all}", names.len());
        assert!(names.contains("post_orders") && names.contains("get_admin_orders_id_cash"), "{names:?}");
    }
}
