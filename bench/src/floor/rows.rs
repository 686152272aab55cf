//! The rows that the shop has written, as they stand in its files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use souk_db::Value;
use uuid::Uuid;

/// A row, whose cells are found by the names of their columns.
#[derive(Clone)]
pub(super) struct Line {
    columns: Arc<[String]>,
    cells: Vec<Value>,
}

impl Line {
    pub(super) fn get(&self, column: &str) -> Value {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.cells.get(at)).cloned().unwrap_or(Value::Null)
    }

    /// Arguments of a statement, in order.
    pub(super) fn args<const N: usize>(&self, columns: [&str; N]) -> Vec<Value> {
        columns.iter().map(|column| self.get(column)).collect()
    }

    pub(super) fn is(&self, column: &str, value: &Value) -> bool {
        self.get(column) == *value
    }
}

/// Rows by the value of one column.
pub(super) struct Index(HashMap<Vec<u8>, Vec<Line>>);

impl Index {
    pub(super) fn all(&self, key: &Value) -> &[Line] {
        self.0.get(&key_of(key)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn one(&self, key: &Value, what: &str) -> Result<&Line> {
        self.all(key).first().with_context(|| format!("an order without its row in {what}"))
    }
}

pub(super) fn open(dir: &Path, name: &str) -> Result<Connection> {
    let path = dir.join(format!("{name}.db"));
    Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// All rows of a table, in the order in which they were written.
pub(super) fn lines(db: &Connection, table: &str) -> Result<Vec<Line>> {
    let mut select = db.prepare(&format!("select * from {table} order by rowid"))?;
    let columns: Arc<[String]> = select.column_names().map(str::to_owned).collect();
    let mut rows = select.query([])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = (0..columns.len()).map(|at| Ok(value(row.get_ref(at)?))).collect::<Result<Vec<_>>>()?;
        lines.push(Line { columns: Arc::clone(&columns), cells });
    }
    Ok(lines)
}

pub(super) fn index(db: &Connection, table: &str, column: &str) -> Result<Index> {
    let mut index: HashMap<Vec<u8>, Vec<Line>> = HashMap::new();
    for line in lines(db, table)? {
        index.entry(key_of(&line.get(column))).or_default().push(line);
    }
    Ok(Index(index))
}

fn key_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Int(int) => int.to_be_bytes().to_vec(),
        _ => Vec::new(),
    }
}

/// Ids stay bytes, which is what they are in the file.
fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// An id as text columns hold it.
pub(super) fn as_text(value: &Value) -> Result<Value> {
    Ok(Value::Text(id(value)?.to_string()))
}

pub(super) fn id(value: &Value) -> Result<Uuid> {
    match value {
        Value::Bytes(bytes) => Ok(Uuid::from_slice(bytes)?),
        _ => bail!("an id that is not bytes"),
    }
}

/// Tables of a database with the count of their rows and of the bytes in them.
pub(super) fn sizes(dir: &Path, name: &str) -> Result<Vec<(String, u64, u64)>> {
    let db = open(dir, name)?;
    let mut names = db.prepare("select name from sqlite_schema where type = 'table' order by name")?;
    let tables = names.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut sizes = Vec::new();
    for table in tables {
        let mut columns = db.prepare(&format!("select name from pragma_table_info('{table}')"))?;
        let columns = columns.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let bytes: Vec<String> =
            columns.iter().map(|column| format!("coalesce(sum(octet_length(\"{column}\")), 0)")).collect();
        let sql = format!("select count(*), {} from {table}", bytes.join(" + "));
        let (count, bytes): (i64, i64) = db.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        sizes.push((table, u64::try_from(count)?, u64::try_from(bytes)?));
    }
    Ok(sizes)
}
