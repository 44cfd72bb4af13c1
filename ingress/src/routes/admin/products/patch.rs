//! How the body of `PATCH /admin/products/{id}` is described: it is read as a patch of a [`ProductForm`].

use std::borrow::Cow;

use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{Schema, SchemaType, Type},
    },
};

use super::form::ProductForm;

/// The fields of a product, of which the revision alone must be given.
#[derive(Debug)]
pub enum ProductPatch {}

impl PartialSchema for ProductPatch {
    fn schema() -> RefOr<Schema> {
        let mut schema = ProductForm::schema();
        if let RefOr::T(Schema::Object(form)) = &mut schema {
            let needed = std::mem::replace(&mut form.required, vec!["revision".to_owned()]);
            let may_go = |field: &String| field != "revision" && !needed.contains(field);
            form.properties.iter_mut().filter(|(field, _)| may_go(field)).for_each(|(_, about)| let_be_null(about));
            form.description = Some(
                "What is to be another of a product (RFC 7396), and the revision that was looked at. What is not given stays; \
                 null takes away what need not be there."
                    .to_owned(),
            );
            form.examples = vec![
                json!({ "revision": 3, "price": { "minor": 120_000, "currency": "INR" }, "tags": ["stopping"], "title": null }),
            ];
        }
        schema
    }
}

impl ToSchema for ProductPatch {
    fn name() -> Cow<'static, str> {
        "ProductPatch".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ProductForm::schemas(schemas);
    }
}

/// A field that need not be there is taken away by null, whatever it holds.
fn let_be_null(about: &mut RefOr<Schema>) {
    let types = match about {
        RefOr::T(Schema::Object(object)) => &mut object.schema_type,
        RefOr::T(Schema::Array(array)) => &mut array.schema_type,
        RefOr::T(_) | RefOr::Ref(_) => return,
    };
    if let SchemaType::Type(only) = types {
        *types = SchemaType::Array(vec![only.clone(), Type::Null]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_patch_has_the_fields_of_a_product_and_only_what_may_be_missing_may_be_null() {
        let [form, patch] = [ProductForm::schema(), ProductPatch::schema()].map(|it| serde_json::to_value(it).unwrap());
        let fields = |schema: &Value| schema["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&patch), fields(&form));
        assert_eq!((&patch["required"], &patch["additionalProperties"]), (&json!(["revision"]), &json!(false)));
        let needed = form["required"].as_array().unwrap();
        for (field, about) in patch["properties"].as_object().unwrap() {
            let parts = about["oneOf"].as_array().into_iter().flatten().chain([about]);
            let may_be_null = parts.into_iter().any(|part| part["type"].to_string().contains("\"null\""));
            let is_needed = field == "revision" || needed.contains(&json!(field));
            assert_eq!(may_be_null, !is_needed, "{field}: {about}");
        }
    }
}
