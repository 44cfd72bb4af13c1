//! Examples of everything, made of the API's words: what is called the same looks the same, wherever it stands
//! (`words.json`; `Schema.field` or `parameter.name` where it differs there, null where an example does without it).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    Content, OpenApi, RefOr,
    path::{Operation, Parameter},
    schema::{AdditionalProperties, Array, ArrayItems, Object, Schema, SchemaType, Type},
};

use super::operations;

const WORDS: &str = include_str!("words.json");
/// How deep schemas may stand in one another: none of ours do as deep as that.
const DEEPEST: usize = 12;

/// What the API's words look like.
#[derive(Debug, Default, Deserialize)]
struct Words {
    examples: BTreeMap<String, Value>,
    patterns: BTreeMap<String, String>,
}

/// All schemas by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Adds examples to fields, parameters, bodies and answers.
pub fn complete(description: &mut OpenApi) {
    // A test reads the same words.
    let words: Words = serde_json::from_str(WORDS).unwrap_or_default();
    let Some(components) = &mut description.components else { return };
    components.schemas.iter_mut().for_each(|(name, schema)| words.tell(name, schema));
    let schemas: Schemas = components.schemas.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
    for item in description.paths.paths.values_mut() {
        operations(item).for_each(|(_, operation)| words.show(operation, &schemas));
    }
}

impl Words {
    /// What this field of this schema looks like.
    fn of(&self, schema: &str, field: &str) -> Option<&Value> {
        self.examples.get(&format!("{schema}.{field}")).or_else(|| self.examples.get(field))
    }

    /// Adds examples and patterns to the fields of a schema.
    fn tell(&self, name: &str, schema: &mut RefOr<Schema>) {
        match schema {
            RefOr::T(Schema::Object(object)) => {
                for (field, about) in object.properties.iter_mut() {
                    self.tell_field(name, field, about);
                }
            }
            RefOr::T(Schema::AllOf(whole)) => whole.items.iter_mut().for_each(|part| self.tell(name, part)),
            _ => {}
        }
    }

    fn tell_field(&self, schema: &str, field: &str, about: &mut RefOr<Schema>) {
        let example = self.of(schema, field).filter(|example| !example.is_null()).cloned();
        match about {
            RefOr::T(Schema::Object(object)) => {
                object.examples.extend(example.filter(|example| fits(example, &object.schema_type)));
                if let Some(pattern) = self.patterns.get(&format!("{schema}.{field}")) {
                    object.pattern.get_or_insert_with(|| pattern.clone());
                }
            }
            RefOr::T(Schema::Array(array)) => array.examples.extend(example.filter(Value::is_array)),
            _ => {}
        }
    }

    fn show(&self, operation: &mut Operation, schemas: &Schemas) {
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(Parameter { name, schema: Some(schema), .. }) = parameter {
                self.tell_field("parameter", name, schema);
            }
        }
        let composer = Composer { words: self, schemas };
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            body.content.values_mut().for_each(|content| composer.show(content));
        }
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.content.values_mut().for_each(|content| composer.show(content));
            }
        }
    }
}

/// Whether a value is of this type.
fn fits(value: &Value, schema_type: &SchemaType) -> bool {
    let is = |wanted: &Type| match wanted {
        Type::String => value.is_string(),
        Type::Integer => value.is_i64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Array => value.is_array(),
        Type::Object => value.is_object(),
        Type::Null => value.is_null(),
    };
    match schema_type {
        SchemaType::Type(wanted) => is(wanted),
        SchemaType::Array(wanted) => wanted.iter().any(is),
        SchemaType::AnyValue => true,
    }
}

/// Makes examples of what has parts.
struct Composer<'a> {
    words: &'a Words,
    schemas: &'a Schemas,
}

impl Composer<'_> {
    fn show(&self, content: &mut RefOr<Content>) {
        let RefOr::T(content) = content else { return };
        if content.example.is_none() && content.examples.is_empty() {
            content.example = content.schema.as_ref().and_then(|schema| self.whole("", schema, 0));
        }
    }

    /// An example of the whole; none where some part that it must have has none.
    fn whole(&self, name: &str, schema: &RefOr<Schema>, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        match schema {
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                self.whole(name, self.schemas.get(name)?, depth + 1)
            }
            RefOr::T(Schema::Object(object)) => self.object(name, object, depth),
            RefOr::T(Schema::Array(array)) => self.array(array, depth),
            RefOr::T(Schema::OneOf(one)) => one.items.iter().find_map(|one| self.whole(name, one, depth + 1)),
            RefOr::T(Schema::AnyOf(any)) => any.items.iter().find_map(|any| self.whole(name, any, depth + 1)),
            RefOr::T(Schema::AllOf(all)) => {
                let mut fields = Map::new();
                for part in &all.items {
                    if let Value::Object(part) = self.whole(name, part, depth + 1)? {
                        fields.extend(part);
                    }
                }
                Some(Value::Object(fields))
            }
            RefOr::T(_) => None,
        }
    }

    fn object(&self, name: &str, object: &Object, depth: usize) -> Option<Value> {
        if let Some(example) = object.examples.first() {
            return Some(example.clone());
        }
        if object.properties.is_empty() {
            return scalar(object);
        }
        let mut fields = Map::new();
        for (field, about) in object.properties.iter() {
            let is_left_out = self.words.of(name, field).is_some_and(Value::is_null);
            let must_be = object.required.contains(field);
            match self.whole("", about, depth + 1).filter(|_| must_be || !is_left_out) {
                Some(value) => drop(fields.insert(field.clone(), value)),
                None if must_be => return None,
                None => {}
            }
        }
        Some(Value::Object(fields))
    }

    fn array(&self, array: &Array, depth: usize) -> Option<Value> {
        if let Some(example) = array.examples.first() {
            return Some(example.clone());
        }
        let ArrayItems::RefOrSchema(items) = &array.items else { return None };
        Some(Value::Array(self.whole("", items, depth + 1).into_iter().collect()))
    }
}

/// What needs no word.
fn scalar(object: &Object) -> Option<Value> {
    if let Some(value) = object.enum_values.iter().flatten().next() {
        return Some(value.clone());
    }
    if fits(&json!(true), &object.schema_type) && !is_anything(object) {
        return Some(json!(true));
    }
    if fits(&json!(1), &object.schema_type) && !is_anything(object) {
        return Some(json!(1));
    }
    if fits(&json!(""), &object.schema_type) && !is_anything(object) {
        return of_format(object);
    }
    let of_names = matches!(object.additional_properties.as_deref(), None | Some(AdditionalProperties::FreeForm(_)));
    of_names.then(|| json!({}))
}

fn is_anything(object: &Object) -> bool {
    matches!(object.schema_type, SchemaType::AnyValue)
}

fn of_format(object: &Object) -> Option<Value> {
    let format = serde_json::to_value(object.format.as_ref()?).ok()?;
    let text = match format.as_str()? {
        "uuid" => "0198f6a0-3f5e-7c41-9d2b-5b1f0c7a9e11",
        "date-time" => "2026-11-27T10:15:00.000Z",
        "password" => "a battery of horses",
        _ => return None,
    };
    Some(json!(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    async fn described() -> OpenApi {
        crate::router::api(&Bench::new().await.app).1
    }

    #[test]
    fn the_words_can_be_read() {
        let words: Words = serde_json::from_str(WORDS).unwrap();
        assert!(words.of("OrderForm", "payment_method").is_some_and(Value::is_string));
    }

    #[tokio::test]
    async fn every_body_and_every_answer_in_json_has_an_example() {
        let described = serde_json::to_value(described().await).unwrap();
        for (path, item) in described["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let answers = operation["responses"].as_object().unwrap().values();
                for about in answers.chain(operation.get("requestBody")) {
                    for (media_type, content) in about["content"].as_object().into_iter().flatten() {
                        let has_one = content.get("example").is_some() || content.get("examples").is_some();
                        assert!(has_one || !media_type.contains("json"), "{method} {path}: {content}");
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn every_word_is_used() {
        let (text, words) = (described().await.to_json().unwrap(), serde_json::from_str::<Words>(WORDS).unwrap());
        for word in words.examples.keys().chain(words.patterns.keys()) {
            let field = word.rsplit('.').next().unwrap();
            assert!(text.contains(&format!("\"{field}\"")), "{word}");
        }
    }

    #[tokio::test]
    async fn an_order_is_shown_as_somebody_would_send_it() {
        let described = serde_json::to_value(described().await).unwrap();
        let body = &described["paths"]["/api/v1/orders"]["post"]["requestBody"]["content"]["application/json"];
        let example = &body["example"];
        assert_eq!(example["address"]["pincode"], "411001");
        assert!(example["items"][0]["quantity"].is_i64() && example["cart_version"].is_null(), "{example}");
    }
}
