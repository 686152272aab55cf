//! Who runs the shop.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_contract::user::CreateStaff;
use souk_rpc::{Context, Error, Permission};
use souk_types::{Page, UserId};
use utoipa::{IntoParams, ToSchema};

use super::fields::{EmailAddress, NewPassword, PersonName};
use super::views::StaffView;
use crate::domain::{Role, granted};
use crate::{Deps, flows, store};

/// Somebody to become staff. They may do what their roles and permissions say together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaff {
    email: EmailAddress,
    name: PersonName,
    /// For the new user; one who is there already keeps theirs.
    password: NewPassword,
    #[serde(default)]
    #[schema(max_items = 10)]
    roles: Vec<Role>,
    #[serde(default)]
    #[schema(max_items = 50)]
    permissions: Vec<Permission>,
}

/// What somebody may do from now on. When both are left out nothing changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffChange {
    #[schema(max_items = 10)]
    roles: Option<Vec<Role>>,
    #[schema(max_items = 50)]
    permissions: Option<Vec<Permission>>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Lists the staff.
#[utoipa::path(get, path = "/v1/admin/staff", operation_id = "list_staff", tag = "admin", params(Paging),
    responses((status = 200, description = "A page of the staff.", body = Page<StaffView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_staff(
    State(deps): State<Deps>,
    cx: Context,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<StaffView>>, Error> {
    cx.require(Permission::StaffWrite)?;
    let (limit, after) = super::page_of::<UserId>(paging.limit, paging.cursor.as_deref())?;
    let rows = store::staff::list(&deps.db, after, limit + 1).await?;
    Ok(Json(Page::cut(rows, limit, |row| row.user).map(StaffView::from)))
}

/// Makes somebody staff.
///
/// Only what one may do oneself can be granted. A user who is there already must have proved the address.
#[utoipa::path(post, path = "/v1/admin/staff", operation_id = "hire_staff", tag = "admin", request_body = NewStaff,
    responses((status = 201, description = "They are staff.", body = StaffView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn hire_staff(
    State(deps): State<Deps>,
    cx: Context,
    Json(new): Json<NewStaff>,
) -> Result<Created<StaffView>, Error> {
    cx.require(Permission::StaffWrite)?;
    bounded(&new.roles, &new.permissions)?;
    let NewStaff { email, name, password, roles, permissions } = new;
    let permissions = granted(&roles, &permissions);
    let new = CreateStaff { email: email.0, name: name.0, password: password.0, permissions };
    let hired = flows::hire::by_staff(&cx, &deps, new).await?;
    Ok(Created { location: format!("/v1/admin/staff/{}", hired.user.id), body: hired.into() })
}

/// Gives somebody other permissions.
///
/// It holds at once. Only what one may do oneself can be granted or taken away.
#[utoipa::path(patch, path = "/v1/admin/staff/{id}", operation_id = "change_staff", tag = "admin",
    params(("id" = UserId, Path), IdempotencyParam), request_body = StaffChange,
    responses((status = 200, description = "The staff member as they are now.", body = StaffView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn change_staff(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<UserId>,
    Json(StaffChange { roles, permissions }): Json<StaffChange>,
) -> Result<Json<StaffView>, Error> {
    bounded(roles.as_deref().unwrap_or_default(), permissions.as_deref().unwrap_or_default())?;
    Ok(Json(flows::staff::change(&cx, &deps, id, roles, permissions).await?.into()))
}

/// Makes a staff member a mere user again.
///
/// Their API keys stop working.
#[utoipa::path(delete, path = "/v1/admin/staff/{id}", operation_id = "dismiss_staff", tag = "admin",
    params(("id" = UserId, Path), IdempotencyParam),
    responses((status = 204, description = "They are staff no longer."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn dismiss_staff(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Error> {
    flows::staff::dismiss(&cx, &deps, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn bounded(roles: &[Role], permissions: &[Permission]) -> Result<(), Error> {
    let mut rules = souk_app::Rules::new();
    rules.require(roles.len() <= 10, "roles", "length", "must have at most 10 entries");
    rules.require(permissions.len() <= 50, "permissions", "length", "must have at most 50 entries");
    rules.check()
}
