//! What the notification service writes: the mail, and its arrival in the mailbox (services/notification/src/store).

use anyhow::Result;
use rusqlite::Connection;
use souk_db::{Batch, Statement, Value, batch};
use uuid::Uuid;

use super::events::done;
use super::rows::{Index, Line, as_text, id, index};

pub(super) struct NotificationFile {
    mails: Index,
    texts: Index,
    mailbox: Index,
    inbox: Index,
}

pub(super) struct MailStory {
    pub(super) queue: Batch,
    pub(super) mail: Uuid,
    pub(super) lease_until: Value,
    pub(super) sent: Batch,
    pub(super) inbox: Line,
}

impl NotificationFile {
    pub(super) fn read(db: &Connection) -> Result<NotificationFile> {
        Ok(NotificationFile {
            mails: index(db, "mails", "subject_key")?,
            texts: index(db, "mail_texts", "mail")?,
            mailbox: index(db, "mailbox", "mail")?,
            inbox: index(db, "inbox", "subject")?,
        })
    }

    pub(super) fn story(&self, order: &Value) -> Result<MailStory> {
        let inbox = self.inbox.one(order, "inbox of notification")?.clone();
        let mail = self.mails.one(&as_text(order)?, "mails")?;
        let text = self.texts.one(&mail.get("id"), "mail_texts")?;
        let arrival = self.mailbox.one(&mail.get("id"), "mailbox")?;
        Ok(MailStory {
            queue: batch![done(&inbox), add(mail), add_text(text)],
            mail: id(&mail.get("id"))?,
            lease_until: mail.get("sent_at"),
            sent: batch![sent(mail), deliver(arrival)],
            inbox,
        })
    }
}

fn add(mail: &Line) -> Statement {
    Statement::new(
        "floor.mail.add",
        "insert into mails (id, kind, subject_key, recipient, subject, due_at, created_at, traceparent)
         values ($1, $2, $3, $4, $5, $6, $6, $7) on conflict (kind, subject_key) do nothing",
        mail.args(["id", "kind", "subject_key", "recipient", "subject", "created_at", "traceparent"]),
    )
    .expect_rows(1)
}

fn add_text(text: &Line) -> Statement {
    Statement::new(
        "floor.mail.add_text",
        "insert into mail_texts (mail, html, body) select id, $2, $3 from mails where id = $1",
        text.args(["mail", "html", "body"]),
    )
    .expect_rows(1)
}

/// The sender's claim, which takes many mails at once.
pub(super) fn claim(mails: &[Uuid], lease_until: Value) -> Statement {
    Statement::new(
        "floor.mail.claim",
        "update mails set lease_until = $1, attempts = attempts + 1 where id = any($2) and state = 'pending'",
        vec![lease_until, Value::Uuids(mails.to_vec())],
    )
}

fn sent(mail: &Line) -> Statement {
    Statement::new(
        "floor.mail.sent",
        "update mails set state = 'sent', sent_at = $1, lease_until = 0, last_error = null
         where id = $2 and state = 'pending' and attempts = $3 and resends = $4",
        mail.args(["sent_at", "id", "attempts", "resends"]),
    )
    .expect_rows(1)
}

fn deliver(arrival: &Line) -> Statement {
    Statement::new(
        "floor.mailbox.deliver",
        "insert into mailbox (mail, resend, recipient, delivered_at) values ($1, $2, $3, $4)",
        arrival.args(["mail", "resend", "recipient", "delivered_at"]),
    )
    .expect_rows(1)
}
