//! A client's `Idempotency-Key` and what was answered to it.
//!
//! [`Db::commit`](crate::Db::commit) does not touch these rows by itself: whoever handles the key says [`begin`] in
//! the first batch of the request and [`store_reply`] in, or after, the last.

use souk_rpc::Context;
use souk_types::Timestamp;

use crate::{Db, DbError, Statement, args};

/// Its failed guard is [`DbError::IdempotencyConflict`].
pub(crate) const BEGIN: &str = "idempotency.begin";

const PRUNED_MAX: i64 = 5_000;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What the key was first sent with; the same key with another fingerprint is refused.
    pub fingerprint: String,
    /// None while the first request is still at work.
    pub status: Option<u16>,
    pub content_type: Option<String>,
    pub body: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

pub async fn lookup(db: &Db, scope: &str, key: &str) -> Result<Option<Stored>, DbError> {
    db.read_one(
        "select fingerprint, status, content_type, body, created_at from idempotency
         where scope = $1 and key = $2",
        args![scope, key],
        |row| {
            Ok(Stored {
                fingerprint: row.get(0)?,
                status: row.get(1)?,
                content_type: row.get(2)?,
                body: row.get(3)?,
                created_at: row.get(4)?,
            })
        },
    )
    .await
}

/// Takes the key of `cx`, once per request; None when the client sent none. A key that is taken undoes the batch.
pub fn begin(cx: &Context, now: Timestamp) -> Option<Statement> {
    let idempotency = cx.idempotency.as_ref()?;
    let statement = Statement::new(
        BEGIN,
        "insert into idempotency (scope, key, fingerprint, created_at) values ($1, $2, $3, $4)
         on conflict (scope, key) do nothing",
        args![&idempotency.scope, &idempotency.key, &idempotency.fingerprint, now],
    );
    Some(statement.expect_rows(1))
}

/// Keeps the answer, so that a repetition is given the same bytes. The first answer stays.
pub fn store_reply(scope: &str, key: &str, status: u16, content_type: &str, body: Vec<u8>) -> Statement {
    Statement::new(
        "idempotency.store_reply",
        "update idempotency set status = $1, content_type = $2, body = $3
         where scope = $4 and key = $5 and status is null",
        args![status, content_type, body, scope, key],
    )
}

/// Frees a key whose request failed without effect. An answered key stays.
pub fn forget(scope: &str, key: &str) -> Statement {
    Statement::new(
        "idempotency.forget",
        "delete from idempotency where scope = $1 and key = $2 and status is null",
        args![scope, key],
    )
}

/// Removes some keys taken before `before`. Repeat it while it removes something.
pub fn prune(before: Timestamp) -> Statement {
    Statement::new(
        "idempotency.prune",
        "delete from idempotency where (scope, key) in (
            select scope, key from idempotency where created_at < $1 order by created_at limit $2)",
        args![before, PRUNED_MAX],
    )
}
