//! A card number wherever the API's description has room for a text: in paths, queries, headers and bodies of every operation.

use e2e::{Answer, Customer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

use super::compact;
use crate::described::Operation;

/// Deeper parts of a body than any that stand in one another by intent.
const DEEPEST: u8 = 6;
/// What ends sessions comes last: what comes behind it would get no further than the door.
const ENDS_SESSIONS: [&str; 3] = ["/auth/logout", "/users/me/password", "/users/me/sessions"];

/// What examples are about in this shop.
pub struct Real {
    pub order: String,
    pub product: String,
}

/// A request in the making.
#[derive(Clone)]
struct Sent {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Value>,
}

impl Sent {
    fn of(&self, customer: &Customer, method: &str) -> RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let mut request = customer.request(method, &self.path).query(&self.query);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

/// Sends each operation once for each place in it.
pub async fn send_cards_everywhere(customer: &Customer, description: &Value, real: &Real, card: &str) {
    let mut operations = Operation::all(description);
    let ends_sessions = |operation: &Operation| ENDS_SESSIONS.iter().any(|path| operation.template.starts_with(path));
    operations.sort_by_key(ends_sessions);
    let mut sent = 0;
    for operation in &operations {
        for request in with_card(operation, description, real, card) {
            let answer = Answer::of(request.of(customer, &operation.method)).await;
            let (name, told) = (operation.name(), answer.text());
            assert!(answer.status < 500, "{name} {} {:?}: {told}", request.path, request.body);
            assert!(ends_sessions(operation) || !told.contains("\"unauthenticated\""), "{name}: {told}");
            sent += 1;
        }
    }
    assert!(sent > 500, "{sent}");
}

/// The operation's example, once for each text in it, with the card's number in its place.
fn with_card(operation: &Operation, description: &Value, real: &Real, card: &str) -> Vec<Sent> {
    let (compact, plain) = (compact(card), plain(operation, real));
    let mut all = Vec::new();
    for (name, _) in operation.parameters("path") {
        let path = operation.template.replace(&format!("{{{name}}}"), &compact);
        let path = operation.filled(&path);
        all.push(Sent { path, ..plain.clone() });
    }
    if operation.template.ends_with("/events") {
        return all; // what waits for news would wait
    }
    for place in 0..plain.query.len() {
        let mut with_card = plain.clone();
        card.clone_into(&mut with_card.query[place].1);
        all.push(with_card);
    }
    let named = operation.parameters("header").into_iter().map(|(name, _)| name.to_lowercase());
    for name in named.chain(["x-request-id", "user-agent"].map(ToOwned::to_owned)) {
        let mut with_card = plain.clone();
        with_card.headers.retain(|(known, _)| *known != name);
        with_card.headers.push((name, compact.clone()));
        all.push(with_card);
    }
    let schema = &operation.told["requestBody"]["content"]["application/json"]["schema"];
    let bodies = with_texts_replaced(schema, plain.body.as_ref().unwrap_or(&Value::Null), description, card, 0);
    let mut unknown = plain.body.clone().unwrap_or_else(|| json!({}));
    unknown[&compact] = json!(compact);
    let bodies = bodies.into_iter().chain(Some(unknown).filter(|_| operation.has_body()));
    all.extend(bodies.map(|body| Sent { body: Some(body), ..plain.clone() }));
    all
}

/// The example alone, about what is there.
fn plain(operation: &Operation, real: &Real) -> Sent {
    let id = match operation.template.trim_start_matches("/admin").split('/').nth(1) {
        Some("orders") => Some(&real.order),
        Some("products" | "cart") => Some(&real.product),
        _ => None,
    };
    let path = id.map_or_else(|| operation.template.clone(), |id| operation.template.replace("{id}", id));
    let path = operation.filled(&path);
    let query = operation.parameters("query");
    let needed = operation.parameters("header").into_iter().filter(|(name, _)| operation.needs(name));
    let headers = needed.map(|(name, value)| (name.to_lowercase(), value)).collect();
    let body = operation.body().cloned().map(|mut body| {
        make_real(&mut body, real);
        body
    });
    Sent { path, query, headers, body }
}

fn make_real(value: &mut Value, real: &Real) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "product_id" => *value = json!(real.product),
                    "sku" => *value = json!(e2e::catalog::PADS),
                    _ => make_real(value, real),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| make_real(value, real)),
        _ => {}
    }
}

/// The example once for each text that its schema has room for, whether the example has it or not.
fn with_texts_replaced(schema: &Value, example: &Value, root: &Value, by: &str, depth: u8) -> Vec<Value> {
    let Some(schema) = resolved(schema, root).filter(|_| depth < DEEPEST) else { return Vec::new() };
    let below = |schema: &Value, example: &Value| with_texts_replaced(schema, example, root, by, depth + 1);
    let mut all = Vec::new();
    for parts in ["allOf", "oneOf", "anyOf"].map(|composed| &schema[composed]) {
        all.extend(parts.as_array().into_iter().flatten().flat_map(|part| below(part, example)));
    }
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
    };
    if is("string") {
        all.push(json!(by));
    }
    all.extend(below(&schema["items"], &example[0]).into_iter().map(|item| json!([item])));
    for (name, about) in schema["properties"].as_object().into_iter().flatten() {
        for value in below(about, &example[name]) {
            let mut whole = example.as_object().cloned().unwrap_or_else(Map::new);
            whole.insert(name.clone(), value);
            all.push(Value::Object(whole));
        }
    }
    all
}

fn resolved<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.strip_prefix('#')?),
        None => Some(schema).filter(|schema| schema.is_object()),
    }
}
