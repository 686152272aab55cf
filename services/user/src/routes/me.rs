//! What a user says about themselves.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use souk_app::http::{IdempotencyParam, Json, Problems};
use souk_rpc::{Context, Error};
use utoipa::ToSchema;

use super::fields::{KnownPassword, Locale, NewPassword, PersonName};
use super::views::Me;
use crate::flows::change_profile::ProfileChange;
use crate::flows::staff::permissions_of;
use crate::{Deps, flows, store};

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeChange {
    name: Option<PersonName>,
    locale: Option<Locale>,
    /// As it was read: the change is refused when somebody else was faster.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

/// The current password and the next one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    current_password: KnownPassword,
    password: NewPassword,
}

/// Shows who is signed in.
#[utoipa::path(get, path = "/v1/me", operation_id = "get_me", tag = "me",
    responses((status = 200, description = "The user.", body = Me), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_me(State(deps): State<Deps>, cx: Context) -> Result<Json<Me>, Error> {
    let (id, _) = flows::signed_in(&cx)?;
    let user = store::users::get(&deps.db, id).await?.ok_or_else(Error::unauthenticated)?;
    Ok(Json(Me::new(user, permissions_of(&cx))))
}

/// Changes name or language.
#[utoipa::path(patch, path = "/v1/me", operation_id = "change_me", tag = "me",
    params(IdempotencyParam), request_body = MeChange,
    responses((status = 200, description = "The user as they are now.", body = Me), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn change_me(
    State(deps): State<Deps>,
    cx: Context,
    Json(MeChange { name, locale, version }): Json<MeChange>,
) -> Result<Json<Me>, Error> {
    if version.is_some_and(|version| version < 1) {
        return Err(Error::invalid("version", "range", "must be at least 1"));
    }
    let change =
        ProfileChange { name: name.map(|name| name.0), locale: locale.map(|locale| locale.0), version };
    let user = flows::change_profile::change_profile(&cx, &deps, change).await?;
    Ok(Json(Me::new(user, permissions_of(&cx))))
}

/// Changes the password.
///
/// Ends the user's other sessions and tells them by mail.
#[utoipa::path(put, path = "/v1/me/password", operation_id = "change_password", tag = "me",
    request_body = PasswordChange, responses((status = 204, description = "The new password holds."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn change_password(
    State(deps): State<Deps>,
    cx: Context,
    Json(PasswordChange { current_password, password }): Json<PasswordChange>,
) -> Result<StatusCode, Error> {
    flows::change_password::change_password(&cx, &deps, current_password.0, password.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
