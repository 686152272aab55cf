//! Users, found by id and by address.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{Timestamp, UserId};

use crate::domain::{EmailKey, User};

/// The guard that fails when somebody else changed the user meanwhile.
pub(crate) const SAVE: &str = "user.save";
/// The guard that fails when the password that was checked is no longer the user's.
pub(crate) const LOG_IN: &str = "user.log_in";

pub(crate) async fn get(db: &Db, id: UserId) -> Result<Option<User>, DbError> {
    let sql = "select id, email, name, locale, password_hash, email_verified, version, events, created_at, updated_at
               from users where id = $1";
    db.read_one(sql, args![id], user).await
}

pub(crate) async fn by_email(db: &Db, email: &EmailKey) -> Result<Option<User>, DbError> {
    let sql = "select id, email, name, locale, password_hash, email_verified, version, events, created_at, updated_at
               from users where email_key = $1";
    db.read_one(sql, args![email.as_str()], user).await
}

/// Whether the database answers at all.
pub(crate) async fn answers(db: &Db) -> Result<(), DbError> {
    db.read_one("select 1 from roster where id = 1", args![], |_| Ok(())).await.map(drop)
}

/// Newest first, after the user `after`; only the one with the address `email`, if that is given.
pub(crate) async fn list(
    db: &Db,
    email: Option<&EmailKey>,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<User>, DbError> {
    let mut sql =
        "select id, email, name, locale, password_hash, email_verified, version, events, created_at,
                   updated_at from users where 1 = 1"
            .to_owned();
    let mut values = args![];
    if let Some(email) = email {
        values.push(email.as_str().into());
        sql.push_str(&format!(" and email_key = ${}", values.len()));
    }
    if let Some(after) = after {
        values.push(after.into());
        sql.push_str(&format!(" and id < ${}", values.len()));
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    sql.push_str(&format!(" order by id desc limit ${}", values.len()));
    db.read_dynamic(sql, values, user).await
}

/// Makes a user, unless the address has one: then nothing happens, in the same number of steps.
pub(crate) fn register(user: &User) -> Statement {
    Statement::new("user.register", REGISTER, insert_args(user))
}

/// Makes a user whose address must be free.
pub(crate) fn insert(user: &User) -> Statement {
    Statement::new("user.insert", REGISTER, insert_args(user)).expect_rows(1)
}

const REGISTER: &str = "insert into users
    (id, email, email_key, name, locale, password_hash, email_verified, version, events, book_version,
     created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)
    on conflict (email_key) do nothing";

fn insert_args(user: &User) -> Vec<souk_db::Value> {
    args![
        user.id,
        &user.email,
        EmailKey::of(&user.email).as_str(),
        &user.name,
        &user.locale,
        &user.password_hash,
        user.email_verified,
        user.version,
        user.events,
        user.created_at,
        user.updated_at,
    ]
}

/// Writes what changed, unless somebody else did first.
pub(crate) fn save(user: &User) -> Statement {
    let sql =
        "update users set name = $1, locale = $2, password_hash = $3, email_verified = $4, updated_at = $5,
               version = version + 1 where id = $6 and version = $7";
    let values = args![
        &user.name,
        &user.locale,
        &user.password_hash,
        user.email_verified,
        user.updated_at,
        user.id,
        user.version,
    ];
    Statement::new(SAVE, sql, values).expect_rows(1)
}

/// Takes the next place among the user's events; two flows that race for it have one winner.
pub(crate) fn count_event(user: &User) -> Statement {
    let sql = "update users set events = events + 1 where id = $1 and events = $2";
    Statement::new("user.count_event", sql, args![user.id, user.events]).expect_rows(1)
}

/// Locks the user against a change of the password at the same moment: no session may outlive it.
pub(crate) fn log_in(user: &User, now: Timestamp) -> Statement {
    let sql = "update users set last_login_at = $1 where id = $2 and password_hash = $3";
    Statement::new(LOG_IN, sql, args![now, user.id, &user.password_hash]).expect_rows(1)
}

/// Keeps the same password under newer hashing parameters.
pub(crate) fn rehash(user: &User, password_hash: &str) -> Statement {
    let sql = "update users set password_hash = $1 where id = $2 and password_hash = $3";
    Statement::new("user.rehash", sql, args![password_hash, user.id, &user.password_hash])
}

fn user(row: &Row) -> Result<User, DbError> {
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        locale: row.get(3)?,
        password_hash: row.get(4)?,
        email_verified: row.get(5)?,
        version: row.get(6)?,
        events: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
    })
}
