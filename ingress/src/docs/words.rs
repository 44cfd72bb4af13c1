//! Examples of everything, made of the API's words: what is called the same looks the same, wherever it stands
//! (`words.json`; `Schema.field` or `parameter.name` where it differs there, null where an example does without it).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    Content, OpenApi, RefOr, Required,
    path::{Operation, Parameter, ParameterBuilder},
    schema::{AdditionalProperties, Array, ArrayItems, Object, Schema, SchemaType, Type},
};

use super::operations;

const WORDS: &str = include_str!("words.json");
/// How deep schemas may stand in one another: none of ours do as deep as that.
const DEEPEST: usize = 24;

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

    /// A parameter that is one of an enumeration has its example beside the schema, which all share that name it.
    fn tell_parameter(&self, parameter: &mut Parameter, composer: &Composer<'_>) {
        let Some(schema) = &mut parameter.schema else { return };
        self.tell_field("parameter", &parameter.name, schema);
        let word = self.of("parameter", &parameter.name).filter(|word| composer.is_choice(word, schema));
        let must_be = matches!((&*schema, &parameter.required), (RefOr::Ref(_), Required::True));
        let first = || if must_be { composer.whole("", schema, 0) } else { None };
        if let Some(example) = word.cloned().or_else(first) {
            *parameter = ParameterBuilder::from(parameter.clone()).example(Some(example)).build();
        }
    }

    fn show(&self, operation: &mut Operation, schemas: &Schemas) {
        let composer = Composer { words: self, schemas };
        for parameter in operation.parameters.iter_mut().flatten() {
            if let RefOr::T(parameter) = parameter {
                self.tell_parameter(parameter, &composer);
            }
        }
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
            RefOr::T(Schema::OneOf(one)) => self.one_of(name, &one.items, depth),
            RefOr::T(Schema::AnyOf(any)) => self.one_of(name, &any.items, depth),
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

    /// The first that has an example; null, if that is one of them, where no other has.
    fn one_of(&self, name: &str, all: &[RefOr<Schema>], depth: usize) -> Option<Value> {
        let (nothing, something): (Vec<_>, Vec<_>) = all.iter().partition(|one| is_nothing(one));
        something.into_iter().chain(nothing).find_map(|one| self.whole(name, one, depth + 1))
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
            match self.field(name, field, about, depth).filter(|_| must_be || !is_left_out) {
                Some(value) => drop(fields.insert(field.clone(), value)),
                None if must_be => return None,
                None => {}
            }
        }
        Some(Value::Object(fields))
    }

    /// An example of a field: a word, if it is one of an enumeration that has it.
    fn field(&self, name: &str, field: &str, about: &RefOr<Schema>, depth: usize) -> Option<Value> {
        let choice = self.words.of(name, field).filter(|word| self.is_choice(word, about));
        choice.cloned().or_else(|| self.whole("", about, depth + 1))
    }

    /// Whether this is one of the values of an enumeration that stands under a name of its own.
    fn is_choice(&self, word: &Value, about: &RefOr<Schema>) -> bool {
        match about {
            RefOr::Ref(reference) => {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                matches!(self.schemas.get(name), Some(RefOr::T(Schema::Object(object)))
                    if object.enum_values.iter().flatten().any(|value| value == word))
            }
            RefOr::T(Schema::OneOf(one)) => one.items.iter().any(|one| self.is_choice(word, one)),
            RefOr::T(_) => false,
        }
    }

    fn array(&self, array: &Array, depth: usize) -> Option<Value> {
        if let Some(example) = array.examples.first() {
            return Some(example.clone());
        }
        let ArrayItems::RefOrSchema(items) = &array.items else { return None };
        Some(Value::Array(self.whole("", items, depth + 1).into_iter().collect()))
    }
}

fn is_nothing(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if matches!(object.schema_type, SchemaType::Type(Type::Null)))
}

/// What needs no word.
fn scalar(object: &Object) -> Option<Value> {
    if matches!(object.schema_type, SchemaType::Type(Type::Null)) {
        return Some(Value::Null);
    }
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
mod tests;
