//! Types are said by us and never guessed by the server, which would take an integer for four bytes and cut it.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::Value;

pub(super) fn of(args: &[Value]) -> Vec<Type> {
    args.iter().map(type_of).collect()
}

fn type_of(value: &Value) -> Type {
    match value {
        // The one thing the server may guess: nothing fits every type.
        Value::Null => Type::UNKNOWN,
        Value::Bool(_) => Type::BOOL,
        Value::Int(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
        Value::Uuid(_) => Type::UUID,
        Value::Json(_) => Type::JSONB,
        Value::Ints(_) => Type::INT8_ARRAY,
        Value::Texts(_) => Type::TEXT_ARRAY,
        Value::Uuids(_) => Type::UUID_ARRAY,
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(bool) => bool.to_sql(ty, out),
            Value::Int(int) => int.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            Value::Uuid(uuid) => uuid.to_sql(ty, out),
            Value::Json(json) => json.to_sql(ty, out),
            Value::Ints(list) => list.to_sql(ty, out),
            Value::Texts(list) => list.to_sql(ty, out),
            Value::Uuids(list) => list.to_sql(ty, out),
        }
    }

    /// The statement was prepared with the types of [`of`].
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
