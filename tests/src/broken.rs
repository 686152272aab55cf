//! Everything that a schema rules out, one thing at a time: bodies that are right but for a single field.

use serde_json::{Value, json};

use crate::description::{Description, is_nullable, kind};

/// A value with one thing wrong in it.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The field that a refusal has to name, such as `lines[0].quantity`; empty for the value itself.
    pub field: String,
    pub value: Value,
    /// The rule that a refusal has to name, where every endpoint calls it the same.
    pub rule: Option<&'static str>,
}

impl Broken {
    fn here(value: Value, rule: Option<&'static str>) -> Broken {
        Broken { field: String::new(), value, rule }
    }
}

impl Description {
    /// All that can be wrong with a value of this schema.
    pub fn broken(&self, schema: &Value) -> Vec<Broken> {
        let schema = self.resolved(schema);
        let mut broken = wrong_types(&schema);
        match kind(&schema) {
            "object" => broken.extend(self.broken_objects(&schema)),
            "array" => broken.extend(self.broken_arrays(&schema)),
            "integer" => broken.extend(wrong_numbers(&schema)),
            _ => broken.extend(wrong_texts(&schema)),
        }
        broken
    }

    fn broken_objects(&self, schema: &Value) -> Vec<Broken> {
        let whole = self.example(schema);
        let with = |name: &str, value: Value| {
            let mut body = whole.clone();
            body[name] = value;
            body
        };
        // A map calls its names what they are: a currency, a country.
        let is_map = schema["additionalProperties"].is_object();
        let mut broken = vec![Broken {
            field: "no_such_field".to_owned(),
            value: with("no_such_field", json!(1)),
            rule: (!is_map).then_some("unknown_field"),
        }];
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut value = whole.clone();
            value.as_object_mut().map(|fields| fields.remove(name));
            broken.push(Broken { field: name.to_owned(), value, rule: Some("required") });
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            broken.extend(self.broken(property).into_iter().map(|part| Broken {
                field: match part.field.as_str() {
                    "" => name.clone(),
                    inner if inner.starts_with('[') => format!("{name}{inner}"),
                    inner => format!("{name}.{inner}"),
                },
                value: with(name, part.value),
                rule: part.rule,
            }));
        }
        broken
    }

    fn broken_arrays(&self, schema: &Value) -> Vec<Broken> {
        let mut broken: Vec<Broken> = self.broken(&schema["items"]);
        for part in &mut broken {
            let dot = if part.field.is_empty() { "" } else { "." };
            part.field = format!("[0]{dot}{}", part.field);
            part.value = json!([part.value]);
        }
        if let Some(most) = schema["maxItems"].as_u64() {
            let too_many: Value = (0..=most).map(|_| self.example(&schema["items"])).collect();
            broken.push(Broken::here(too_many, None));
        }
        if schema["uniqueItems"] == true {
            let once = self.example(&schema["items"]);
            broken.push(Broken::here(json!([once, once]), None));
        }
        if schema["minItems"].as_u64().is_some_and(|least| least > 0) {
            broken.push(Broken::here(json!([]), None));
        }
        broken
    }
}

fn wrong_types(schema: &Value) -> Vec<Broken> {
    let wanted = kind(schema);
    let values = [
        ("object", json!({"a": 1})),
        ("array", json!([1])),
        ("integer", json!(17)),
        ("number", json!(1.5)),
        ("boolean", json!(true)),
        ("string", json!("17")),
        ("null", Value::Null),
    ];
    values
        .into_iter()
        .filter(|(kind, _)| *kind != wanted && !(*kind == "null" && is_nullable(schema)))
        // To serde, null and nothing are the same where a field may be left out of some shapes of the body.
        .map(|(kind, value)| Broken::here(value, (kind != "null").then_some("type")))
        .collect()
}

/// Below, above, and what no number of ours can hold.
fn wrong_numbers(schema: &Value) -> Vec<Broken> {
    let least = schema["minimum"].as_i64().map(|least| json!(least - 1));
    let most = schema["maximum"].as_i64().map(|most| json!(most + 1));
    let huge = [json!(u64::MAX), json!(1e30), json!(-1e30)];
    least.into_iter().chain(most).chain(huge).map(|value| Broken::here(value, None)).collect()
}

fn wrong_texts(schema: &Value) -> Vec<Broken> {
    if kind(schema) != "string" {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    if let Some(most) = schema["maxLength"].as_u64() {
        wrong.push("x".repeat(usize::try_from(most).unwrap_or(0) + 1));
    }
    if schema["minLength"].as_u64().is_some_and(|least| least > 0) {
        wrong.push(String::new());
    }
    if !schema["enum"].is_null() || schema["format"] == "uuid" || schema["format"] == "date-time" {
        wrong.push("nothing-of-the-kind".to_owned());
    }
    if !schema["pattern"].is_null() || schema["format"] == "email" {
        wrong.push("a\0b".to_owned());
    }
    wrong.into_iter().map(|text| Broken::here(json!(text), None)).collect()
}
