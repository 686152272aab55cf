//! Gives staff other permissions, or makes them mere users again.

use souk_db::batch;
use souk_rpc::{Caller, Context, Error, Permission};
use souk_types::UserId;

use super::hire::Hired;
use super::retrying;
use crate::Deps;
use crate::domain::{Role, Roster, granted};
use crate::error::refused;
use crate::store::{staff, users};

/// What the caller may grant and take away: what they have as of this version of the staff. What the gateway
/// believed a moment ago does not count: they may have been dismissed meanwhile.
pub(crate) fn grantable(cx: &Context, roster: &Roster) -> Vec<Permission> {
    match &cx.caller {
        Caller::Staff { user, .. } => {
            roster.find(*user).map(|member| member.permissions.clone()).unwrap_or_default()
        }
        _ => permissions_of(cx),
    }
}

/// What the caller may do, as the gateway knows it.
pub(crate) fn permissions_of(cx: &Context) -> Vec<Permission> {
    match &cx.caller {
        Caller::Staff { permissions, .. } => permissions.clone(),
        Caller::ApiKey { scopes, .. } => scopes.clone(),
        Caller::System => Permission::ALL.to_vec(),
        Caller::Guest | Caller::Customer { .. } => Vec::new(),
    }
}

/// When neither roles nor permissions are given, nothing changes.
pub(crate) async fn change(
    cx: &Context,
    deps: &Deps,
    id: UserId,
    roles: Option<Vec<Role>>,
    permissions: Option<Vec<Permission>>,
) -> Result<Hired, Error> {
    cx.require(Permission::StaffWrite)?;
    let keeps = roles.is_none() && permissions.is_none();
    let wanted = granted(&roles.unwrap_or_default(), &permissions.unwrap_or_default());
    retrying(|| async {
        let mut roster = staff::roster(&deps.db).await?;
        let unknown = || Error::not_found("staff member");
        let before = roster.find(id).cloned().ok_or_else(unknown)?;
        let user = users::get(&deps.db, id).await?.ok_or_else(unknown)?;
        if keeps || before.permissions == wanted {
            return Ok(Hired { user, member: before });
        }
        let by = grantable(cx, &roster);
        let member = roster.change(id, wanted.clone(), &by).map_err(refused)?;
        deps.db.commit(cx, batch![staff::guard(&roster), staff::save(&member)]).await?;
        tracing::info!(user.id = %id, by = cx.actor(), "staff permissions changed");
        Ok(Hired { user, member })
    })
    .await
}

/// Their sessions stay, as a customer's; their keys go.
pub(crate) async fn dismiss(cx: &Context, deps: &Deps, id: UserId) -> Result<(), Error> {
    cx.require(Permission::StaffWrite)?;
    retrying(|| async {
        let mut roster = staff::roster(&deps.db).await?;
        let by = grantable(cx, &roster);
        roster.dismiss(id, &by).map_err(refused)?;
        deps.db.commit(cx, batch![staff::guard(&roster), staff::remove(id)]).await?;
        tracing::info!(user.id = %id, by = cx.actor(), "staff dismissed");
        Ok(())
    })
    .await
}
