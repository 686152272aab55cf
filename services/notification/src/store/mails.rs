//! The mails that the shop owes, and what became of them.

use std::collections::HashMap;
use std::time::Duration;

use souk_db::{Db, DbError, Dialect, Row, Statement, args};
use souk_rpc::Context;
use souk_trace::TraceParent;
use souk_types::{MailId, Timestamp};
use uuid::Uuid;

use crate::domain::{Mail, MailState, Rendered};

const CLAIM: &str = "mail.claim";
const FORGOTTEN_MAX: i64 = 1_000;

/// A mail to be written down; there is one per kind and subject key.
pub(crate) struct NewMail<'a> {
    pub(crate) id: MailId,
    pub(crate) kind: &'static str,
    pub(crate) subject_key: String,
    pub(crate) recipient: &'a str,
    pub(crate) content: Rendered,
    pub(crate) traceparent: Option<TraceParent>,
    pub(crate) now: Timestamp,
}

/// Writes a mail down unless there is one of its kind about the same thing.
pub(crate) fn add(mail: NewMail<'_>) -> Vec<Statement> {
    let NewMail { id, kind, subject_key, recipient, content, traceparent, now } = mail;
    let traceparent = traceparent.map(|place| place.to_string());
    let row = Statement::new(
        "mail.add",
        "insert into mails (id, kind, subject_key, recipient, subject, due_at, created_at, traceparent)
         values ($1, $2, $3, $4, $5, $6, $6, $7) on conflict (kind, subject_key) do nothing",
        args![id, kind, subject_key, recipient, content.subject, now, traceparent],
    );
    let text = Statement::new(
        "mail.add_text",
        "insert into mail_texts (mail, html, body)
         select id, $2, $3 from mails where id = $1",
        args![id, content.html, content.body],
    );
    vec![row, text]
}

/// What both texts of a claim say; the guards stand twice because another replica may be faster.
macro_rules! claim {
    ($row:literal, $chosen:literal, $locking:literal) => {
        concat!(
            "update mails set lease_until = $1, attempts = attempts + 1
             where state = 'pending' and due_at <= $2 and lease_until <= $2 and ",
            $row,
            $chosen,
            "select ",
            $row,
            " from mails where state = 'pending' and due_at <= $2 and lease_until <= $2
                order by due_at limit $3",
            $locking,
            " returning id, kind, recipient, subject, attempts, resends, created_at, traceparent"
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
        Dialect::Sqlite => claim!("id", " in (", ")"),
        // Chosen once: an `in (…)` may choose again for each mail that waits, and then take more than the limit.
        Dialect::Postgres => claim!("ctid", " = any(array(", " for update skip locked))"),
    };
    let statement = Statement::new(CLAIM, sql, args![now.plus(lease), now, limit]).returning();
    let committed = db.commit(cx, statement).await?;
    let mut mails = committed.rows(CLAIM).iter().map(claimed).collect::<Result<Vec<_>, DbError>>()?;
    if mails.is_empty() {
        return Ok(mails);
    }
    let mut texts = texts(db, mails.iter().map(|mail| mail.id).collect()).await?;
    for mail in &mut mails {
        (mail.content.html, mail.content.body) = texts.remove(&mail.id).unwrap_or_default();
    }
    mails.sort_by_key(|mail| mail.id);
    Ok(mails)
}

/// Without its text, which stands in a table of its own.
fn claimed(row: &Row) -> Result<Mail, DbError> {
    let content = Rendered { subject: row.get(3)?, html: String::new(), body: String::new() };
    Ok(Mail {
        id: row.get(0)?,
        kind: row.get(1)?,
        recipient: row.get(2)?,
        content,
        attempts: row.get(4)?,
        resends: row.get(5)?,
        created_at: row.get(6)?,
        traceparent: row.get::<Option<String>>(7)?.and_then(|text| text.parse().ok()),
    })
}

async fn texts(db: &Db, mails: Vec<MailId>) -> Result<HashMap<MailId, (String, String)>, DbError> {
    let rows = db
        .read("select mail, html, body from mail_texts where mail = any($1)", args![mails], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
        })
        .await?;
    Ok(rows.into_iter().collect())
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
         where id = $2 and state = $3 and resends = $4
            and exists (select 1 from mail_texts where mail = mails.id)",
        args![now, seen.id, seen.state.as_str(), seen.resends],
    )
    .expect_rows(1)
}

/// Forgets what some mails said that were sent, and written before `before`.
pub(crate) fn forget_texts(before: Timestamp) -> Statement {
    Statement::new(
        "mail.forget_texts",
        "delete from mail_texts where mail in (
            select mail from mail_texts join mails on mails.id = mail
            where mail < $1 and mails.state = 'sent' order by mail limit $2)",
        args![first_id_of(before), FORGOTTEN_MAX],
    )
}

/// Ids are ordered by time: the smallest one that a mail written at `moment` can have.
fn first_id_of(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
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
    pub(crate) text_gone: bool,
}

macro_rules! record {
    ($rest:literal) => {
        concat!(
            "select id, kind, subject_key, recipient, subject, state, attempts, resends, due_at, last_error,
                created_at, sent_at, not exists (select 1 from mail_texts where mail = id) from mails ",
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
        text_gone: row.get(12)?,
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
    // A text per state: only a condition that stands in the text can use a partial index.
    let sql = match state {
        Some(MailState::Pending) => record!("where state = 'pending' and id < $1 order by id desc limit $2"),
        Some(MailState::Sent) => record!("where state = 'sent' and id < $1 order by id desc limit $2"),
        Some(MailState::Failed) => record!("where state = 'failed' and id < $1 order by id desc limit $2"),
        None => record!("where id < $1 order by id desc limit $2"),
    };
    db.read(sql, args![before, limit], record).await
}
