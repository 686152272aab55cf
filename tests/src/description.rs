//! What the shop says of itself in `/openapi.json`, as far as somebody needs it who wants to send what it rules out.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::Client;

/// The API description of a shop.
pub struct Description {
    root: Value,
}

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    /// The schema of its JSON body, if it takes one.
    pub body: Option<Value>,
    /// Its query parameters: name and schema.
    pub query: Vec<(String, Value)>,
    /// Those of them that must be stated, with something that fits.
    pub stated: Vec<(String, Value)>,
    /// Whether a repeat is recognized by its `Idempotency-Key`.
    pub keyed: bool,
    /// Whether the version that a change is based on may stand in `If-Match`.
    pub versioned: bool,
}

impl Description {
    pub async fn of(shop: &Client) -> Result<Description> {
        Ok(Description { root: shop.get("/openapi.json").await?.ok()? })
    }

    /// Every operation of the API proper, `/v1`.
    pub fn operations(&self) -> Result<Vec<Operation>> {
        let paths = self.root["paths"].as_object().context("paths")?;
        let mut operations = Vec::new();
        for (path, methods) in paths.iter().filter(|(path, _)| path.starts_with("/v1/")) {
            for (method, operation) in methods.as_object().context("methods")? {
                operations.push(self.operation(path, method, operation)?);
            }
        }
        Ok(operations)
    }

    fn operation(&self, path: &str, method: &str, operation: &Value) -> Result<Operation> {
        let parameters: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        let stated =
            parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let stated = stated.map(|parameter| {
            (parameter["name"].as_str().unwrap_or_default().to_owned(), self.example(&parameter["schema"]))
        });
        let stated = stated.collect();
        let query = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let query = query.map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            (name, self.resolved(&parameter["schema"]))
        });
        let has_header = |name: &str| parameters.iter().any(|parameter| parameter["name"] == name);
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        Ok(Operation {
            id: operation["operationId"].as_str().context("an operation has an id")?.to_owned(),
            method: method.to_uppercase().parse()?,
            path: path.to_owned(),
            body: (!body.is_null()).then(|| self.resolved(body)),
            query: query.collect(),
            stated,
            keyed: has_header("Idempotency-Key"),
            versioned: has_header("If-Match"),
        })
    }

    /// The schema itself instead of a reference to it, and of several the first.
    ///
    /// `nullable` is added where null is one of the choices.
    pub fn resolved(&self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            return self.resolved(self.root.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null));
        }
        let Some(choices) = schema["oneOf"].as_array() else { return schema.clone() };
        let null = json!({"type": "null"});
        let chosen = choices.iter().find(|choice| **choice != null).unwrap_or(&Value::Null);
        let mut resolved = self.resolved(chosen);
        if choices.contains(&null) {
            resolved["nullable"] = json!(true);
        }
        resolved
    }

    /// Something small that fits: what is required and no more.
    pub fn example(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        let given = [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]];
        if let Some(example) = given.into_iter().find(|example| !example.is_null()) {
            return example.clone();
        }
        match kind(&schema) {
            "object" => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields = required.map(|name| {
                    (name.to_owned(), self.example(schema["properties"].get(name).unwrap_or(&Value::Null)))
                });
                Value::Object(fields.collect::<Map<_, _>>())
            }
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or(0);
                (0..least).map(|_| self.example(&schema["items"])).collect()
            }
            "integer" => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            "boolean" => json!(true),
            _ => json!(text(&schema)),
        }
    }
}

/// The type of a value that is not null.
pub(crate) fn kind(schema: &Value) -> &str {
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        one => Vec::from_iter(one.as_str()),
    };
    kinds.into_iter().find(|kind| *kind != "null").unwrap_or_default()
}

/// Whether null fits too.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    schema["nullable"] == true
        || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("null")))
}

fn text(schema: &Value) -> &'static str {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    match schema["format"].as_str() {
        Some("uuid") => "0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e",
        Some("date-time") => "2026-01-01T00:00:00Z",
        _ if pattern.contains("https?") => "https://example.com/",
        _ => "some-words",
    }
}
