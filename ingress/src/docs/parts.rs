//! Schemas that are composed of others.

use std::collections::HashMap;

use utoipa::openapi::{
    OpenApi, RefOr,
    schema::{AdditionalProperties, Object, Schema},
};

/// What a body may not have besides its own fields, an answer that is composed of the same and more has: such a part stands
/// in it in full, without that rule.
pub fn open(description: &mut OpenApi) {
    let Some(components) = &mut description.components else { return };
    let opened: HashMap<String, Object> =
        components.schemas.iter().filter_map(|(name, schema)| Some((name.clone(), opened(schema)?))).collect();
    for schema in components.schemas.values_mut() {
        let RefOr::T(Schema::AllOf(whole)) = schema else { continue };
        for part in &mut whole.items {
            let name = match part {
                RefOr::Ref(reference) => reference.ref_location.rsplit('/').next().unwrap_or_default(),
                RefOr::T(_) => continue,
            };
            if let Some(open) = opened.get(name) {
                *part = RefOr::T(Schema::Object(open.clone()));
            }
        }
    }
}

/// The schema without the rule, if it has it.
fn opened(schema: &RefOr<Schema>) -> Option<Object> {
    let RefOr::T(Schema::Object(closed)) = schema else { return None };
    let is_closed = matches!(closed.additional_properties.as_deref(), Some(AdditionalProperties::FreeForm(false)));
    is_closed.then(|| {
        let mut open = closed.clone();
        open.additional_properties = None;
        open
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::Bench;

    #[tokio::test]
    async fn an_answer_has_fields_besides_those_of_the_body_that_it_is_made_of() {
        let description = crate::router::api(&Bench::new().await.app).1;
        let schemas = serde_json::to_value(&description.components).unwrap()["schemas"].clone();
        assert_eq!(schemas["ProductForm"]["additionalProperties"], json!(false));
        let parts = schemas["ProductInFull"]["allOf"].as_array().unwrap();
        assert!(parts.iter().any(|part| part["properties"]["sku"].is_object()), "{parts:?}");
        assert!(parts.iter().all(|part| part["additionalProperties"].is_null()), "{parts:?}");
    }
}
