//! Makes and revokes API keys.

use souk_app::Rules;
use souk_db::batch;
use souk_rpc::{Context, Error, Permission};
use souk_types::ApiKeyId;

use super::{checks, retrying, signed_in};
use crate::Deps;
use crate::domain::{ApiKey, Secret, SecretKind, granted};
use crate::error::{beyond_you, limit_reached, name_taken};
use crate::store::{api_keys, staff};

/// A fresh key; the secret is shown this once.
pub(crate) struct Made {
    pub key: ApiKey,
    pub secret: String,
}

pub(crate) async fn make(
    cx: &Context,
    deps: &Deps,
    name: &str,
    scopes: &[Permission],
) -> Result<Made, Error> {
    cx.require(Permission::StaffWrite)?;
    let (user, _) = signed_in(cx)?;
    let mut rules = Rules::new();
    checks::name(&mut rules, "name", name, 100);
    rules.check()?;
    let scopes = granted(&[], scopes);
    retrying(|| async {
        let roster = staff::roster(&deps.db).await?;
        // As of this version of the staff, not as of when the caller signed in.
        let creator = roster.find(user).ok_or_else(|| Error::forbidden("only staff may make API keys"))?;
        if !scopes.iter().all(|scope| creator.permissions.contains(scope)) {
            return Err(beyond_you());
        }
        if api_keys::count(&deps.db).await? >= i64::from(deps.config.api_keys_max) {
            return Err(limit_reached("the list of API keys"));
        }
        let (now, secret) = (deps.clock.now(), Secret::new(SecretKind::ApiKey, &deps.chance));
        let key = ApiKey {
            id: ApiKeyId::new(&deps.chance, now),
            name: name.to_owned(),
            hint: secret.hint(),
            scopes: scopes.clone(),
            created_by: user,
            created_at: now,
            last_used_at: None,
        };
        let made = deps.db.commit(cx, batch![staff::guard(&roster), api_keys::insert(&key, secret.hash())]);
        match made.await {
            Ok(_) => Ok(Made { key, secret: secret.reveal() }),
            Err(error) if error.is_unique(api_keys::INSERT) => Err(name_taken()),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// At once: every authentication reads the keys.
pub(crate) async fn revoke(cx: &Context, deps: &Deps, id: ApiKeyId) -> Result<(), Error> {
    cx.require(Permission::StaffWrite)?;
    let unknown = || Error::not_found("API key");
    api_keys::get(&deps.db, id).await?.ok_or_else(unknown)?;
    match deps.db.commit(cx, api_keys::remove(id)).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_lost_race() => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}
