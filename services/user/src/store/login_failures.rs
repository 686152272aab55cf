//! Wrong passwords by the hash of the address: unknown addresses are counted like known ones.

use souk_db::{Db, DbError, Statement, args};
use souk_types::Timestamp;

use crate::domain::EmailKey;

/// The guard that fails when the address had its share of tries.
pub(crate) const COUNT: &str = "login_failure.count";

/// Counts a try as wrong before it is known to be: tries that are made at once cannot slip through together.
/// `window_start` is the moment before which nothing counts any more.
pub(crate) fn count(
    email: &EmailKey,
    failures_max: u32,
    window_start: Timestamp,
    now: Timestamp,
) -> Statement {
    let sql = "insert into login_failures as known (email_hash, failures, since) values ($1, 1, $2)
               on conflict (email_hash) do update set
                   failures = case when known.since <= $3 then 1 else known.failures + 1 end,
                   since = case when known.since <= $3 then $2 else known.since end
               where known.since <= $3 or known.failures < $4";
    Statement::new(COUNT, sql, args![email.hash(), now, window_start, failures_max]).expect_rows(1)
}

/// When the counted tries began.
pub(crate) async fn since(db: &Db, email: &EmailKey) -> Result<Option<Timestamp>, DbError> {
    let sql = "select since from login_failures where email_hash = $1";
    db.read_one(sql, args![email.hash()], |row| row.get(0)).await
}

/// The right password clears the count.
pub(crate) fn clear(email: &EmailKey) -> Statement {
    let sql = "delete from login_failures where email_hash = $1";
    Statement::new("login_failure.clear", sql, args![email.hash()])
}

/// Removes some of what no longer counts. Repeat it while it removes something.
pub(crate) fn prune(window_start: Timestamp, limit: i64) -> Statement {
    let sql = "delete from login_failures where email_hash in
               (select email_hash from login_failures where since <= $1 order by since limit $2)";
    Statement::new("login_failure.prune", sql, args![window_start, limit])
}
