//! The part of an address that changes what a page shows.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::site::Kind;

/// Longer ones are nobody's filters.
const QUERY_BYTES_MAX: usize = 2_000;
const PAIRS_MAX: usize = 60;
/// Names that may stand several times.
const SEVERAL: [&str; 2] = ["brand", "attribute"];

/// Name and value, decoded; only what this kind of page knows, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(BTreeMap<&'static str, Vec<String>>);

impl Query {
    pub(super) fn read(kind: Kind, query: Option<&str>) -> Query {
        let query = query.filter(|query| query.len() <= QUERY_BYTES_MAX).unwrap_or_default();
        let mut kept: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for pair in query.split('&').take(PAIRS_MAX) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = kind.parameters().iter().find(|known| **known == name) else { continue };
            let value = decode(value);
            let values = kept.entry(name).or_default();
            // A form sends its empty fields too.
            if !value.trim().is_empty() && (values.is_empty() || SEVERAL.contains(name)) {
                values.push(value);
            }
        }
        kept.retain(|_, values| !values.is_empty());
        Query(kept)
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.first().map(String::as_str)
    }

    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.0.insert(name, vec![value]);
    }

    /// Encoded, such as `q=red%20shirt&sort=newest`; with what is added it names a page in the cache and asks the API.
    pub(super) fn encoded(&self) -> String {
        let pairs = self.0.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
    }

    /// For the page's document: a text, or a list for what may stand several times.
    pub(super) fn document(&self) -> Map<String, Value> {
        let value = |name: &str, values: &Vec<String>| match SEVERAL.contains(&name) {
            true => Value::from(values.clone()),
            false => Value::from(values[0].clone()),
        };
        self.0.iter().map(|(name, values)| ((*name).to_owned(), value(name, values))).collect()
    }
}

pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (b'+', ..) => {
                decoded.push(b' ');
                at += 1;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_the_page_is_kept_and_always_in_the_same_order() {
        let read = |text| Query::read(Kind::Search, Some(text));
        let query = read("sort=newest&utm_source=mail&q=red+shirt&brand=A&brand=B%26C&q=second&price_min=");
        assert_eq!(query.encoded(), "brand=A&brand=B%26C&q=red%20shirt&sort=newest");
        assert_eq!(query, read("q=red%20shirt&brand=A&sort=newest&brand=B%26C"));
        assert_eq!(query.document()["brand"], serde_json::json!(["A", "B&C"]));
        assert_eq!(Query::read(Kind::Cart, Some("q=x")).encoded(), "");
    }

    #[test]
    fn what_is_typed_badly_is_still_text() {
        assert_eq!(decode("100%25+%zz%e2%82%ac%ff"), "100% %zz€\u{fffd}");
    }
}
