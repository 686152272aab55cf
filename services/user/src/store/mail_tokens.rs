//! Tokens that are sent by mail and work once.

use std::str::FromStr;

use souk_db::{Db, DbError, Statement, args};
use souk_types::{Timestamp, UserId};

use crate::domain::{SecretKind, TokenHash};

/// The guard that fails when a token was used by somebody else at the same moment.
pub(crate) const USE: &str = "mail_token.use";

/// Tokens of a kind that a user may have at once: an old mail still works for a while after a new one.
const KEPT: i64 = 3;

/// What a mailed token lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailKind {
    Verification,
    PasswordReset,
}

impl MailKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            MailKind::Verification => "verification",
            MailKind::PasswordReset => "password_reset",
        }
    }

    pub(crate) const fn secret(self) -> SecretKind {
        match self {
            MailKind::Verification => SecretKind::Verification,
            MailKind::PasswordReset => SecretKind::PasswordReset,
        }
    }
}

impl FromStr for MailKind {
    type Err = ();

    fn from_str(text: &str) -> Result<MailKind, ()> {
        [MailKind::Verification, MailKind::PasswordReset]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// Whose token it is, while it is good.
pub(crate) async fn holder(
    db: &Db,
    kind: MailKind,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<UserId>, DbError> {
    let sql = "select user_id from mail_tokens where token_hash = $1 and kind = $2 and expires_at > $3";
    db.read_one(sql, args![token.as_bytes(), kind.as_str(), now], |row| row.get(0)).await
}

/// Gives out a token; the oldest beyond a few stop working.
pub(crate) fn issue(
    user: UserId,
    kind: MailKind,
    token: TokenHash,
    now: Timestamp,
    expires_at: Timestamp,
) -> Vec<Statement> {
    let insert = "insert into mail_tokens (token_hash, user_id, kind, created_at, expires_at)
                  values ($1, $2, $3, $4, $5)";
    let trim = "delete from mail_tokens where user_id = $1 and kind = $2 and token_hash not in
                (select token_hash from mail_tokens where user_id = $1 and kind = $2
                 order by created_at desc, token_hash limit $3)";
    vec![
        Statement::new(
            "mail_token.issue",
            insert,
            args![token.as_bytes(), user, kind.as_str(), now, expires_at],
        )
        .expect_rows(1),
        Statement::new("mail_token.trim", trim, args![user, kind.as_str(), KEPT]),
    ]
}

/// Uses a token up; fails the batch when that has happened already.
pub(crate) fn use_up(token: TokenHash) -> Statement {
    Statement::new(USE, "delete from mail_tokens where token_hash = $1", args![token.as_bytes()])
        .expect_rows(1)
}

/// Makes every other token of the kind useless.
pub(crate) fn revoke(user: UserId, kind: MailKind) -> Statement {
    let sql = "delete from mail_tokens where user_id = $1 and kind = $2";
    Statement::new("mail_token.revoke", sql, args![user, kind.as_str()])
}

/// Removes some of what has expired. Repeat it while it removes something.
pub(crate) fn prune(now: Timestamp, limit: i64) -> Statement {
    let sql = "delete from mail_tokens where token_hash in
               (select token_hash from mail_tokens where expires_at <= $1 order by expires_at limit $2)";
    Statement::new("mail_token.prune", sql, args![now, limit])
}
