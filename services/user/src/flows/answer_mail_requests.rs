//! Answers the requests for mails: the only place where it matters whether an address is known, and nobody waits.

use std::time::Duration;

use souk_contract::events::{PasswordResetRequested, RegistrationRepeated, VerificationRequested};
use souk_db::{Batch, DbError, Statement, batch};
use souk_rpc::{Context, Error};
use souk_types::Timestamp;

use super::emit;
use crate::Deps;
use crate::domain::{Secret, User};
use crate::store::mail_requests::{self, MailRequest, RequestKind};
use crate::store::mail_tokens::{self, MailKind};
use crate::store::users;

/// Requests that one pass answers.
const PASS_MAX: i64 = 100;

/// One pass over the oldest requests. True when it did something, so that there may be more to do.
pub(crate) async fn answer(cx: &Context, deps: &Deps) -> Result<bool, Error> {
    let waiting = mail_requests::waiting(&deps.db, PASS_MAX).await?;
    let mut answered = false;
    for request in &waiting {
        match answer_one(cx, deps, request).await {
            Ok(done) => answered |= done,
            Err(error) if error.is_transient() => return Err(error),
            // One that cannot be answered must not keep the others waiting.
            Err(error) => {
                tracing::error!(request.id = %request.id, %error, "a mail request cannot be answered")
            }
        }
    }
    Ok(answered)
}

/// False when another replica was faster, or the user was changed meanwhile: the next pass will see.
async fn answer_one(cx: &Context, deps: &Deps, request: &MailRequest) -> Result<bool, Error> {
    let user = users::by_email(&deps.db, &request.email).await?;
    let mut answer = batch![mail_requests::take(request)];
    if let Some(user) = user {
        answer.extend(mail(cx, deps, request, &user));
    }
    match deps.db.commit(cx, answer).await {
        Ok(_) => Ok(true),
        Err(DbError::Guard { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn mail(cx: &Context, deps: &Deps, request: &MailRequest, user: &User) -> Batch {
    match request.kind {
        RequestKind::Registration if request.candidate == Some(user.id) => verification(cx, deps, user),
        RequestKind::Registration => {
            let User { id, email, name, locale, .. } = user.clone();
            emit(cx, deps, user, &RegistrationRepeated { user: id, email, name, locale })
        }
        RequestKind::Verification if user.email_verified => Batch::new(),
        RequestKind::Verification => verification(cx, deps, user),
        RequestKind::PasswordReset => {
            let (token, expires_at, issue) =
                token(deps, user, MailKind::PasswordReset, deps.config.reset_lasts());
            let User { id, email, name, locale, .. } = user.clone();
            let event = PasswordResetRequested { user: id, email, name, locale, token, expires_at };
            batch![issue, emit(cx, deps, user, &event)]
        }
    }
}

fn verification(cx: &Context, deps: &Deps, user: &User) -> Batch {
    let lasts = deps.config.verification_lasts();
    let (token, expires_at, issue) = token(deps, user, MailKind::Verification, lasts);
    let User { id, email, name, locale, .. } = user.clone();
    let event = VerificationRequested { user: id, email, name, locale, token, expires_at };
    batch![issue, emit(cx, deps, user, &event)]
}

fn token(deps: &Deps, user: &User, kind: MailKind, lasts: Duration) -> (String, Timestamp, Vec<Statement>) {
    let now = deps.clock.now();
    let secret = Secret::new(kind.secret(), &deps.chance);
    let expires_at = now.plus(lasts);
    let issue = mail_tokens::issue(user.id, kind, secret.hash(), now, expires_at);
    (secret.reveal(), expires_at, issue)
}
