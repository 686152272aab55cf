//! What the embedded mailer delivered; the text of a mail stands with the mail.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{MailId, Timestamp};

use crate::domain::{Mail, Rendered};

/// The arrival of a mail, once per mail and resend.
pub(crate) fn deliver(mail: &Mail, now: Timestamp) -> Statement {
    Statement::new(
        "mailbox.deliver",
        "insert into mailbox (mail, resend, recipient, delivered_at) values ($1, $2, $3, $4)",
        args![mail.id, mail.resends, mail.recipient.as_str(), now],
    )
    .expect_rows(1)
}

/// A mail that arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delivered {
    pub(crate) mail: Mail,
    pub(crate) delivered_at: Timestamp,
}

macro_rules! delivered {
    ($rest:literal) => {
        concat!(
            "select mails.id, mails.kind, mailbox.recipient, mails.subject,
                coalesce(mail_texts.html, ''), coalesce(mail_texts.body, ''),
                mails.attempts, mailbox.resend, mails.created_at, mailbox.delivered_at
             from mailbox join mails on mails.id = mailbox.mail
                left join mail_texts on mail_texts.mail = mailbox.mail ",
            $rest
        )
    };
}

fn delivered(row: &Row) -> Result<Delivered, DbError> {
    let mail = Mail {
        id: row.get(0)?,
        kind: row.get(1)?,
        recipient: row.get(2)?,
        content: Rendered { subject: row.get(3)?, html: row.get(4)?, body: row.get(5)? },
        attempts: row.get(6)?,
        resends: row.get(7)?,
        created_at: row.get(8)?,
        // It has arrived: nothing of its trace is left to do.
        traceparent: None,
    };
    Ok(Delivered { mail, delivered_at: row.get(9)? })
}

/// The newest mails first; their ids are ordered by time.
pub(crate) async fn list(db: &Db, to: Option<&str>, limit: u32) -> Result<Vec<Delivered>, DbError> {
    match to {
        Some(to) => {
            let sql = delivered!(
                "where lower(mailbox.recipient) = lower($1)
                 order by mailbox.mail desc, mailbox.resend desc limit $2"
            );
            db.read(sql, args![to, limit], delivered).await
        }
        None => {
            let sql = delivered!("order by mailbox.mail desc, mailbox.resend desc limit $1");
            db.read(sql, args![limit], delivered).await
        }
    }
}

/// The last arrival of a mail.
pub(crate) async fn get(db: &Db, id: MailId) -> Result<Option<Delivered>, DbError> {
    let sql = delivered!("where mailbox.mail = $1 order by mailbox.resend desc limit 1");
    db.read_one(sql, args![id], delivered).await
}
