//! Where our record and a provider's differ, and how far the comparison has come.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{Chance, Timestamp};
use uuid::Uuid;

use crate::domain::compare::Difference;

/// A difference that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub id: Uuid,
    pub provider: String,
    pub reference: String,
    pub kind: String,
    pub detail: String,
    pub found_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
}

/// Files a difference, once per payment and kind; seen again it is open again.
pub fn file(
    provider: &str,
    reference: &str,
    found: &Difference,
    chance: &Chance,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "exception.file",
        "insert into reconciliation_exceptions (id, provider, reference, kind, detail, found_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (provider, reference, kind) do update
            set detail = excluded.detail, last_seen_at = excluded.last_seen_at, resolved_at = null",
        args![chance.uuid_v7(now), provider, reference, found.kind, &found.detail, now],
    )
}

/// The records agree again.
pub fn resolve(provider: &str, reference: &str, now: Timestamp) -> Statement {
    Statement::new(
        "exception.resolve",
        "update reconciliation_exceptions set resolved_at = $1
         where provider = $2 and reference = $3 and resolved_at is null",
        args![now, provider, reference],
    )
}

pub async fn count_open(db: &Db) -> Result<u64, DbError> {
    let sql = "select count(*) from reconciliation_exceptions where resolved_at is null";
    Ok(db.read_one(sql, args![], |row| row.get(0)).await?.unwrap_or(0))
}

pub async fn has_open(db: &Db, provider: &str, reference: &str) -> Result<bool, DbError> {
    let sql = "select 1 from reconciliation_exceptions
         where provider = $1 and reference = $2 and resolved_at is null limit 1";
    Ok(db.read_one(sql, args![provider, reference], |_| Ok(())).await?.is_some())
}

/// References with an open exception, so that a comparison can see whether they agree by now.
pub async fn open_references(db: &Db, provider: &str, limit: u32) -> Result<Vec<String>, DbError> {
    db.read(
        "select distinct reference from reconciliation_exceptions where provider = $1 and resolved_at is null
         order by reference limit $2",
        args![provider, limit],
        |row| row.get(0),
    )
    .await
}

/// Newest first.
pub async fn page(
    db: &Db,
    open_only: bool,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Exception>, DbError> {
    let before = before.unwrap_or(Uuid::max());
    let sql = "select id, provider, reference, kind, detail, found_at, last_seen_at, resolved_at
         from reconciliation_exceptions where id < $1 and (resolved_at is null or not $2)
         order by id desc limit $3";
    db.read_dynamic(sql.to_owned(), args![before, open_only, limit], exception).await
}

pub async fn compared_until(db: &Db, provider: &str) -> Result<Option<Timestamp>, DbError> {
    let sql = "select compared_until from reconciliation_progress where provider = $1";
    db.read_one(sql, args![provider], |row| row.get(0)).await
}

pub fn note_compared(provider: &str, until: Timestamp) -> Statement {
    Statement::new(
        "exception.note_compared",
        "insert into reconciliation_progress (provider, compared_until) values ($1, $2)
         on conflict (provider) do update set compared_until = excluded.compared_until",
        args![provider, until],
    )
}

fn exception(row: &Row) -> Result<Exception, DbError> {
    Ok(Exception {
        id: row.get(0)?,
        provider: row.get(1)?,
        reference: row.get(2)?,
        kind: row.get(3)?,
        detail: row.get(4)?,
        found_at: row.get(5)?,
        last_seen_at: row.get(6)?,
        resolved_at: row.get(7)?,
    })
}
