//! Changes the password of who knows the current one, and ends their other sessions.

use souk_app::Rules;
use souk_contract::events::PasswordChanged;
use souk_db::batch;
use souk_rpc::{Context, Error};

use super::log_in::count_try;
use super::{checks, emit, retrying, signed_in};
use crate::Deps;
use crate::domain::{EmailKey, MAX_CHARACTERS, User};
use crate::error::wrong_password;
use crate::store::mail_tokens::{self, MailKind};
use crate::store::{login_failures, sessions, users};

pub(crate) async fn change_password(
    cx: &Context,
    deps: &Deps,
    current: String,
    password: String,
) -> Result<(), Error> {
    let (id, session) = signed_in(cx)?;
    let mut rules = Rules::new();
    let length_ok = (1..=MAX_CHARACTERS).contains(&current.chars().count());
    rules.require(length_ok, "current_password", "length", "must have 1 to 128 characters");
    checks::password(&mut rules, "password", &password);
    rules.check()?;

    let user = users::get(&deps.db, id).await?.ok_or_else(Error::unauthenticated)?;
    let key = EmailKey::of(&user.email);
    // A stolen session is not to be a way to guess the password.
    count_try(cx, deps, &key).await?;
    if !deps.hasher.verify(current, Some(&user.password_hash)).await? {
        return Err(wrong_password());
    }
    deps.db.commit(cx, login_failures::clear(&key)).await?;
    let checked = user.password_hash;
    let password_hash = checks::new_password(deps, password, &user.email, &user.name).await?;
    retrying(|| async {
        let mut user = users::get(&deps.db, id).await?.ok_or_else(Error::unauthenticated)?;
        if user.password_hash != checked {
            return Err(wrong_password());
        }
        user.change_password(password_hash.clone(), deps.clock.now());
        let User { id, email, name, locale, .. } = user.clone();
        let changed = PasswordChanged { user: id, email, name, locale };
        let batch = batch![
            users::save(&user),
            sessions::end_others(user.id, session),
            mail_tokens::revoke(user.id, MailKind::PasswordReset),
            emit(cx, deps, &user, &changed),
        ];
        deps.db.commit(cx, batch).await?;
        Ok(())
    })
    .await
}
