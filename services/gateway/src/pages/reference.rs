//! The API reference as values for its template, made from the merged OpenAPI.

use serde::Serialize;
use serde_json::Value;

use super::schema::{Field, Type, Variant, choices, fields, list, resolve, rules, text, type_of, variants};
use super::{example, markdown};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Serialize)]
pub(super) struct Reference {
    title: String,
    version: String,
    description: String,
    tags: Vec<TagView>,
    schemas: Vec<SchemaView>,
}

#[derive(Serialize)]
struct TagView {
    /// Fit for an anchor.
    id: String,
    name: String,
    description: String,
    operations: Vec<OperationView>,
}

#[derive(Serialize)]
struct OperationView {
    id: String,
    method: &'static str,
    path: String,
    summary: String,
    description: String,
    /// Only for those who have signed in.
    sign_in: bool,
    deprecated: bool,
    parameters: Vec<ParameterView>,
    body: Option<BodyView>,
    responses: Vec<ResponseView>,
    curl: String,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    place: String,
    required: bool,
    #[serde(rename = "type")]
    kind: Type,
    rules: String,
    description: String,
}

#[derive(Serialize)]
struct BodyView {
    content_type: String,
    #[serde(rename = "type")]
    kind: Type,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct ResponseView {
    status: String,
    description: String,
    #[serde(rename = "type")]
    kind: Option<Type>,
}

#[derive(Serialize)]
struct SchemaView {
    name: String,
    description: String,
    #[serde(rename = "type")]
    kind: Type,
    rules: String,
    fields: Vec<Field>,
    choices: Vec<String>,
    variants: Vec<Variant>,
}

impl Reference {
    pub(super) fn of(api: &Value) -> Reference {
        let operations = operations(api);
        let tag = |tag: &Value| TagView::new(text(tag, "name"), text(tag, "description"));
        let mut tags: Vec<TagView> = list(api, "tags").map(tag).collect();
        for (name, operation) in operations {
            let at = tags.iter().position(|tag| tag.name == name).unwrap_or_else(|| {
                tags.push(TagView::new(&name, ""));
                tags.len() - 1
            });
            tags[at].operations.push(operation);
        }
        tags.retain(|tag| !tag.operations.is_empty());
        Reference {
            title: text(&api["info"], "title").to_owned(),
            version: text(&api["info"], "version").to_owned(),
            description: markdown::to_html(text(&api["info"], "description")),
            tags,
            schemas: schemas(api),
        }
    }
}

impl TagView {
    fn new(name: &str, description: &str) -> TagView {
        let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        TagView {
            id: name.chars().map(fit).collect(),
            name: name.to_owned(),
            description: markdown::line_to_html(description),
            operations: Vec::new(),
        }
    }
}

/// Each operation with its first tag, in the order of the paths.
fn operations(api: &Value) -> Vec<(String, OperationView)> {
    let mut operations = Vec::new();
    for (path, item) in api["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = operation["tags"][0].as_str().unwrap_or("other").to_owned();
            operations.push((tag, view(api, path, item, method, operation)));
        }
    }
    operations
}

fn view(api: &Value, path: &str, item: &Value, method: &'static str, operation: &Value) -> OperationView {
    let raw: Vec<&Value> = list(item, "parameters")
        .chain(list(operation, "parameters"))
        .map(|parameter| resolve(api, parameter))
        .collect();
    let body = operation.get("requestBody").map(|body| resolve(api, body));
    let id = match text(operation, "operationId") {
        "" => format!("{method}-{}", path.trim_matches('/').replace(['/', '{', '}'], "-")),
        id => id.to_owned(),
    };
    let optional = |requirement: &Value| requirement.as_object().is_some_and(serde_json::Map::is_empty);
    let sign_in = operation.get("security").is_some_and(|_| {
        let mut requirements = list(operation, "security").peekable();
        requirements.peek().is_some() && !requirements.any(optional)
    });
    OperationView {
        id,
        method,
        path: path.to_owned(),
        summary: markdown::line_to_html(match text(operation, "summary") {
            "" => path,
            summary => summary,
        }),
        description: markdown::to_html(text(operation, "description")),
        sign_in,
        deprecated: operation["deprecated"].as_bool().unwrap_or(false),
        curl: curl(api, path, method, &raw, body, sign_in),
        parameters: raw.iter().map(|parameter| parameter_view(parameter)).collect(),
        body: body.and_then(|body| body_view(api, body)),
        responses: responses(api, operation),
    }
}

fn parameter_view(parameter: &Value) -> ParameterView {
    let schema = &parameter["schema"];
    ParameterView {
        name: text(parameter, "name").to_owned(),
        place: text(parameter, "in").to_owned(),
        required: parameter["required"].as_bool().unwrap_or(false),
        kind: type_of(schema),
        rules: rules(schema),
        description: markdown::line_to_html(text(parameter, "description")),
    }
}

/// The first media type of a body or a response, with its schema.
fn content(thing: &Value) -> Option<(&String, &Value)> {
    let (content_type, content) = thing["content"].as_object()?.iter().next()?;
    Some((content_type, content.get("schema")?))
}

fn body_view(api: &Value, body: &Value) -> Option<BodyView> {
    let (content_type, schema) = content(body)?;
    Some(BodyView {
        content_type: content_type.clone(),
        kind: type_of(schema),
        fields: fields(api, resolve(api, schema)),
    })
}

fn responses(api: &Value, operation: &Value) -> Vec<ResponseView> {
    let all = operation["responses"].as_object().into_iter().flatten();
    let view = |(status, response): (&String, &Value)| {
        let response = resolve(api, response);
        ResponseView {
            status: status.clone(),
            description: markdown::line_to_html(text(response, "description")),
            kind: content(response).map(|(_, schema)| type_of(schema)),
        }
    };
    all.map(view).collect()
}

/// A command that can be tried after filling in what is in capitals.
fn curl(
    api: &Value,
    path: &str,
    method: &str,
    parameters: &[&Value],
    body: Option<&Value>,
    sign_in: bool,
) -> String {
    let mut url = path.to_owned();
    let mut query = Vec::new();
    let mut lines = Vec::new();
    for parameter in parameters {
        let name = text(parameter, "name");
        let schema = resolve(api, &parameter["schema"]);
        let given = parameter.get("example").cloned().unwrap_or_else(|| example::of(api, schema));
        let given = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        let required = parameter["required"].as_bool().unwrap_or(false);
        match text(parameter, "in") {
            "path" => url = url.replace(&format!("{{{name}}}"), &given),
            "query" if required => query.push(format!("{name}={given}")),
            "header" if required || name == "Idempotency-Key" => lines.push(format!("-H '{name}: {given}'")),
            _ => {}
        }
    }
    if !query.is_empty() {
        url = format!("{url}?{}", query.join("&"));
    }
    if sign_in {
        lines.insert(0, "-H \"Authorization: Bearer $TOKEN\"".to_owned());
    }
    if let Some((content_type, schema)) = body.and_then(content) {
        lines.push(format!("-H 'Content-Type: {content_type}'"));
        if content_type.ends_with("json") {
            let json = serde_json::to_string_pretty(&example::of(api, schema)).unwrap_or_default();
            lines.push(format!("-d '{}'", json.replace('\'', "'\\''")));
        }
    }
    let verb = if method == "get" { String::new() } else { format!("-X {} ", method.to_uppercase()) };
    lines.insert(0, format!("curl {verb}\"$SHOP{url}\""));
    lines.join(" \\\n  ")
}

fn schemas(api: &Value) -> Vec<SchemaView> {
    let all = api.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let view = |(name, schema): (&String, &Value)| SchemaView {
        name: name.clone(),
        description: markdown::to_html(text(schema, "description")),
        kind: type_of(schema),
        rules: rules(schema),
        fields: fields(api, schema),
        choices: choices(schema),
        variants: variants(api, schema),
    };
    all.map(view).collect()
}
