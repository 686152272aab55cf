//! Notes that somebody wants a mail at an address, known or not. Whether one is sent is decided beside the request.

use souk_app::Rules;
use souk_rpc::{Context, Error};

use crate::Deps;
use crate::domain::EmailKey;
use crate::error::too_many_mails;
use crate::store::mail_requests::{self, MailRequest, RequestKind};

pub(crate) async fn ask_for_mail(
    cx: &Context,
    deps: &Deps,
    kind: RequestKind,
    email: &str,
) -> Result<(), Error> {
    let mut rules = Rules::new();
    rules.email("email", email);
    rules.check()?;
    let email = EmailKey::of(email);
    limit(deps, &email).await?;
    let now = deps.clock.now();
    let id = deps.chance.uuid_v7(now);
    let request = MailRequest { id, kind, email, candidate: None, requested_at: now };
    deps.db.commit(cx, mail_requests::insert(&request)).await?;
    deps.mail_asked.notify_one();
    Ok(())
}

/// Nobody's mailbox is to be flooded through us. Unknown addresses are counted like known ones.
pub(crate) async fn limit(deps: &Deps, email: &EmailKey) -> Result<(), Error> {
    let decision = deps.mails.check(email.as_str(), 1).await;
    if decision.allowed { Ok(()) } else { Err(too_many_mails(decision.retry_after)) }
}
