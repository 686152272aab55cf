//! One argument of one batch, in a column of them.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::Value;

#[derive(Debug)]
pub(in super::super) enum Cell<'a> {
    Given(&'a Value),
    Sum(Value),
}

impl Cell<'_> {
    /// A sum that no column could hold is no number, and the server refuses it.
    pub(super) fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> Cell<'static> {
        let sum = values.map(|value| if let Value::Int(int) = value { Some(*int) } else { None });
        let sum = sum.reduce(|sum, int| sum?.checked_add(int?)).flatten();
        Cell::Sum(sum.map_or(Value::Null, Value::Int))
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Cell::Given(value) => value.to_sql(ty, out),
            Cell::Sum(value) => value.to_sql(ty, out),
        }
    }

    /// The statement was prepared with [`array_of`] the types of the single one.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The array of that type. None for arrays, which cannot be unpacked again, and for types that are not used here.
pub(super) fn array_of(ty: &Type) -> Option<Type> {
    match *ty {
        Type::BOOL => Some(Type::BOOL_ARRAY),
        Type::INT8 => Some(Type::INT8_ARRAY),
        Type::TEXT => Some(Type::TEXT_ARRAY),
        Type::BYTEA => Some(Type::BYTEA_ARRAY),
        Type::UUID => Some(Type::UUID_ARRAY),
        Type::JSONB => Some(Type::JSONB_ARRAY),
        _ => None,
    }
}

/// What of an argument tells rows apart.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Int(i64),
    Text(&'a str),
    Uuid(Uuid),
    Other(String),
}

impl Key<'_> {
    pub(super) fn of(value: &Value) -> Key<'_> {
        match value {
            Value::Int(int) => Key::Int(*int),
            Value::Text(text) => Key::Text(text),
            Value::Uuid(uuid) => Key::Uuid(*uuid),
            other => Key::Other(format!("{other:?}")),
        }
    }
}
