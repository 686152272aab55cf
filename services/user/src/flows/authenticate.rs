//! Finds out who holds a token: one indexed read, and nothing is written on this path.

use std::time::Duration;

use souk_contract::user::Principal;
use souk_rpc::{Caller, Error};
use souk_types::Timestamp;

use crate::Deps;
use crate::domain::{ApiKey, SecretKind, TokenHash};
use crate::store::{api_keys, sessions};
use crate::touches::SessionUse;

/// How long a caller may believe an answer: so long a revoked session may still work elsewhere.
const BELIEVED_FOR: Duration = Duration::from_secs(5);
/// How long a caller may go on believing an answer while we are away: customers who are signed in go on buying. Not
/// those who could do harm to others, staff and keys.
const STALE_FOR: Duration = Duration::from_secs(300);
/// Use of an API key is written down at most so often.
const KEY_SEEN_EVERY: Duration = Duration::from_secs(60);

pub(crate) async fn authenticate(deps: &Deps, token: &str) -> Result<Principal, Error> {
    let now = deps.clock.now();
    let found = match SecretKind::of(token) {
        Some(SecretKind::Session) => session(deps, token, now).await?,
        Some(SecretKind::ApiKey) => api_key(deps, token, now).await?,
        Some(SecretKind::Verification | SecretKind::PasswordReset) | None => None,
    };
    Ok(found.unwrap_or(Principal {
        caller: Caller::Guest,
        believe_until: now.plus(BELIEVED_FOR),
        stale_until: None,
    }))
}

async fn session(deps: &Deps, token: &str, now: Timestamp) -> Result<Option<Principal>, Error> {
    let found = sessions::by_token(&deps.db, TokenHash::of(token)).await?;
    let Some((session, staff)) = found.filter(|(session, _)| !session.is_over(now)) else {
        return Ok(None);
    };
    let used = session.used(&deps.lifetimes(), now);
    if let Some(expires_at) = used {
        deps.touches.session(session.id, SessionUse { seen_at: now, expires_at });
    }
    // The written expiry, not the one just noted: a note can be lost, and the answer must not outlive the session.
    let within_the_session = |time: Duration| now.plus(time).min(session.expires_at);
    let (caller, stale_until) = match staff {
        Some(permissions) => (Caller::Staff { user: session.user, session: session.id, permissions }, None),
        None => {
            let caller = Caller::Customer { user: session.user, session: session.id };
            (caller, Some(within_the_session(STALE_FOR)))
        }
    };
    Ok(Some(Principal { caller, believe_until: within_the_session(BELIEVED_FOR), stale_until }))
}

async fn api_key(deps: &Deps, token: &str, now: Timestamp) -> Result<Option<Principal>, Error> {
    let found = api_keys::by_token(&deps.db, TokenHash::of(token)).await?;
    let Some((key, creators)) = found else { return Ok(None) };
    if key.last_used_at.is_none_or(|used_at| now.since(used_at) >= KEY_SEEN_EVERY) {
        deps.touches.key(key.id, now);
    }
    let scopes = ApiKey::effective(&key.scopes, &creators);
    let caller = Caller::ApiKey { key: key.id, scopes };
    Ok(Some(Principal { caller, believe_until: now.plus(BELIEVED_FOR), stale_until: None }))
}
