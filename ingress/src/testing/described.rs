//! The operations that the API's description names, and what requests can be made of their examples: a new route is covered by
//! tests that go through all of them without anybody thinking of it.

use serde_json::Value;

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The method, in upper case.
    pub method: String,
    /// The path below `/api/v1`, with names in braces.
    pub template: String,
    /// What the description says of it.
    pub told: Value,
}

impl Operation {
    /// All of them.
    pub fn all(description: &Value) -> Vec<Self> {
        let paths = description["paths"].as_object().expect("paths").iter();
        let all = paths.flat_map(|(path, methods)| {
            let template = path.strip_prefix("/api/v1").expect("a path of the API");
            let methods = methods.as_object().expect("methods").iter();
            methods.map(move |(method, told)| Self {
                method: method.to_uppercase(),
                template: template.to_owned(),
                told: told.clone(),
            })
        });
        let all: Vec<Self> = all.collect();
        assert!(all.len() > 100, "the description names {} operations", all.len());
        all
    }

    /// As messages of tests name it.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// Its parameters that are here, with an example each; empty where there is none.
    pub fn parameters(&self, place: &str) -> Vec<(String, String)> {
        let all = self.told["parameters"].as_array().into_iter().flatten();
        let here = all.filter(|parameter| parameter["in"] == place);
        here.map(|parameter| (parameter["name"].as_str().expect("a name").to_owned(), example(parameter))).collect()
    }

    /// Whether a request without this header is none.
    pub fn needs(&self, header: &str) -> bool {
        let mut all = self.told["parameters"].as_array().into_iter().flatten();
        all.any(|parameter| parameter["in"] == "header" && parameter["name"] == header && parameter["required"] == true)
    }

    /// Its path, with examples for names.
    pub fn path(&self) -> String {
        self.filled(&self.template)
    }

    /// A path with examples for the names that are in it.
    pub fn filled(&self, path: &str) -> String {
        let parameters = self.parameters("path").into_iter();
        parameters.fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), &value))
    }

    /// The same with all of its query, as far as there are examples.
    pub fn address(&self) -> String {
        let query = self.parameters("query").into_iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = query.map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
        if query.is_empty() { self.path() } else { format!("{}?{}", self.path(), query.join("&")) }
    }

    /// The example of its JSON body.
    pub fn body(&self) -> Option<&Value> {
        let example = &self.told["requestBody"]["content"]["application/json"]["example"];
        Some(example).filter(|example| !example.is_null())
    }

    /// Whether it takes a body of any kind.
    pub fn has_body(&self) -> bool {
        self.told["requestBody"].is_object()
    }

    /// Whether anybody may call it: there is no security, or none is one of the ways in.
    pub fn is_open(&self) -> bool {
        self.ways_in().is_none_or(|ways| ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty)))
    }

    /// Whether it looks at access tokens.
    pub fn takes_token(&self) -> bool {
        self.ways_in().is_some_and(|ways| ways.iter().any(|way| way["bearer"].is_array()))
    }

    fn ways_in(&self) -> Option<&Vec<Value>> {
        self.told["security"].as_array()
    }
}

fn example(parameter: &Value) -> String {
    let beside = Some(&parameter["example"]).filter(|example| !example.is_null());
    match beside.unwrap_or(&parameter["schema"]["examples"][0]) {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
