//! Hands over what is due. A mail is leased first, so that replicas share the work, and marked afterwards; if the
//! process dies in between, the mail comes again under the same Message-ID.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use souk_db::{Batch, batch};
use souk_rpc::{Context, Error};
use souk_trace::SpanKind;
use souk_types::Timestamp;

use crate::domain::{Mail, retry_after};
use crate::mailer::Refused;
use crate::{Deps, store};

/// No mailer may take longer for a mail.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(60);
/// Until another replica, or the next start, takes up what a dead one had in hand.
const LEASE: Duration = Duration::from_secs(90);
const ERROR_CHARS_MAX: usize = 500;

/// One pass; says whether there may be more that is due.
pub(crate) async fn send_mails(cx: &Context, deps: &Deps) -> Result<bool, Error> {
    let limit = deps.mailer.at_once();
    let mails = store::mails::claim(&deps.db, cx, deps.clock.now(), LEASE, limit).await?;
    let claimed = mails.len();
    for outcome in join_all(mails.iter().map(|mail| send_traced(cx, deps, mail))).await {
        outcome?;
    }
    Ok(u32::try_from(claimed).is_ok_and(|claimed| claimed >= limit))
}

/// Goes on with the trace of whatever the mail tells of.
async fn send_traced(cx: &Context, deps: &Deps, mail: &Mail) -> Result<(), Error> {
    let cx = Context { traceparent: mail.traceparent, request_id: mail.id.to_string(), ..cx.clone() };
    let Some((mut span, within)) = cx.span(SpanKind::Client, || format!("send mail {}", mail.kind).into())
    else {
        return cx.here().scope(send(&cx, deps, mail)).await;
    };
    span.set("souk.mail.id", mail.id.to_string());
    span.set("souk.mail.mailer", deps.mailer.name());
    span.set("souk.mail.attempt", i64::from(mail.attempts));
    let sent = within.here().scope(send(&within, deps, mail)).await;
    if let Err(error) = &sent {
        span.fail(error.code.clone());
    }
    sent
}

async fn send(cx: &Context, deps: &Deps, mail: &Mail) -> Result<(), Error> {
    let handed_over = hand_over(deps, mail).await;
    souk_app::fail::point("notification.after_hand_over").await?;
    let now = deps.clock.now();
    let (outcome, batch) = match handed_over {
        Ok(with_it) => ("sent", batch![store::mails::sent(mail, now), with_it]),
        Err(refused) => {
            let (outcome, statement) = not_taken(deps, mail, &refused, now);
            (outcome, statement.into())
        }
    };
    match deps.db.commit(cx, batch).await {
        Ok(_) => {}
        Err(error) if error.is_lost_race() => {
            tracing::warn!(mail.id = %mail.id, "the lease of a mail ended while it was handed over");
        }
        Err(error) => return Err(error.into()),
    }
    metrics::counter!("souk_mails_total", "mailer" => deps.mailer.name(), "outcome" => outcome).increment(1);
    Ok(())
}

/// Neither a mailer that hangs nor one that panics stops the others' mails.
async fn hand_over(deps: &Deps, mail: &Mail) -> Result<Batch, Refused> {
    // Asked for again at the very moment when its text was forgotten.
    if mail.content.body.is_empty() {
        return Err(Refused::Permanent("its text is not kept any more".to_owned()));
    }
    let taken = AssertUnwindSafe(deps.mailer.hand_over(mail)).catch_unwind();
    match tokio::time::timeout(HAND_OVER_WITHIN, taken).await {
        Ok(Ok(taken)) => taken,
        Ok(Err(_)) => Err(Refused::Transient("the mailer panicked".to_owned())),
        Err(_) => Err(Refused::Transient("no answer in time".to_owned())),
    }
}

fn not_taken(
    deps: &Deps,
    mail: &Mail,
    refused: &Refused,
    now: Timestamp,
) -> (&'static str, souk_db::Statement) {
    let (mail_id, attempts) = (mail.id, mail.attempts);
    let error: String = refused.to_string().chars().filter(|c| *c != '\0').take(ERROR_CHARS_MAX).collect();
    let used_up = attempts >= deps.config.attempts_max;
    if used_up || matches!(refused, Refused::Permanent(_)) {
        tracing::error!(mail.id = %mail_id, mail.kind = mail.kind, attempts, error, "a mail has failed");
        return ("failed", store::mails::failed(mail, &error));
    }
    let [chance] = deps.chance.bytes::<1>();
    let pause = retry_after(attempts, chance);
    tracing::warn!(mail.id = %mail_id, attempts, pause_seconds = pause.as_secs(), error, "a mail was not taken");
    ("later", store::mails::later(mail, &error, now.plus(pause)))
}
