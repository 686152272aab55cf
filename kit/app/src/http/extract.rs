//! Extractors whose refusals say which field breaks which rule.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use souk_rpc::{Error, ErrorKind};

use super::strict::Strict;

/// A JSON body, both ways. Types that are read derive `deny_unknown_fields`.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Error> {
        if !is_json(request.headers()) {
            let detail = "send the body as `Content-Type: application/json`";
            return Err(Error::new(ErrorKind::UnsupportedMediaType, "unsupported_media_type", detail));
        }
        let body = Bytes::from_request(request, state).await.map_err(unreadable)?;
        read_json(&body).map(Json)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => {
                (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], bytes).into_response()
            }
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// Reads JSON and says where it does not fit.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    deserialize(body).or_else(|refusal| {
        // Whoever sends half a document wants to hear of that, not of the field that is missing in this half.
        must_be_json(body)?;
        // `2.0` is the integer 2 in JSON Schema, but not to serde.
        let of_a_float = refusal.errors.iter().any(|error| error.detail.contains("floating point"));
        if of_a_float { deserialize(&without_zero_fractions(body)) } else { Err(refusal) }
    })
}

fn must_be_json(body: &[u8]) -> Result<(), Error> {
    let not_json =
        |why: &dyn std::fmt::Display| Error::invalid("", "json", format!("the body is not JSON: {why}"));
    let text = std::str::from_utf8(body).map_err(|error| not_json(&error))?;
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| not_json(&error))
}

fn deserialize<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Strict(&mut json)).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { String::new() } else { path };
        misfit(field, &error.into_inner())
    })?;
    json.end().map_err(|error| misfit(String::new(), &error))?;
    Ok(value)
}

/// JSON with each number such as `2.0` written as `2`; strings stay as they are.
fn without_zero_fractions(json: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(json.len());
    let (mut in_string, mut at) = (false, 0);
    while let Some(&byte) = json.get(at) {
        if in_string && byte == b'\\' {
            plain.extend_from_slice(json.get(at..at + 2).unwrap_or_default());
            at += 2;
            continue;
        }
        in_string ^= byte == b'"';
        let zeros = json[at + 1..].iter().take_while(|byte| **byte == b'0').count();
        let after = json.get(at + 1 + zeros);
        let goes_on = after.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'e' | b'E'));
        if !in_string && byte == b'.' && zeros > 0 && !goes_on {
            at += 1 + zeros;
            continue;
        }
        plain.push(byte);
        at += 1;
    }
    plain
}

/// Names the rule by what serde says; its wording is stable enough to be relied on in this one place.
///
/// Types of ours that look at several fields at once speak likewise, or begin with the field: "in `value`: …".
fn misfit(field: String, error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    let quoted = || text.split('`').nth(1).unwrap_or_default();
    let join = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
    if text.starts_with("unknown field") {
        // serde's path already ends with the unknown field's name.
        let at = if field.ends_with(quoted()) { field.clone() } else { join(quoted()) };
        return Error::invalid(at, "unknown_field", "is not a field of this request");
    }
    if text.starts_with("missing field") {
        return Error::invalid(join(quoted()), "required", "is missing");
    }
    if let Some((name, detail)) = text.strip_prefix("in `").and_then(|rest| rest.split_once("`: ")) {
        return Error::invalid(join(name), "type", detail);
    }
    // An enum that meets a number calls it bad syntax.
    let detail = if error.is_syntax() { "is none of the values that this field takes" } else { text };
    Error::invalid(field, "type", detail)
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

fn unreadable(rejection: BytesRejection) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::new(
            ErrorKind::TooLarge,
            "body_too_large",
            "the body is larger than this endpoint takes",
        );
    }
    Error::invalid("", "body", "the body did not arrive whole")
}

/// Query parameters; a refusal names them as `?name`. Types derive `deny_unknown_fields`.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Query<T>, Error> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri).map(|query| Query(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            if let Some(name) = text.split('`').nth(1).filter(|_| text.contains("unknown field")) {
                return Error::invalid(
                    format!("?{name}"),
                    "unknown_field",
                    "is not a parameter of this request",
                );
            }
            if let Some(name) = text.split('`').nth(1).filter(|_| text.contains("missing field")) {
                return Error::invalid(format!("?{name}"), "required", "is missing");
            }
            match text.split_once(": ") {
                Some((name, why)) => Error::invalid(format!("?{name}"), "type", why),
                None => Error::invalid("?", "type", text),
            }
        })
    }
}

/// Path parameters. What is not even an id cannot be found either.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Error> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(path) => Ok(Path(path.0)),
            Err(_) => Err(Error::not_found("resource: the path holds something that is not an id")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by serde only")]
    struct Line {
        sku: String,
        quantity: u32,
        kind: Option<Kind>,
    }

    #[derive(Debug, serde::Deserialize)]
    enum Kind {
        Gift,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        lines: Vec<Line>,
    }

    fn refusal(json: &str) -> (String, String) {
        let error = read_json::<Body>(json.as_bytes()).expect_err("refused");
        (error.errors[0].field.clone(), error.errors[0].rule.clone())
    }

    #[test]
    fn two_point_zero_is_two_and_two_point_five_is_refused() {
        let read = |json: &str| read_json::<Body>(json.as_bytes()).map(|body| body.lines[0].quantity);
        assert_eq!(read(r#"{"lines":[{"sku":"1.0\\\"2.0","quantity":2.00}]}"#).expect("an integer"), 2);
        for json in ["2.5", "2.05", "-2.0", "2.0e1", "4294967296.0"] {
            let body = format!(r#"{{"lines":[{{"sku":"A","quantity":{json}}}]}}"#);
            assert_eq!(refusal(&body), ("lines[0].quantity".to_owned(), "type".to_owned()), "{json}");
        }
        let kept = br#"{"a":"x.0\\","b":[1.0,2.50,3.0e1,"4.0"]}"#;
        assert_eq!(without_zero_fractions(kept), br#"{"a":"x.0\\","b":[1,2.50,3.0e1,"4.0"]}"#);
    }

    #[test]
    fn what_is_not_text_is_not_json() {
        let error = read_json::<Body>(b"{\"lines\":[],\"a\":\"\xff\"}").expect_err("refused");
        assert_eq!((error.errors[0].field.as_str(), error.errors[0].rule.as_str()), ("", "json"));
    }

    #[test]
    fn a_refusal_names_field_and_rule() {
        let cases = [
            (r#"{"lines":[{"sku":"A","quantity":-1}]}"#, "lines[0].quantity", "type"),
            (r#"{"lines":[{"sku":"A"}]}"#, "lines[0].quantity", "required"),
            (r#"{"lines":[{"sku":"A","quantity":1,"color":1}]}"#, "lines[0].color", "unknown_field"),
            (r#"{"rows":[]}"#, "rows", "unknown_field"),
            (r#"{"lines":["#, "", "json"),
            (r#"{"rows":"#, "", "json"),
            (r#"{"lines":[]} trailing"#, "", "json"),
            (r#"{"lines":[{"sku":"A","quantity":1,"kind":7}]}"#, "lines[0].kind", "type"),
            (" [[]]", "", "type"),
            (r#"{"lines":[["A",1]]}"#, "lines[0]", "type"),
            (r#"{"lines":[{"sku":"A","quantity":4294967296}]}"#, "lines[0].quantity", "type"),
        ];
        for (json, field, rule) in cases {
            assert_eq!(refusal(json), (field.to_owned(), rule.to_owned()), "{json}");
        }
    }
}
