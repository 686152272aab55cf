//! Staff: users with a row of permissions, under one version for all of them.

use souk_db::{Db, DbError, Statement, args};
use souk_rpc::Permission;
use souk_types::{Timestamp, UserId};

use crate::domain::{Member, Roster, parse_permissions, permission_names};

/// A staff member with what the users table knows.
#[derive(Debug, Clone)]
pub(crate) struct StaffRow {
    pub user: UserId,
    pub email: String,
    pub name: String,
    pub permissions: Vec<Permission>,
    pub since: Timestamp,
}

/// The whole staff. The version is read first, so a change between the two reads fails the guard of the commit.
pub(crate) async fn roster(db: &Db) -> Result<Roster, DbError> {
    let version = db.read_one("select version from roster where id = 1", args![], |row| row.get(0)).await?;
    let version = version.ok_or_else(|| DbError::Decode("the roster has no version".to_owned()))?;
    let members = db
        .read("select user_id, permissions, since from staff order by user_id", args![], |row| {
            Ok(Member {
                user: row.get(0)?,
                permissions: parse_permissions(&row.json::<Vec<String>>(1)?),
                since: row.get(2)?,
            })
        })
        .await?;
    Ok(Roster { version, members })
}

/// Staff by id, after `after`.
pub(crate) async fn list(db: &Db, after: Option<UserId>, limit: usize) -> Result<Vec<StaffRow>, DbError> {
    let mut values = args![];
    let mut sql = "select staff.user_id, users.email, users.name, staff.permissions, staff.since
                   from staff join users on users.id = staff.user_id"
        .to_owned();
    if let Some(after) = after {
        values.push(after.into());
        sql.push_str(" where staff.user_id > $1");
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    sql.push_str(&format!(" order by staff.user_id limit ${}", values.len()));
    db.read_dynamic(sql, values, |row| {
        Ok(StaffRow {
            user: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            permissions: parse_permissions(&row.json::<Vec<String>>(3)?),
            since: row.get(4)?,
        })
    })
    .await
}

/// What a user may do as staff; `None` for who is not.
pub(crate) async fn permissions(db: &Db, user: UserId) -> Result<Option<Vec<Permission>>, DbError> {
    let sql = "select permissions from staff where user_id = $1";
    db.read_one(sql, args![user], |row| Ok(parse_permissions(&row.json::<Vec<String>>(0)?))).await
}

/// Fails the batch when staff or keys were changed since `roster` was read.
pub(crate) fn guard(roster: &Roster) -> Statement {
    let sql = "update roster set version = version + 1 where id = 1 and version = $1";
    Statement::new("roster.guard", sql, args![roster.version]).expect_rows(1)
}

pub(crate) fn save(member: &Member) -> Statement {
    let sql = "insert into staff (user_id, permissions, since) values ($1, $2, $3)
               on conflict (user_id) do update set permissions = excluded.permissions";
    let values = args![member.user, permission_names(&member.permissions), member.since];
    Statement::new("staff.save", sql, values).expect_rows(1)
}

/// Their keys go with them.
pub(crate) fn remove(user: UserId) -> Statement {
    Statement::new("staff.remove", "delete from staff where user_id = $1", args![user]).expect_rows(1)
}
