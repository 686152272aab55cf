//! Writes a mail down; the sender takes it from there.

use serde::Serialize;
use souk_db::DbError;
use souk_rpc::{Context, Error};
use souk_types::MailId;
use uuid::Uuid;

use crate::store::mails::NewMail;
use crate::{Deps, store};

/// To whom, and about what.
pub(crate) struct Letter<'a> {
    /// The event's type; also the template's name.
    pub(crate) kind: &'static str,
    /// With the kind, what there is one mail for.
    pub(crate) about: Uuid,
    pub(crate) recipient: &'a str,
    pub(crate) locale: &'a str,
}

/// One commit: the mail, unless there is one like it already, and the event's inbox row.
pub(crate) async fn queue_mail(
    cx: &Context,
    deps: &Deps,
    letter: Letter<'_>,
    says: &impl Serialize,
) -> Result<(), Error> {
    let now = deps.clock.now();
    let mail = NewMail {
        id: MailId::new(&deps.chance, now),
        kind: letter.kind,
        subject_key: letter.about.to_string(),
        recipient: letter.recipient,
        content: deps.templates.render(letter.kind, letter.locale, says)?,
        traceparent: cx.traceparent,
        now,
    };
    souk_app::fail::point("notification.before_queue").await?;
    match deps.db.commit(cx, store::mails::add(mail)).await {
        Ok(_) => {
            deps.mail_queued.notify_one();
            Ok(())
        }
        Err(DbError::AlreadyDone) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
