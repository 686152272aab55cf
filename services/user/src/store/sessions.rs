//! Sessions, found by the hash of their token.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_rpc::Permission;
use souk_types::{SessionId, Timestamp, UserId};

use crate::domain::{Session, TokenHash, parse_permissions};

/// The session behind a token and, if its user is staff, what they may do. The hot path: one indexed read.
pub(crate) async fn by_token(
    db: &Db,
    token: TokenHash,
) -> Result<Option<(Session, Option<Vec<Permission>>)>, DbError> {
    let sql = "select s.id, s.user_id, s.device, s.created_at, s.seen_at, s.expires_at, s.ends_at, staff.permissions
               from sessions s left join staff on staff.user_id = s.user_id where s.token_hash = $1";
    db.read_one(sql, args![token.as_bytes()], |row| {
        let is_staff = row.get::<Option<String>>(7)?.is_some();
        let permissions = if is_staff { Some(parse_permissions(&row.json::<Vec<String>>(7)?)) } else { None };
        Ok((session(row)?, permissions))
    })
    .await
}

/// A user's sessions that are not over, newest first.
pub(crate) async fn of_user(db: &Db, user: UserId, now: Timestamp) -> Result<Vec<Session>, DbError> {
    let sql = "select id, user_id, device, created_at, seen_at, expires_at, ends_at
               from sessions where user_id = $1 and expires_at > $2 order by id desc";
    db.read(sql, args![user, now], session).await
}

pub(crate) fn insert(session: &Session, token: TokenHash) -> Statement {
    let sql =
        "insert into sessions (id, token_hash, user_id, device, created_at, seen_at, expires_at, ends_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = args![
        session.id,
        token.as_bytes(),
        session.user,
        session.device.as_deref(),
        session.created_at,
        session.seen_at,
        session.expires_at,
        session.ends_at,
    ];
    Statement::new("session.insert", sql, values).expect_rows(1)
}

/// Ends the oldest sessions beyond `kept`.
pub(crate) fn trim(user: UserId, kept: u32) -> Statement {
    let sql = "delete from sessions where user_id = $1 and id not in
               (select id from sessions where user_id = $1 order by id desc limit $2)";
    Statement::new("session.trim", sql, args![user, kept])
}

/// Writes down that a session is in use. What has ended meanwhile stays ended.
pub(crate) fn touch(session: SessionId, seen_at: Timestamp, expires_at: Timestamp) -> Statement {
    let sql = "update sessions set seen_at = $1, expires_at = $2 where id = $3 and seen_at < $1";
    Statement::new("session.touch", sql, args![seen_at, expires_at, session])
}

pub(crate) fn end(session: SessionId) -> Statement {
    Statement::new("session.end", "delete from sessions where id = $1", args![session])
}

pub(crate) fn end_all(user: UserId) -> Statement {
    Statement::new("session.end_all", "delete from sessions where user_id = $1", args![user])
}

pub(crate) fn end_others(user: UserId, kept: SessionId) -> Statement {
    let sql = "delete from sessions where user_id = $1 and id <> $2";
    Statement::new("session.end_others", sql, args![user, kept])
}

/// Removes some of what is over. Repeat it while it removes something.
pub(crate) fn prune(now: Timestamp, limit: i64) -> Statement {
    let sql = "delete from sessions where id in
               (select id from sessions where expires_at <= $1 order by expires_at limit $2)";
    Statement::new("session.prune", sql, args![now, limit])
}

fn session(row: &Row) -> Result<Session, DbError> {
    Ok(Session {
        id: row.get(0)?,
        user: row.get(1)?,
        device: row.get(2)?,
        created_at: row.get(3)?,
        seen_at: row.get(4)?,
        expires_at: row.get(5)?,
        ends_at: row.get(6)?,
    })
}
