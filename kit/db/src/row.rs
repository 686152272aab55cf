//! What comes out of a statement. Columns are read by position: no name is looked up on a hot path.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use souk_types::{Currency, Timestamp};
use uuid::Uuid;

use crate::DbError;

/// One row of an answer. On SQLite the row is a buffer that is filled anew for each row read, so reading a
/// thousand rows allocates one buffer; on PostgreSQL it is the message as it came.
pub struct Row(pub(crate) Columns);

pub(crate) enum Columns {
    Filled { cells: Vec<Slot>, heap: Vec<u8> },
    Postgres(tokio_postgres::Row),
}

/// A cell of a filled row; what is longer than a word lies on the row's heap.
pub(crate) enum Slot {
    Null,
    Int(i64),
    Text {
        from: usize,
        to: usize,
    },
    Bytes {
        from: usize,
        to: usize,
    },
    /// A type that souk does not speak, such as a float.
    Foreign(&'static str),
}

/// A cell as it lies in the row, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Text, and JSON as text.
    Text(&'a str),
    Bytes(&'a [u8]),
    Uuid(Uuid),
    Foreign(&'a str),
}

/// A type that can be read from a cell.
pub trait FromValue: Sized {
    /// `None` when the cell holds something else.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

impl Row {
    /// The value of a column, counted from 0.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, DbError> {
        let cell = self.cell(column)?;
        T::from_cell(cell).ok_or_else(|| mismatch::<T>(column, cell))
    }

    /// The value of the last column.
    pub(crate) fn last<T: FromValue>(&self) -> Result<T, DbError> {
        let columns = match &self.0 {
            Columns::Filled { cells, .. } => cells.len(),
            Columns::Postgres(row) => row.len(),
        };
        self.get(columns.saturating_sub(1))
    }

    /// A text column, borrowed from the row.
    pub fn text(&self, column: usize) -> Result<&str, DbError> {
        match self.cell(column)? {
            Cell::Text(text) => Ok(text),
            cell => Err(mismatch::<&str>(column, cell)),
        }
    }

    /// A text column that names a state or another closed set.
    pub fn parse<T: FromStr>(&self, column: usize) -> Result<T, DbError> {
        let text = self.text(column)?;
        text.parse().map_err(|_| mismatch::<T>(column, Cell::Text(text)))
    }

    /// A column of JSON, `jsonb` or text, as the type it was written from.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        serde_json::from_str(self.text(column)?)
            .map_err(|error| DbError::Decode(format!("column {column}: {error}")))
    }

    pub fn cell(&self, column: usize) -> Result<Cell<'_>, DbError> {
        match &self.0 {
            Columns::Filled { cells, heap } => match cells.get(column) {
                None => Err(missing(column)),
                Some(Slot::Null) => Ok(Cell::Null),
                Some(Slot::Int(int)) => Ok(Cell::Int(*int)),
                Some(Slot::Bytes { from, to }) => Ok(Cell::Bytes(&heap[*from..*to])),
                Some(Slot::Foreign(kind)) => Ok(Cell::Foreign(kind)),
                Some(Slot::Text { from, to }) => std::str::from_utf8(&heap[*from..*to])
                    .map(Cell::Text)
                    .map_err(|error| DbError::Decode(format!("column {column}: {error}"))),
            },
            Columns::Postgres(row) if column < row.len() => {
                row.try_get(column).map_err(|error| DbError::Decode(format!("column {column}: {error}")))
            }
            Columns::Postgres(_) => Err(missing(column)),
        }
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = match &self.0 {
            Columns::Filled { cells, .. } => cells.len(),
            Columns::Postgres(row) => row.len(),
        };
        f.debug_list().entries((0..len).map(|column| self.cell(column))).finish()
    }
}

fn mismatch<T>(column: usize, cell: Cell<'_>) -> DbError {
    let wanted = std::any::type_name::<T>();
    let found = match cell {
        Cell::Null => "null",
        Cell::Bool(_) => "a boolean",
        Cell::Int(_) => "an integer that does not fit",
        Cell::Text(_) => "text that does not fit",
        Cell::Bytes(_) => "bytes",
        Cell::Uuid(_) => "a uuid",
        Cell::Foreign(kind) => kind,
    };
    DbError::Decode(format!("column {column}: expected {wanted}, found {found}"))
}

fn missing(column: usize) -> DbError {
    DbError::Decode(format!("column {column}: the answer has no such column"))
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Option<T>> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

impl FromValue for i64 {
    fn from_cell(cell: Cell<'_>) -> Option<i64> {
        match cell {
            Cell::Int(int) => Some(int),
            _ => None,
        }
    }
}

macro_rules! narrower {
    ($($int:ty)*) => {$(
        impl FromValue for $int {
            fn from_cell(cell: Cell<'_>) -> Option<$int> {
                i64::from_cell(cell)?.try_into().ok()
            }
        }
    )*};
}

narrower! { i32 u8 u16 u32 u64 usize }

impl FromValue for bool {
    fn from_cell(cell: Cell<'_>) -> Option<bool> {
        match cell {
            Cell::Bool(bool) => Some(bool),
            Cell::Int(0) => Some(false),
            Cell::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for String {
    fn from_cell(cell: Cell<'_>) -> Option<String> {
        match cell {
            Cell::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Vec<u8>> {
        match cell {
            Cell::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl FromValue for Uuid {
    fn from_cell(cell: Cell<'_>) -> Option<Uuid> {
        match cell {
            Cell::Uuid(uuid) => Some(uuid),
            Cell::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

impl FromValue for serde_json::Value {
    fn from_cell(cell: Cell<'_>) -> Option<serde_json::Value> {
        match cell {
            Cell::Text(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }
}

impl FromValue for Timestamp {
    fn from_cell(cell: Cell<'_>) -> Option<Timestamp> {
        i64::from_cell(cell).map(Timestamp::from_millis)
    }
}

impl FromValue for Currency {
    fn from_cell(cell: Cell<'_>) -> Option<Currency> {
        match cell {
            Cell::Text(code) => code.parse().ok(),
            _ => None,
        }
    }
}

/// PostgreSQL's binary form, borrowed.
impl<'a> tokio_postgres::types::FromSql<'a> for Cell<'a> {
    fn from_sql(
        ty: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Cell<'a>, Box<dyn std::error::Error + Sync + Send>> {
        use tokio_postgres::types::Type;
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::Bool(bool::from_sql(ty, raw)?),
            Type::UUID => Cell::Uuid(Uuid::from_sql(ty, raw)?),
            Type::BYTEA => Cell::Bytes(raw),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => {
                Cell::Text(std::str::from_utf8(raw)?)
            }
            // One byte of version, then the text.
            Type::JSONB => Cell::Text(std::str::from_utf8(raw.get(1..).unwrap_or_default())?),
            _ => Cell::Foreign("a type that has to be cast in the query"),
        })
    }

    fn from_sql_null(
        _: &tokio_postgres::types::Type,
    ) -> Result<Cell<'a>, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }
}
