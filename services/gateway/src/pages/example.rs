//! An example of a body, made from its schema.

use serde_json::{Map, Value, json};

use super::schema::{list, resolve, text};

/// Deeper than that nobody reads on.
const DEPTH_MAX: usize = 6;

pub(super) fn of(api: &Value, schema: &Value) -> Value {
    value(api, schema, 0)
}

fn value(api: &Value, schema: &Value, depth: usize) -> Value {
    let given = schema.get("example").or_else(|| schema.get("examples").and_then(|all| all.get(0)));
    if let Some(given) =
        given.or_else(|| schema.get("const")).or_else(|| schema.get("enum").and_then(|all| all.get(0)))
    {
        return given.clone();
    }
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    if schema.get("$ref").is_some() {
        return value(api, resolve(api, schema), depth + 1);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(first) = list(schema, key).find(|variant| text(variant, "type") != "null") {
            return value(api, first, depth + 1);
        }
    }
    if schema.get("allOf").is_some() || schema.get("properties").is_some() {
        return object(api, schema, depth);
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        return default.clone();
    }
    simple(api, schema, depth)
}

fn object(api: &Value, schema: &Value, depth: usize) -> Value {
    let mut fields = Map::new();
    for part in list(schema, "allOf") {
        if let Value::Object(part) = value(api, part, depth + 1) {
            fields.extend(part);
        }
    }
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        // What may be left out is left out, unless there would be nothing at all.
        if required.is_empty() || required.contains(&name.as_str()) {
            fields.insert(name.clone(), value(api, field, depth + 1));
        }
    }
    Value::Object(fields)
}

fn simple(api: &Value, schema: &Value, depth: usize) -> Value {
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match (kind.unwrap_or_default(), text(schema, "format")) {
        ("integer" | "number", _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        ("boolean", _) => json!(true),
        ("array", _) => match schema.get("items") {
            Some(items) => json!([value(api, items, depth + 1)]),
            None => json!([]),
        },
        ("object", _) => json!({}),
        ("string", "uuid") => json!("0193e0b2-6a44-7cc3-9d5e-5e1a2b3c4d5e"),
        ("string", "date-time") => json!("2026-11-22T10:00:00.000Z"),
        ("string", "email") => json!("ada@example.com"),
        ("string", "uri") => json!("https://example.com/"),
        ("string", _) => json!("string"),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_what_is_required() {
        let api = json!({"components": {"schemas": {"Money": {"type": "object", "required": ["amount", "currency"],
            "properties": {"amount": {"type": "integer"}, "currency": {"type": "string", "example": "EUR"}}}}}});
        let refund = json!({"type": "object", "required": ["amount"], "properties": {
            "amount": {"$ref": "#/components/schemas/Money"}, "reason": {"type": "string"}}});
        assert_eq!(of(&api, &refund), json!({"amount": {"amount": 1, "currency": "EUR"}}));
    }

    #[test]
    fn a_schema_that_contains_itself_comes_to_an_end() {
        let api = json!({"components": {"schemas": {"Tree": {"type": "object", "required": ["child"],
            "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}}});
        assert!(of(&api, &json!({"$ref": "#/components/schemas/Tree"})).is_object());
    }
}
