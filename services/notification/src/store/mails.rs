//! The mails that the shop owes, and what became of them.

use std::time::Duration;

use souk_db::{Db, DbError, Dialect, Row, Statement, args};
use souk_rpc::Context;
use souk_types::{MailId, Timestamp};

use crate::domain::{Mail, MailState, Rendered};

const CLAIM: &str = "mail.claim";
const BLANKED_MAX: i64 = 1_000;

/// A mail to be written down; there is one per kind and subject key.
pub(crate) struct NewMail<'a> {
    pub(crate) id: MailId,
    pub(crate) kind: &'static str,
    pub(crate) subject_key: String,
    pub(crate) recipient: &'a str,
    pub(crate) content: Rendered,
    pub(crate) now: Timestamp,
}

/// Writes a mail down unless there is one of its kind about the same thing.
pub(crate) fn add(mail: NewMail<'_>) -> Statement {
    let NewMail { id, kind, subject_key, recipient, content, now } = mail;
    Statement::new(
        "mail.add",
        "insert into mails (id, kind, subject_key, recipient, subject, html, body, due_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (kind, subject_key) do nothing",
        args![id, kind, subject_key, recipient, content.subject, content.html, content.body, now],
    )
}

/// What both texts of a claim say; the guards stand twice because another replica may be faster.
macro_rules! claim {
    ($locking:literal) => {
        concat!(
            "update mails set lease_until = $1, attempts = attempts + 1
             where state = 'pending' and due_at <= $2 and lease_until <= $2 and id in (
                select id from mails where state = 'pending' and due_at <= $2 and lease_until <= $2
                order by due_at limit $3",
            $locking,
            ") returning id, kind, recipient, subject, html, body, attempts, resends, created_at"
        )
    };
}

/// Takes mails that are due and leases them to the caller, the oldest first.
pub(crate) async fn claim(
    db: &Db,
    cx: &Context,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<Mail>, DbError> {
    let sql = match db.dialect() {
        Dialect::Sqlite => claim!(""),
        Dialect::Postgres => claim!(" for update skip locked"),
    };
    let statement = Statement::new(CLAIM, sql, args![now.plus(lease), now, limit]).returning();
    let committed = db.commit(cx, statement).await?;
    let mut mails = committed.rows(CLAIM).iter().map(mail).collect::<Result<Vec<_>, DbError>>()?;
    mails.sort_by_key(|mail| mail.id);
    Ok(mails)
}

fn mail(row: &Row) -> Result<Mail, DbError> {
    Ok(Mail {
        id: row.get(0)?,
        kind: row.get(1)?,
        recipient: row.get(2)?,
        content: Rendered { subject: row.get(3)?, html: row.get(4)?, body: row.get(5)? },
        attempts: row.get(6)?,
        resends: row.get(7)?,
        created_at: row.get(8)?,
    })
}

/// It was handed over. The attempt is the fence: whoever lost the lease changes nothing.
pub(crate) fn sent(mail: &Mail, now: Timestamp) -> Statement {
    Statement::new(
        "mail.sent",
        "update mails set state = 'sent', sent_at = $1, lease_until = 0, last_error = null
         where id = $2 and state = 'pending' and attempts = $3 and resends = $4",
        args![now, mail.id, mail.attempts, mail.resends],
    )
    .expect_rows(1)
}

/// It was not taken and comes again at `due_at`.
pub(crate) fn later(mail: &Mail, error: &str, due_at: Timestamp) -> Statement {
    Statement::new(
        "mail.later",
        "update mails set due_at = $1, lease_until = 0, last_error = $2
         where id = $3 and state = 'pending' and attempts = $4 and resends = $5",
        args![due_at, error, mail.id, mail.attempts, mail.resends],
    )
}

/// It will not be tried again by itself.
pub(crate) fn failed(mail: &Mail, error: &str) -> Statement {
    Statement::new(
        "mail.failed",
        "update mails set state = 'failed', lease_until = 0, last_error = $1
         where id = $2 and state = 'pending' and attempts = $3 and resends = $4",
        args![error, mail.id, mail.attempts, mail.resends],
    )
}

/// Starts over with a mail that was sent or has failed.
pub(crate) fn resend(seen: &MailRecord, now: Timestamp) -> Statement {
    Statement::new(
        "mail.resend",
        "update mails set state = 'pending', attempts = 0, resends = resends + 1, due_at = $1, lease_until = 0,
            sent_at = null, last_error = null
         where id = $2 and state = $3 and resends = $4 and body <> ''",
        args![now, seen.id, seen.state.as_str(), seen.resends],
    )
    .expect_rows(1)
}

/// Forgets what some mails said that were sent before `before`.
pub(crate) fn blank(before: Timestamp) -> Statement {
    Statement::new(
        "mail.blank",
        "update mails set html = '', body = '' where id in (
            select id from mails where state = 'sent' and body <> '' and sent_at < $1 limit $2)",
        args![before, BLANKED_MAX],
    )
}

/// A mail as staff sees it, without what it says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MailRecord {
    pub(crate) id: MailId,
    pub(crate) kind: String,
    pub(crate) subject_key: String,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) state: MailState,
    pub(crate) attempts: u32,
    pub(crate) resends: u32,
    pub(crate) due_at: Timestamp,
    pub(crate) last_error: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) blank: bool,
}

macro_rules! record {
    ($rest:literal) => {
        concat!(
            "select id, kind, subject_key, recipient, subject, state, attempts, resends, due_at, last_error,
                created_at, sent_at, body = '' from mails ",
            $rest
        )
    };
}

fn record(row: &Row) -> Result<MailRecord, DbError> {
    Ok(MailRecord {
        id: row.get(0)?,
        kind: row.get(1)?,
        subject_key: row.get(2)?,
        recipient: row.get(3)?,
        subject: row.get(4)?,
        state: row.parse(5)?,
        attempts: row.get(6)?,
        resends: row.get(7)?,
        due_at: row.get(8)?,
        last_error: row.get(9)?,
        created_at: row.get(10)?,
        sent_at: row.get(11)?,
        blank: row.get(12)?,
    })
}

pub(crate) async fn get(db: &Db, id: MailId) -> Result<Option<MailRecord>, DbError> {
    db.read_one(record!("where id = $1"), args![id], record).await
}

/// The newest first, those before `before` only.
pub(crate) async fn list(
    db: &Db,
    state: Option<MailState>,
    before: MailId,
    limit: u32,
) -> Result<Vec<MailRecord>, DbError> {
    match state {
        Some(state) => {
            let args = args![state.as_str(), before, limit];
            db.read(record!("where state = $1 and id < $2 order by id desc limit $3"), args, record).await
        }
        None => {
            db.read(record!("where id < $1 order by id desc limit $2"), args![before, limit], record).await
        }
    }
}
