//! One verb, one file: read, decide, commit one guarded batch.

pub(crate) mod address_book;
pub(crate) mod answer_mail_requests;
pub(crate) mod api_keys;
pub(crate) mod ask_for_mail;
pub(crate) mod authenticate;
pub(crate) mod change_password;
pub(crate) mod change_profile;
mod checks;
pub(crate) mod hire;
pub(crate) mod log_in;
pub(crate) mod log_out;
pub(crate) mod prune;
pub(crate) mod register;
pub(crate) mod reset_password;
pub(crate) mod staff;
pub(crate) mod touch;
pub(crate) mod verify_email;

use std::future::Future;

use souk_db::{Batch, batch, outbox};
use souk_rpc::{Caller, Context, Error};
use souk_types::{Event, SessionId, UserId};

use crate::domain::User;
use crate::store::users;
use crate::{Deps, NAME};

/// How often a flow that lost a race is run again.
const TRIES_MAX: usize = 8;

/// Runs a flow again when somebody else was faster: it reads anew and decides anew.
async fn retrying<T, F, Fut>(flow: F) -> Result<T, Error>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    for _ in 1..TRIES_MAX {
        match flow().await {
            Err(error) if error.code == "lost_race" => {}
            outcome => return outcome,
        }
    }
    flow().await
}

/// The user who signed in and the session they did it with.
pub(crate) fn signed_in(cx: &Context) -> Result<(UserId, SessionId), Error> {
    match cx.caller {
        Caller::Customer { user, session } | Caller::Staff { user, session, .. } => Ok((user, session)),
        Caller::ApiKey { .. } => Err(Error::forbidden("this is about people; an API key is none")),
        Caller::Guest | Caller::System => Err(Error::unauthenticated()),
    }
}

/// States an event about a user, as the next in their order.
fn emit<E: Event>(cx: &Context, deps: &Deps, user: &User, event: &E) -> Batch {
    let emitted = outbox::emit(cx, deps.clock.now(), &deps.chance, NAME, user.events + 1, event);
    batch![users::count_event(user), emitted]
}
