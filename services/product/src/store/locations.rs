//! Warehouses and shops that keep stock.

use serde::Serialize;
use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::LocationId;
use uuid::Uuid;

/// The location that every shop has from the start; its code is `main`.
pub(crate) const MAIN: LocationId = LocationId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));

pub(crate) const INSERT: &str = "location.insert";

/// Where stock is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Location {
    pub id: LocationId,
    /// What people and import files call it.
    pub code: String,
    pub name: String,
    /// Orders are served from lower ranks first.
    pub rank: i64,
    /// Whether orders are served from it at all.
    pub active: bool,
    #[schema(minimum = 1)]
    pub version: i64,
}

pub(crate) async fn all(db: &Db) -> Result<Vec<Location>, DbError> {
    db.read(
        "select id, code, name, rank, active, version from location order by rank, id limit 1000",
        args![],
        read,
    )
    .await
}

pub(crate) async fn get(db: &Db, id: LocationId) -> Result<Option<Location>, DbError> {
    db.read_one("select id, code, name, rank, active, version from location where id = $1", args![id], read)
        .await
}

pub(crate) async fn get_by_code(db: &Db, code: &str) -> Result<Option<Location>, DbError> {
    db.read_one(
        "select id, code, name, rank, active, version from location where code = $1",
        args![code],
        read,
    )
    .await
}

pub(crate) fn insert(location: &Location) -> Statement {
    let Location { id, code, name, rank, active, version } = location;
    Statement::new(
        INSERT,
        "insert into location (id, code, name, rank, active, version) values ($1, $2, $3, $4, $5, $6)",
        args![*id, code, name, *rank, *active, *version],
    )
}

pub(crate) fn update(location: &Location) -> Statement {
    let Location { id, name, rank, active, version, .. } = location;
    Statement::new(
        "location.update",
        "update location set name = $2, rank = $3, active = $4, version = $5 where id = $1 and version = $5 - 1",
        args![*id, name, *rank, *active, *version],
    )
    .expect_rows(1)
}

fn read(row: &Row) -> Result<Location, DbError> {
    Ok(Location {
        id: row.get(0)?,
        code: row.get(1)?,
        name: row.get(2)?,
        rank: row.get(3)?,
        active: row.get(4)?,
        version: row.get(5)?,
    })
}
