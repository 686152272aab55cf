//! Changes what a user says about themselves.

use souk_app::Rules;
use souk_rpc::{Context, Error};

use super::{checks, retrying, signed_in};
use crate::Deps;
use crate::domain::User;
use crate::error::version_stale;
use crate::store::users;

/// What is to be different; what is `None` stays.
pub(crate) struct ProfileChange {
    pub name: Option<String>,
    pub locale: Option<String>,
    /// Refuse if the user is not of this version any more.
    pub version: Option<i64>,
}

pub(crate) async fn change_profile(cx: &Context, deps: &Deps, change: ProfileChange) -> Result<User, Error> {
    let (id, _) = signed_in(cx)?;
    let mut rules = Rules::new();
    if let Some(name) = &change.name {
        checks::name(&mut rules, "name", name, 200);
    }
    if let Some(locale) = &change.locale {
        checks::locale(&mut rules, "locale", locale);
    }
    rules.check()?;
    retrying(|| async {
        let mut user = users::get(&deps.db, id).await?.ok_or_else(Error::unauthenticated)?;
        if change.version.is_some_and(|version| version != user.version) {
            return Err(version_stale());
        }
        if !user.change_profile(change.name.clone(), change.locale.clone(), deps.clock.now()) {
            return Ok(user);
        }
        deps.db.commit(cx, users::save(&user)).await?;
        Ok(User { version: user.version + 1, ..user })
    })
    .await
}
