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

/// What an example has where its schema lists other values.
fn misfits(schemas: &Value, schema: &Value, example: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return misfits(schemas, &schemas[reference.rsplit('/').next().unwrap()], example);
    }
    let is_listed = schema["enum"].as_array().is_none_or(|values| values.contains(example));
    let mut found: Vec<String> = (!is_listed).then(|| format!("{example} of {}", schema["enum"])).into_iter().collect();
    let within = |schema: &Value, example: &Value| misfits(schemas, schema, example);
    let parts = ["allOf", "oneOf"].into_iter().flat_map(|of| schema[of].as_array()).flatten();
    found.extend(
        parts.filter(|part| part["type"] != "null" && !example.is_null()).flat_map(|part| within(part, example)),
    );
    for (field, about) in schema["properties"].as_object().into_iter().flatten() {
        found.extend(example.get(field).into_iter().flat_map(|value| within(about, value)));
    }
    let items = example.as_array().filter(|_| schema["items"].is_object());
    found.extend(items.into_iter().flatten().flat_map(|item| within(&schema["items"], item)));
    found
}

#[tokio::test]
async fn an_enumeration_is_shown_by_one_of_its_values() {
    let described = serde_json::to_value(described().await).unwrap();
    let schemas = &described["components"]["schemas"];
    let (mut shown, mut found) = (0, Vec::new());
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap().values().chain(operation.get("requestBody"));
            let contents = answers.flat_map(|about| about["content"].as_object()).flatten().map(|(_, content)| content);
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for content in contents.chain(parameters).filter(|content| !content["example"].is_null()) {
                shown += 1;
                let misfits = misfits(schemas, &content["schema"], &content["example"]);
                found.extend(misfits.into_iter().map(|misfit| format!("{method} {path}: {misfit}")));
            }
        }
    }
    assert!(shown > 100 && found.is_empty(), "of {shown}:\n{}", found.join("\n"));
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
