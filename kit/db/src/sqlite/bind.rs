//! Arguments into SQLite statements, rows out of them.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use super::any;
use super::failure::failed;
use crate::row::{Columns, Slot};
use crate::{DbError, Row, Statement, Value};

/// Runs one statement of a batch; answers how many rows it changed and, if wanted, what it returned.
pub(super) fn run(connection: &Connection, statement: &Statement) -> Result<(u64, Vec<Row>), DbError> {
    let failing = |error| failed(statement.name, error);
    let sql = any::portable(statement.sql, &statement.args);
    let mut prepared = connection.prepare_cached(&sql).map_err(failing)?;
    bind(&mut prepared, &statement.args, statement.name)?;
    let columns = prepared.column_count();
    if columns == 0 {
        let changed = prepared.raw_execute().map_err(failing)?;
        return Ok((changed as u64, Vec::new()));
    }
    let (mut count, mut kept) = (0, Vec::new());
    let mut rows = prepared.raw_query();
    while let Some(found) = rows.next().map_err(failing)? {
        count += 1;
        if statement.returning {
            let mut row = Row(Columns::Filled { cells: Vec::with_capacity(columns), heap: Vec::new() });
            fill(&mut row, found, columns).map_err(failing)?;
            kept.push(row);
        }
    }
    Ok((count, kept))
}

/// Runs a query and maps its rows, `limit` of them at most, through one buffer.
pub(super) fn query<T, F>(
    connection: &Connection,
    sql: &str,
    args: &[Value],
    limit: usize,
    mut map: F,
) -> Result<Vec<T>, DbError>
where
    F: FnMut(&Row) -> Result<T, DbError>,
{
    let failing = |error| failed("read", error);
    let text = any::portable(sql, args);
    let mut prepared = connection.prepare_cached(&text).map_err(failing)?;
    bind(&mut prepared, args, "read")?;
    let columns = prepared.column_count();
    let mut row = Row(Columns::Filled { cells: Vec::with_capacity(columns), heap: Vec::new() });
    let mut mapped = Vec::new();
    let mut rows = prepared.raw_query();
    while mapped.len() < limit
        && let Some(found) = rows.next().map_err(failing)?
    {
        fill(&mut row, found, columns).map_err(failing)?;
        mapped.push(map(&row)?);
    }
    Ok(mapped)
}

/// Binds by the number in the placeholder's name: to SQLite `$2` is just a name, numbered by first use.
fn bind(prepared: &mut CachedStatement<'_>, args: &[Value], name: &'static str) -> Result<(), DbError> {
    for index in 1..=prepared.parameter_count() {
        let number = prepared.parameter_name(index).and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let argument = number.and_then(|number| args.get(number.checked_sub(1)?));
        let Some(argument) = argument else {
            let given = args.len();
            return Err(DbError::Other(format!(
                "`{name}` has no argument for placeholder {index} of {given}"
            )));
        };
        prepared.raw_bind_parameter(index, argument).map_err(|error| failed(name, error))?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        if let Some(only) = any::only(self) {
            return Ok(ToSqlOutput::Borrowed(only));
        }
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(bool) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*bool))),
            Value::Int(int) => ToSqlOutput::Borrowed(ValueRef::Integer(*int)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Uuid(uuid) => ToSqlOutput::Borrowed(ValueRef::Blob(uuid.as_bytes())),
            Value::Json(json) => ToSqlOutput::Owned(json.to_string().into()),
            Value::Ints(list) => ToSqlOutput::Owned(any::ints(list).into()),
            Value::Texts(list) => ToSqlOutput::Owned(any::texts(list).into()),
            Value::Uuids(list) => ToSqlOutput::Owned(any::uuids(list).into()),
        })
    }
}

/// Copies a row into the buffer of `row`.
fn fill(row: &mut Row, found: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<()> {
    let Columns::Filled { cells, heap } = &mut row.0 else { return Ok(()) };
    cells.clear();
    heap.clear();
    for column in 0..columns {
        let from = heap.len();
        cells.push(match found.get_ref(column)? {
            ValueRef::Null => Slot::Null,
            ValueRef::Integer(int) => Slot::Int(int),
            ValueRef::Real(_) => Slot::Foreign("a float"),
            ValueRef::Text(text) => {
                heap.extend_from_slice(text);
                Slot::Text { from, to: heap.len() }
            }
            ValueRef::Blob(bytes) => {
                heap.extend_from_slice(bytes);
                Slot::Bytes { from, to: heap.len() }
            }
        });
    }
    Ok(())
}
