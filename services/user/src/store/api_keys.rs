//! API keys, found by the hash of their secret.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_rpc::Permission;
use souk_types::{ApiKeyId, Timestamp};

use crate::domain::{ApiKey, TokenHash, parse_permissions, permission_names};

/// The statement that finds the name taken.
pub(crate) const INSERT: &str = "api_key.insert";

/// The key behind a secret and what its creator may do now. The hot path: one indexed read.
pub(crate) async fn by_token(
    db: &Db,
    token: TokenHash,
) -> Result<Option<(ApiKey, Vec<Permission>)>, DbError> {
    let sql =
        "select k.id, k.name, k.hint, k.scopes, k.created_by, k.created_at, k.last_used_at, staff.permissions
               from api_keys k join staff on staff.user_id = k.created_by where k.token_hash = $1";
    db.read_one(sql, args![token.as_bytes()], |row| {
        Ok((api_key(row)?, parse_permissions(&row.json::<Vec<String>>(7)?)))
    })
    .await
}

/// Oldest first, after `after`.
pub(crate) async fn list(db: &Db, after: Option<ApiKeyId>, limit: usize) -> Result<Vec<ApiKey>, DbError> {
    let mut values = args![];
    let mut sql =
        "select id, name, hint, scopes, created_by, created_at, last_used_at from api_keys".to_owned();
    if let Some(after) = after {
        values.push(after.into());
        sql.push_str(" where id > $1");
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    sql.push_str(&format!(" order by id limit ${}", values.len()));
    db.read_dynamic(sql, values, api_key).await
}

pub(crate) async fn get(db: &Db, id: ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    let sql =
        "select id, name, hint, scopes, created_by, created_at, last_used_at from api_keys where id = $1";
    db.read_one(sql, args![id], api_key).await
}

pub(crate) async fn count(db: &Db) -> Result<i64, DbError> {
    let count = db.read_one("select count(*) from api_keys", args![], |row| row.get(0)).await?;
    Ok(count.unwrap_or(0))
}

pub(crate) fn insert(key: &ApiKey, token: TokenHash) -> Statement {
    let sql = "insert into api_keys (id, token_hash, name, hint, scopes, created_by, created_at)
               values ($1, $2, $3, $4, $5, $6, $7)";
    let values = args![
        key.id,
        token.as_bytes(),
        &key.name,
        &key.hint,
        permission_names(&key.scopes),
        key.created_by,
        key.created_at,
    ];
    Statement::new(INSERT, sql, values).expect_rows(1)
}

pub(crate) fn remove(id: ApiKeyId) -> Statement {
    Statement::new("api_key.remove", "delete from api_keys where id = $1", args![id]).expect_rows(1)
}

/// Writes down that a key is in use.
pub(crate) fn touch(id: ApiKeyId, used_at: Timestamp) -> Statement {
    let sql = "update api_keys set last_used_at = $1 where id = $2";
    Statement::new("api_key.touch", sql, args![used_at, id])
}

fn api_key(row: &Row) -> Result<ApiKey, DbError> {
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        hint: row.get(2)?,
        scopes: parse_permissions(&row.json::<Vec<String>>(3)?),
        created_by: row.get(4)?,
        created_at: row.get(5)?,
        last_used_at: row.get(6)?,
    })
}
