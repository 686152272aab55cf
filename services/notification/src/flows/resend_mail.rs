//! Sends a mail again because staff says so: the text is the same, and it is a message of its own.

use souk_rpc::{Context, Error};
use souk_types::MailId;

use crate::domain::MailState;
use crate::store::mails::MailRecord;
use crate::{Deps, store};

/// A mail that is on its way already is left alone.
pub(crate) async fn resend_mail(cx: &Context, deps: &Deps, id: MailId) -> Result<MailRecord, Error> {
    let seen = known(deps, id).await?;
    if seen.state == MailState::Pending {
        return Ok(seen);
    }
    if seen.text_gone {
        return Err(Error::conflict("mail_text_gone", "the text of this mail is not kept any more"));
    }
    match deps.db.commit(cx, store::mails::resend(&seen, deps.clock.now())).await {
        Ok(_) => deps.mail_queued.notify_one(),
        // Somebody else did it at the same moment, or the text was just forgotten.
        Err(error) if error.is_lost_race() => {}
        Err(error) => return Err(error.into()),
    }
    known(deps, id).await
}

async fn known(deps: &Deps, id: MailId) -> Result<MailRecord, Error> {
    store::mails::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("mail"))
}
