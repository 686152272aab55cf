//! What goes into a statement: a small closed set that means the same on both databases.

use serde_json::Value as Json;
use souk_types::{
    AddressId, ApiKeyId, CartId, CategoryId, CollectionId, Currency, EventId, LineId, LocationId, MailId,
    MovementId, OrderId, PaymentId, PostingId, ProductId, PromotionId, RefundId, SessionId, ShipmentId,
    Timestamp, UserId, VariantId,
};
use uuid::Uuid;

/// An argument of a statement. Times are [`Value::Int`] (epoch milliseconds), currencies [`Value::Text`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
    /// An object or array for a `jsonb` column.
    Json(Json),
    /// For `= any($n)`.
    Ints(Vec<i64>),
    /// For `= any($n)`.
    Texts(Vec<String>),
    /// For `= any($n)`.
    Uuids(Vec<Uuid>),
}

impl Value {
    /// Whether it stands for several values, as in `= any($n)`.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Value::Ints(_) | Value::Texts(_) | Value::Uuids(_))
    }
}

/// The arguments of a statement, in the order of `$1`, `$2` …: `args![order.id, order.version]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

macro_rules! values {
    ($($from:ty => |$value:ident| $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Value {
                $to
            }
        }
    )*};
}

values! {
    bool => |value| Value::Bool(value);
    i64 => |value| Value::Int(value);
    i32 => |value| Value::Int(value.into());
    u32 => |value| Value::Int(value.into());
    u16 => |value| Value::Int(value.into());
    u8 => |value| Value::Int(value.into());
    &str => |value| Value::Text(value.to_owned());
    String => |value| Value::Text(value);
    &String => |value| Value::Text(value.clone());
    Uuid => |value| Value::Uuid(value);
    Json => |value| Value::Json(value);
    Vec<u8> => |value| Value::Bytes(value);
    &[u8] => |value| Value::Bytes(value.to_vec());
    Vec<i64> => |value| Value::Ints(value);
    Vec<String> => |value| Value::Texts(value);
    Vec<Uuid> => |value| Value::Uuids(value);
    Timestamp => |value| Value::Int(value.millis());
    Currency => |value| Value::Text(value.code().to_owned());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Every id is a UUID in the database, and a type of its own again when it is read.
macro_rules! ids {
    ($($id:ident)*) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Value {
                Value::Uuid(id.0)
            }
        }

        impl From<&[$id]> for Value {
            fn from(ids: &[$id]) -> Value {
                Value::Uuids(ids.iter().map(|id| id.0).collect())
            }
        }

        impl From<Vec<$id>> for Value {
            fn from(ids: Vec<$id>) -> Value {
                Value::from(ids.as_slice())
            }
        }

        impl $crate::FromValue for $id {
            fn from_cell(cell: $crate::Cell<'_>) -> Option<$id> {
                <Uuid as $crate::FromValue>::from_cell(cell).map($id)
            }
        }
    )*};
}

ids! {
    UserId SessionId ApiKeyId AddressId ProductId VariantId CategoryId CollectionId LocationId MovementId CartId
    LineId OrderId PromotionId ShipmentId PaymentId RefundId PostingId MailId EventId
}
