//! What answers and bodies are. The specification wants a text with every answer: what is not said of one is said of its
//! schema. A content that is neither JSON nor text is a file: bytes, not an array of numbers. A parameter that is not given is
//! left out, never null.

use std::collections::HashMap;

use axum::http::StatusCode;
use utoipa::openapi::{
    Content, KnownFormat, ObjectBuilder, OpenApi, RefOr, Response, SchemaFormat,
    path::{Operation, Parameter},
    schema::{Schema, SchemaType, Type},
};

use super::operations;

/// Texts about schemas, by their names.
type About = HashMap<String, String>;

/// Says of every answer what it is, of files that they are files, and of parameters that they are never null.
pub fn complete(description: &mut OpenApi) {
    let schemas = description.components.iter().flat_map(|components| &components.schemas);
    let about: About = schemas.filter_map(|(name, schema)| Some((name.clone(), text(schema)?))).collect();
    for item in description.paths.paths.values_mut() {
        operations(item).for_each(|(_, operation)| complete_one(operation, &about));
    }
}

fn complete_one(operation: &mut Operation, about: &About) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            never_null(parameter);
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        files(body.content.iter_mut());
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        files(response.content.iter_mut());
        if response.description.is_empty() {
            response.description = what(response, about).unwrap_or_else(|| reason(status));
        }
    }
}

fn text(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::AllOf(whole)) => whole.description.clone(),
        _ => None,
    }
}

/// What is said of an answer's schema.
fn what(response: &Response, about: &About) -> Option<String> {
    let content = response.content.values().find_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    });
    match content? {
        RefOr::Ref(reference) => about.get(reference.ref_location.rsplit('/').next()?).cloned(),
        RefOr::T(_) => None,
    }
}

fn reason(status: &str) -> String {
    let status = status.parse::<StatusCode>().ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("An answer").to_owned()
}

fn files<'a>(contents: impl Iterator<Item = (&'a String, &'a mut RefOr<Content>)>) {
    for (media_type, content) in contents {
        let is_file = !media_type.contains("json") && !media_type.starts_with("text/");
        if let RefOr::T(content) = content
            && is_file
        {
            let bytes = ObjectBuilder::new().schema_type(Type::String);
            let bytes = bytes.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build();
            content.schema = Some(bytes.into());
        }
    }
}

fn never_null(parameter: &mut Parameter) {
    let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema else { return };
    let SchemaType::Array(types) = &object.schema_type else { return };
    let mut types = types.iter().filter(|it| **it != Type::Null).cloned();
    if let (Some(only), None) = (types.next(), types.next()) {
        object.schema_type = SchemaType::Type(only);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::testing::Bench;

    async fn described() -> Value {
        serde_json::to_value(crate::router::api(&Bench::new().await.app).1).unwrap()
    }

    #[tokio::test]
    async fn every_answer_says_what_it_is() {
        let described = described().await;
        for (path, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(
                        answer["description"].as_str().is_some_and(|text| !text.is_empty()),
                        "{method} {path} {status}"
                    );
                }
            }
        }
        let order = &described["paths"]["/api/v1/orders/{id}"]["get"]["responses"]["200"]["description"];
        assert_eq!(order, "An order in full.");
    }

    #[tokio::test]
    async fn no_parameter_is_ever_null() {
        let described = described().await;
        let items = described["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        let parameters = operations.flat_map(|operation| operation["parameters"].as_array()).flatten();
        let nullable: Vec<&Value> = parameters.filter(|it| it["schema"].to_string().contains("null")).collect();
        assert!(nullable.is_empty(), "{nullable:?}");
        let cancel = &described["paths"]["/api/v1/orders/{id}/cancel"]["post"]["parameters"];
        let key = cancel.as_array().unwrap().iter().find(|it| it["name"] == "Idempotency-Key").unwrap();
        assert_eq!((&key["schema"]["type"], &key["required"]), (&json!("string"), &json!(false)));
    }

    #[tokio::test]
    async fn a_file_is_bytes() {
        let described = described().await;
        let invoice = &described["paths"]["/api/v1/orders/{id}/invoice"]["get"]["responses"]["200"]["content"];
        assert_eq!(invoice["application/pdf"], json!({"schema": {"type": "string", "format": "binary"}}));
    }
}
