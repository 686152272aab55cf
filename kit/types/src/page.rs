//! Lists are read by keyset: a cursor says after which row to go on, so that pages neither skip nor repeat.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One page of a list and the way to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows`, read with a limit of `limit + 1`, to a page; `key` is what the next page starts after.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: usize, key: impl Fn(&T) -> K) -> Page<T> {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(|last| Cursor::encode(&key(last)));
        Page { items: rows, next_cursor }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// The cursor is not one that this list gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this list gave out")]
pub struct CursorError;

/// Opaque to clients: the sort key of the last row seen, as hexadecimal JSON.
pub struct Cursor;

impl Cursor {
    pub fn encode<K: Serialize>(key: &K) -> String {
        let json = serde_json::to_vec(key).unwrap_or_default();
        json.iter().fold(String::with_capacity(json.len() * 2), |mut text, byte| {
            text.push(HEX[usize::from(byte >> 4)]);
            text.push(HEX[usize::from(byte & 15)]);
            text
        })
    }

    pub fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K, CursorError> {
        let nibble = |c: u8| char::from(c).to_digit(16).and_then(|n| u8::try_from(n).ok());
        let json: Option<Vec<u8>> = cursor
            .as_bytes()
            .chunks(2)
            .map(|pair| Some((nibble(pair[0])? << 4) | nibble(*pair.get(1)?)?))
            .collect();
        let key: Value = serde_json::from_slice(&json.ok_or(CursorError)?).map_err(|_| CursorError)?;
        // No row has a key with a NUL, and PostgreSQL fails on a text with one.
        if has_nul(&key) { Err(CursorError) } else { serde_json::from_value(key).map_err(|_| CursorError) }
    }
}

fn has_nul(key: &Value) -> bool {
    match key {
        Value::String(text) => text.contains('\0'),
        Value::Array(parts) => parts.iter().any(has_nul),
        Value::Object(parts) => parts.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_starts() {
        let page = Page::cut(vec![1, 2, 3], 2, |n| *n);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(Cursor::decode::<i32>(&page.next_cursor.expect("more")), Ok(2));
        assert_eq!(Page::cut(vec![1, 2], 2, |n| *n).next_cursor, None);
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for cursor in ["", "zz", "é", "7b", "abc"] {
            assert!(Cursor::decode::<(i64, String)>(cursor).is_err(), "{cursor}");
        }
        assert!(Cursor::decode::<(i64, String)>(&Cursor::encode(&(1, "a"))).is_ok());
        assert!(Cursor::decode::<(i64, String)>(&Cursor::encode(&(1, "a\0"))).is_err());
    }
}
