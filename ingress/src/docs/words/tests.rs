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

/// Where a value is not what a schema says, and why, by the keywords that the description has.
fn misfits(schemas: &Value, schema: &Value, value: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return misfits(schemas, &schemas[reference.rsplit('/').next().unwrap()], value);
    }
    let within = |schema: &Value, value: &Value| misfits(schemas, schema, value);
    let below = |place: &str, schema: &Value, value: &Value| {
        within(schema, value).into_iter().map(|why| format!("{place}.{why}")).collect::<Vec<_>>()
    };
    let mut found = own_misfits(schema, value);
    found.extend(schema["allOf"].as_array().into_iter().flatten().flat_map(|part| within(part, value)));
    let choices = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
    if choices.is_some_and(|choices| choices.iter().all(|one| !within(one, value).is_empty())) {
        found.push(format!("{value} is none of the choices"));
    }
    for (field, value) in value.as_object().into_iter().flatten() {
        match (&schema["properties"][field], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => found.push(format!("{field} is not known")),
            (Value::Null, rest @ Value::Object(_)) => found.extend(below(field, rest, value)),
            (Value::Null, _) => {}
            (about, _) => found.extend(below(field, about, value)),
        }
    }
    let items = value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object());
    found.extend(items.flat_map(|item| below("[]", &schema["items"], item)));
    found
}

/// The same without what is said of its parts.
fn own_misfits(schema: &Value, value: &Value) -> Vec<String> {
    let is = |wanted: &Value| match wanted.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type: {other}"),
    };
    let is_typed = match &schema["type"] {
        Value::Null => true,
        Value::Array(types) => types.iter().any(is),
        only => is(only),
    };
    let is_listed = value.is_null() || schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let within = |size: Option<f64>, least: &str, most: &str| {
        let beyond = |size: f64| schema[least].as_f64().is_some_and(|least| size < least);
        size.is_none_or(|size| !beyond(size) && schema[most].as_f64().is_none_or(|most| size <= most))
    };
    let is_bounded = within(value.as_f64(), "minimum", "maximum") && within(length, "minLength", "maxLength");
    let needed = schema["required"].as_array().into_iter().flatten().filter(|_| value.is_object());
    let lacking = needed.filter(|field| value.get(field.as_str().unwrap()).is_none());
    let mut found: Vec<String> = lacking.map(|field| format!("{field} is missing")).collect();
    if !(is_typed && is_listed && is_bounded) {
        found.push(format!("{value} is no {schema}"));
    }
    found
}

/// All examples below a node with their schemas and places.
fn examples<'a>(place: &str, node: &'a Value, found: &mut Vec<(String, &'a Value, &'a Value)>) {
    let Value::Object(fields) = node else {
        for (index, item) in node.as_array().into_iter().flatten().enumerate() {
            examples(&format!("{place}/{index}"), item, found);
        }
        return;
    };
    // A body, an answer and a parameter have their example beside the schema; a schema's is of itself.
    let schema = fields.get("schema").unwrap_or(node);
    let several = fields.get("examples").and_then(Value::as_array).into_iter().flatten();
    let named = fields.get("examples").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
    let named = named.filter_map(|example| example.get("value"));
    let one = fields.get("example").into_iter();
    found.extend(one.chain(several).chain(named).map(|example| (place.to_owned(), schema, example)));
    for (name, below) in fields.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "examples" | "default"))
    {
        examples(&format!("{place}/{name}"), below, found);
    }
}

#[tokio::test]
async fn every_example_is_what_its_schema_says() {
    let described = serde_json::to_value(described().await).unwrap();
    let mut all = Vec::new();
    examples("", &described, &mut all);
    let schemas = &described["components"]["schemas"];
    let wrong = all.iter().flat_map(|(place, schema, example)| {
        misfits(schemas, schema, example).into_iter().map(move |why| format!("{place}: {why}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(all.len() > 400 && wrong.is_empty(), "of {}:\n{}", all.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_as_its_schema_says_is_found() {
    let schemas = json!({ "Money": {
        "type": "object", "required": ["minor"], "additionalProperties": false,
        "properties": { "minor": { "type": "integer", "minimum": 0 }, "currency": { "type": "string", "enum": ["INR"] } },
    } });
    let money = json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Money" }] });
    let schema = json!({ "type": "array", "items": money });
    for good in [json!([]), json!([null, { "minor": 1 }, { "minor": 0, "currency": "INR" }])] {
        assert_eq!(misfits(&schemas, &schema, &good), [""; 0], "{good}");
    }
    for bad in [
        json!({}),
        json!([{}]),
        json!([{ "minor": "1" }]),
        json!([{ "minor": -1 }]),
        json!([{ "minor": 1, "currency": "USD" }]),
        json!([{ "minor": 1, "major": 1 }]),
    ] {
        assert!(!misfits(&schemas, &schema, &bad).is_empty(), "{bad}");
    }
}

/// Everything in a value that has a SKU.
fn parts(value: &Value) -> Vec<&Value> {
    let below = value.as_array().into_iter().flatten().chain(value.as_object().into_iter().flat_map(|it| it.values()));
    value.get("sku").map(|_| value).into_iter().chain(below.flat_map(parts)).collect()
}

#[tokio::test]
async fn a_part_is_not_called_as_a_person_is() {
    let described = serde_json::to_value(described().await).unwrap();
    let mut all = Vec::new();
    examples("", &described, &mut all);
    let called = all.iter().flat_map(|(place, _, example)| parts(example).into_iter().map(move |part| (place, part)));
    let persons: Vec<_> = called.filter(|(_, part)| part["name"] == "Asha Rao").map(|(place, _)| place).collect();
    assert!(persons.is_empty(), "{persons:#?}");
}

#[tokio::test]
async fn a_state_is_shown_by_its_word_and_what_must_be_given_by_some_value() {
    let described = serde_json::to_value(described().await).unwrap();
    let of = |path: &str, method: &str| described["paths"][path][method].clone();
    let order = of("/api/v1/orders/{id}", "get")["responses"]["200"]["content"]["application/json"]["example"].clone();
    assert_eq!((&order["status"], &order["payment_method"]), (&json!("confirmed"), &json!("cod")));
    let parameter = |path: &str, method: &str, name: &str| {
        let all = of(path, method)["parameters"].clone();
        all.as_array().unwrap().iter().find(|parameter| parameter["name"] == name).unwrap()["example"].clone()
    };
    assert_eq!(parameter("/api/v1/orders/{id}/status", "get", "wait_for"), "confirmed");
    assert_eq!(parameter("/api/v1/admin/imports", "post", "kind"), "products");
    assert_eq!(parameter("/api/v1/admin/products", "get", "status"), Value::Null);
}
