//! JSON Schemas in a few words: what people want to know about a field.

use serde::Serialize;
use serde_json::Value;

use super::markdown::line_to_html;

/// A longer list of choices, such as of all currencies, is cut to the first few.
const CHOICES_LISTED: usize = 30;
const CHOICES_SHOWN: usize = 5;

/// A type as the reference shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Type {
    /// Such as `string`, `Money` or `list of LineItem`.
    pub(super) text: String,
    /// The schema it is described under.
    pub(super) schema: Option<String>,
}

/// A field of an object.
#[derive(Debug, Serialize)]
pub(super) struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: Type,
    required: bool,
    rules: String,
    description: String,
}

pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The entries of a list or of nothing.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn entries<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// The name at the end of `#/components/schemas/Money`.
fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)?.rsplit('/').next()
}

/// What a reference stands for, or the thing itself.
pub(super) fn resolve<'v>(api: &'v Value, thing: &'v Value) -> &'v Value {
    let pointer = thing.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    pointer.and_then(|pointer| api.pointer(pointer)).unwrap_or(thing)
}

pub(super) fn type_of(schema: &Value) -> Type {
    if let Some(name) = referred(schema) {
        return Type { text: name.to_owned(), schema: Some(name.to_owned()) };
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        let mut variants = list(schema, key).filter(|variant| text(variant, "type") != "null").map(type_of);
        if let Some(first) = variants.next() {
            let rest: Vec<Type> = variants.collect();
            if rest.is_empty() {
                return first;
            }
            let texts: Vec<String> = std::iter::once(first).chain(rest).map(|kind| kind.text).collect();
            return Type { text: texts.join(" or "), schema: None };
        }
    }
    if let Some(items) = schema.get("items") {
        let of = type_of(items);
        return Type { text: format!("list of {}", of.text), schema: of.schema };
    }
    let mut name = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names: Vec<&str> =
                names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
            names.join(" or ")
        }
        _ if schema.get("const").is_some() || schema.get("enum").is_some() => "string".to_owned(),
        _ => "any".to_owned(),
    };
    match text(schema, "format") {
        "" | "int32" | "int64" => {}
        format => name = format!("{name} ({format})"),
    }
    Type { text: name, schema: None }
}

/// The bounds, in the order in which people ask for them.
pub(super) fn rules(schema: &Value) -> String {
    let mut rules = Vec::new();
    let bound = |key: &str| schema.get(key).filter(|value| value.is_number()).map(Value::to_string);
    let choices: Vec<String> = list(schema, "enum").map(plain).collect();
    if !choices.is_empty() {
        rules.push(match choices.get(..CHOICES_SHOWN) {
            Some(first) if choices.len() > CHOICES_LISTED => {
                format!("one of {} and {} more", first.join(", "), choices.len() - first.len())
            }
            _ => format!("one of {}", choices.join(", ")),
        });
    }
    for (least, most, unit) in [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " entries"),
    ] {
        match (bound(least), bound(most)) {
            (Some(least), Some(most)) => rules.push(format!("{least} to {most}{unit}")),
            (Some(least), None) => rules.push(format!("at least {least}{unit}")),
            (None, Some(most)) => rules.push(format!("at most {most}{unit}")),
            (None, None) => {}
        }
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        rules.push(format!("matches {pattern}"));
    }
    if let Some(default) = schema.get("default").filter(|default| !default.is_null()) {
        rules.push(format!("default {}", plain(default)));
    }
    rules.join(" · ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The fields of an object; those of its parts too, when it is made of several.
pub(super) fn fields(api: &Value, schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
    let own = entries(schema, "properties").map(|(name, field)| Field {
        name: name.clone(),
        kind: type_of(field),
        required: required.contains(&name.as_str()),
        rules: rules(field),
        description: line_to_html(text(field, "description")),
    });
    let parts = list(schema, "allOf").flat_map(|part| fields(api, resolve(api, part)));
    own.chain(parts).collect()
}

/// The names that a closed set has.
pub(super) fn choices(schema: &Value) -> Vec<String> {
    list(schema, "enum").map(plain).collect()
}

/// The shapes that it may have, each with its fields.
pub(super) fn variants(api: &Value, schema: &Value) -> Vec<Variant> {
    let shapes =
        list(schema, "oneOf").chain(list(schema, "anyOf")).filter(|shape| text(shape, "type") != "null");
    shapes
        .map(|shape| Variant {
            kind: type_of(shape),
            description: line_to_html(text(shape, "description")),
            fields: fields(api, shape),
            choices: choices(shape),
        })
        .collect()
}

#[derive(Debug, Serialize)]
pub(super) struct Variant {
    #[serde(rename = "type")]
    kind: Type,
    description: String,
    fields: Vec<Field>,
    choices: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_said_in_a_few_words() {
        let said = |schema: Value| (type_of(&schema).text, rules(&schema));
        let text = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            said(json!({"type": "integer", "minimum": 1, "maximum": 100})),
            text("integer", "1 to 100")
        );
        assert_eq!(said(json!({"type": ["string", "null"], "format": "uuid"})), text("string (uuid)", ""));
        assert_eq!(said(json!({"type": "string", "enum": ["a", "b"]})), text("string", "one of a, b"));
        let nullable = json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Money"}]});
        assert_eq!(type_of(&nullable), Type { text: "Money".into(), schema: Some("Money".into()) });
        assert_eq!(type_of(&json!({"type": "array", "items": {"type": "string"}})).text, "list of string");
    }
}
