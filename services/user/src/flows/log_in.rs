//! Logs a user in. An unknown address costs the same steps as a wrong password and gets the same refusal.

use souk_app::Rules;
use souk_db::{DbError, batch};
use souk_rpc::{Context, Error, Permission};

use crate::Deps;
use crate::domain::{EmailKey, MAX_CHARACTERS, Secret, SecretKind, Session, User};
use crate::error::{too_many_attempts, wrong_credentials};
use crate::store::{login_failures, sessions, staff, users};

/// Longest name of a device that is kept.
const DEVICE_CHARACTERS_MAX: usize = 200;

/// A fresh session; the token is shown this once.
pub(crate) struct LoggedIn {
    pub token: String,
    pub session: Session,
    pub user: User,
    pub permissions: Vec<Permission>,
}

pub(crate) async fn log_in(
    cx: &Context,
    deps: &Deps,
    email: &str,
    password: String,
    device: Option<&str>,
) -> Result<LoggedIn, Error> {
    let mut rules = Rules::new();
    rules.email("email", email);
    let length_ok = (1..=MAX_CHARACTERS).contains(&password.chars().count());
    rules.require(length_ok, "password", "length", "must have 1 to 128 characters");
    rules.check()?;

    let key = EmailKey::of(email);
    count_try(cx, deps, &key).await?;
    let user = users::by_email(&deps.db, &key).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let right = deps.hasher.verify(password.clone(), hash).await?;
    let outcome = if right { "in" } else { "refused" };
    metrics::counter!("souk_logins_total", "outcome" => outcome).increment(1);
    let user = user.filter(|_| right).ok_or_else(wrong_credentials)?;

    let rehashed = match deps.hasher.is_outdated(&user.password_hash) {
        true => Some(deps.hasher.rehash(password).await?),
        false => None,
    };
    let (now, token) = (deps.clock.now(), Secret::new(SecretKind::Session, &deps.chance));
    let session = Session::open(user.id, device.and_then(device_name), &deps.lifetimes(), &deps.chance, now);
    let opened = deps.db.commit(
        cx,
        batch![
            users::log_in(&user, now),
            rehashed.as_deref().map(|hash| users::rehash(&user, hash)),
            login_failures::clear(&key),
            sessions::insert(&session, token.hash()),
            sessions::trim(user.id, deps.config.sessions_per_user_max.max(1)),
        ],
    );
    match opened.await {
        Ok(_) => {}
        Err(error) if error.is_guard(users::LOG_IN) => return Err(wrong_credentials()),
        Err(error) => return Err(error.into()),
    }
    let permissions = staff::permissions(&deps.db, user.id).await?.unwrap_or_default();
    Ok(LoggedIn { token: token.reveal(), session, user, permissions })
}

/// Takes one of the tries that an address has in a while; the right password gives all of them back.
pub(crate) async fn count_try(cx: &Context, deps: &Deps, email: &EmailKey) -> Result<(), Error> {
    let (now, window) = (deps.clock.now(), deps.config.login_window());
    let counted = login_failures::count(email, deps.config.login_failures_max, now.minus(window), now);
    match deps.db.commit(cx, counted).await {
        Ok(_) => Ok(()),
        Err(DbError::Guard { statement: login_failures::COUNT, .. }) => {
            metrics::counter!("souk_logins_total", "outcome" => "limited").increment(1);
            let since = login_failures::since(&deps.db, email).await?.unwrap_or(now);
            Err(too_many_attempts(since.plus(window).since(now)))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the browser calls itself, cut to what is fit to be shown.
fn device_name(user_agent: &str) -> Option<String> {
    let shown: String = user_agent.chars().filter(|c| !c.is_control()).take(DEVICE_CHARACTERS_MAX).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}
