//! Requests for a mail. They are written for any address, known or not, and looked at beside the request:
//! so nothing about the reply can depend on who has an account.

use std::str::FromStr;

use souk_db::{Db, DbError, Statement, args};
use souk_types::{Timestamp, UserId};
use uuid::Uuid;

use crate::domain::EmailKey;

/// The guard that fails when another replica has answered the request.
pub(crate) const TAKE: &str = "mail_request.take";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// Somebody filled in the registration form.
    Registration,
    /// Somebody wants the verification mail again.
    Verification,
    PasswordReset,
}

impl RequestKind {
    const fn as_str(self) -> &'static str {
        match self {
            RequestKind::Registration => "registration",
            RequestKind::Verification => "verification",
            RequestKind::PasswordReset => "password_reset",
        }
    }
}

impl FromStr for RequestKind {
    type Err = ();

    fn from_str(text: &str) -> Result<RequestKind, ()> {
        [RequestKind::Registration, RequestKind::Verification, RequestKind::PasswordReset]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// One request, not answered yet.
#[derive(Debug, Clone)]
pub(crate) struct MailRequest {
    pub id: Uuid,
    pub kind: RequestKind,
    pub email: EmailKey,
    /// Of a registration: the id the new user got, if the address was free.
    pub candidate: Option<UserId>,
    pub requested_at: Timestamp,
}

pub(crate) fn insert(request: &MailRequest) -> Statement {
    let sql = "insert into mail_requests (id, kind, email_key, candidate, requested_at)
               values ($1, $2, $3, $4, $5)";
    let values = args![
        request.id,
        request.kind.as_str(),
        request.email.as_str(),
        request.candidate,
        request.requested_at
    ];
    Statement::new("mail_request.insert", sql, values).expect_rows(1)
}

/// The oldest requests.
pub(crate) async fn waiting(db: &Db, limit: i64) -> Result<Vec<MailRequest>, DbError> {
    let sql = "select id, kind, email_key, candidate, requested_at from mail_requests order by id limit $1";
    db.read(sql, args![limit], |row| {
        Ok(MailRequest {
            id: row.get(0)?,
            kind: row.parse(1)?,
            email: EmailKey::of(row.text(2)?),
            candidate: row.get(3)?,
            requested_at: row.get(4)?,
        })
    })
    .await
}

/// Takes a request off the list, in the batch that answers it.
pub(crate) fn take(request: &MailRequest) -> Statement {
    Statement::new(TAKE, "delete from mail_requests where id = $1", args![request.id]).expect_rows(1)
}
