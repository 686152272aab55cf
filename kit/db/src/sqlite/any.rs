//! The one rewrite: `= any($n)` is PostgreSQL's; SQLite is given a JSON array and unpacks it.
//!
//! It unpacks into a table of its own, built and dropped with each query. A list of one needs none: it is compared
//! as what it holds.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use uuid::Uuid;

use crate::Value;

const ANY: &str = "= any($";

/// The text to prepare. Only statements that carry a list are looked at, so all others cost nothing.
pub(super) fn portable<'a>(sql: &'a str, args: &[Value]) -> Cow<'a, str> {
    if !args.iter().any(Value::is_list) || !sql.contains(ANY) {
        return Cow::Borrowed(sql);
    }
    let mut text = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some(at) = rest.find(ANY) {
        text.push_str(&rest[..at]);
        let after = &rest[at + ANY.len()..];
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, tail) = after.split_at(digits);
        let list = number.parse::<usize>().ok().and_then(|n| args.get(n.checked_sub(1)?));
        if list.is_some_and(|list| only(list).is_some())
            && let Some(tail) = tail.strip_prefix(')')
        {
            text.push_str(&format!("= ${number}"));
            rest = tail;
            continue;
        }
        let element = if matches!(list, Some(Value::Uuids(_))) { "unhex(value)" } else { "value" };
        text.push_str(&format!("in (select {element} from json_each(${number})"));
        rest = tail;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The one element of a list that has no other.
pub(super) fn only(list: &Value) -> Option<ValueRef<'_>> {
    match list {
        Value::Ints(list) => <&[i64; 1]>::try_from(&list[..]).ok().map(|[int]| ValueRef::Integer(*int)),
        Value::Texts(list) => {
            <&[String; 1]>::try_from(&list[..]).ok().map(|[text]| ValueRef::Text(text.as_bytes()))
        }
        Value::Uuids(list) => {
            <&[Uuid; 1]>::try_from(&list[..]).ok().map(|[uuid]| ValueRef::Blob(uuid.as_bytes()))
        }
        _ => None,
    }
}

pub(super) fn ints(ints: &[i64]) -> String {
    json(ints.iter())
}

pub(super) fn texts(texts: &[String]) -> String {
    json(texts.iter())
}

/// Hexadecimal without dashes, which is what `unhex` takes.
pub(super) fn uuids(uuids: &[Uuid]) -> String {
    json(uuids.iter().map(|uuid| uuid.simple()))
}

fn json<T: serde::Serialize>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<T> = items.collect();
    serde_json::to_string(&items).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args;

    #[test]
    fn every_list_is_unpacked_by_its_kind() {
        let sql = "select 1 from a where b = any($2) and (c = any($1) or d = $3)";
        let args = args![vec![Uuid::nil(), Uuid::max()], vec![1_i64, 2], 7_i64];
        assert_eq!(
            portable(sql, &args),
            "select 1 from a where b in (select value from json_each($2)) \
             and (c in (select unhex(value) from json_each($1)) or d = $3)"
        );
    }

    #[test]
    fn a_list_of_one_is_compared_as_what_it_holds_and_an_empty_one_is_not() {
        let sql = "select 1 from a where b = any($1) and c = any($2)";
        let args = args![vec![Uuid::nil()], Vec::<i64>::new()];
        assert_eq!(
            portable(sql, &args),
            "select 1 from a where b = $1 and c in (select value from json_each($2))"
        );
    }

    #[test]
    fn a_statement_without_lists_is_left_alone() {
        let args = args![1_i64];
        assert!(matches!(portable("select $1", &args), Cow::Borrowed("select $1")));
    }

    #[test]
    fn any_of_something_else_than_an_argument_is_left_alone() {
        let sql = "select 1 from a where b = any(array(select c from d limit $2))";
        let args = args![vec![1_i64], 1_i64];
        assert!(matches!(portable(sql, &args), Cow::Borrowed(_)));
    }
}
