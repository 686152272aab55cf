//! Parameters and rules that several routes share.

use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use souk_app::Rules;
use souk_rpc::{Error, ErrorKind};
use souk_types::Cursor;
use utoipa::IntoParams;

/// The version that a change is based on: `params(IfMatchParam)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the header; it is read by `if_match`")]
pub(super) struct IfMatchParam {
    /// The version in quotes; `*` is the same as leaving it out.
    #[param(
        rename = "If-Match",
        nullable = false,
        min_length = 1,
        max_length = 20,
        pattern = r#"^(\*|"[0-9]{1,18}")$"#,
        example = "\"7\""
    )]
    if_match: Option<String>,
}

pub(super) const LIMIT_DEFAULT: u32 = 20;

/// `?limit`, 1 to 100.
pub(super) fn limit(rules: &mut Rules, limit: Option<u32>) -> u32 {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    rules.range("?limit", limit, 1..=100);
    limit
}

/// `?cursor` as the key that this list put into it.
pub(super) fn cursor<K: DeserializeOwned>(rules: &mut Rules, cursor: Option<&str>) -> Option<K> {
    let cursor = cursor?;
    let decoded = Cursor::decode(cursor);
    if decoded.is_err() {
        rules.broken("?cursor", "cursor", "is not a cursor that this list gave out");
    }
    decoded.ok()
}

/// The version an edit is based on: `If-Match: "7"`, or the body's word.
pub(super) fn base_version(headers: &HeaderMap, stated: Option<i64>) -> Result<i64, Error> {
    if stated.is_some_and(|version| version < 1) {
        return Err(Error::invalid("version", "range", "must be 1 or more"));
    }
    match if_match(headers)? {
        Some(version) if stated.is_none_or(|stated| stated == version) => Ok(version),
        Some(_) => Err(Error::invalid("version", "contradiction", "If-Match names another version")),
        None => stated.ok_or_else(|| {
            let detail = "say which version you have read: `If-Match: \"7\"`, or `version` in the body";
            Error::new(ErrorKind::PreconditionRequired, "version_required", detail)
        }),
    }
}

/// `If-Match: "7"`; `*` asks for nothing.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let digits = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let digits = digits.filter(|text| text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()));
    let version = digits.and_then(|text| text.parse().ok());
    version
        .map(Some)
        .ok_or_else(|| Error::invalid("If-Match", "format", "must be a version in quotes, such as \"7\""))
}

/// A path of the category tree.
pub(super) fn category_path(rules: &mut Rules, field: &str, path: &str) {
    let fits = (1..=1000).contains(&path.len()) && path.split('/').all(crate::domain::slug::is_words);
    rules.require(fits, field, "format", "must be a category's path such as office/toner");
}
