//! What programs sign in with.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{ApiKeyId, Page};
use utoipa::ToSchema;

use super::fields::KeyName;
use super::staff::Paging;
use super::views::ApiKeyView;
use crate::{Deps, flows, store};

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// No two keys have the same.
    name: KeyName,
    /// What the key may do: no more than its creator, now and later.
    #[schema(max_items = 50)]
    scopes: Vec<Permission>,
}

/// A fresh key with its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeApiKey {
    key: ApiKeyView,
    /// Send it as `Authorization: Bearer …`. It is shown this once and kept nowhere.
    secret: String,
}

/// Lists the API keys, without their secrets.
#[utoipa::path(get, path = "/v1/admin/api-keys", operation_id = "list_api_keys", tag = "admin", params(Paging),
    responses((status = 200, description = "A page of the keys.", body = Page<ApiKeyView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_api_keys(
    State(deps): State<Deps>,
    cx: Context,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ApiKeyView>>, Error> {
    cx.require(Permission::StaffWrite)?;
    let (limit, after) = super::page_of::<ApiKeyId>(paging.limit, paging.cursor.as_deref())?;
    let keys = store::api_keys::list(&deps.db, after, limit + 1).await?;
    Ok(Json(Page::cut(keys, limit, |key| key.id).map(ApiKeyView::from)))
}

/// Makes an API key.
///
/// A name that is taken is refused, so that a request sent twice makes one key.
#[utoipa::path(post, path = "/v1/admin/api-keys", operation_id = "make_api_key", tag = "admin",
    request_body = NewApiKey,
    responses((status = 201, description = "The key and, this once, its secret.", body = MadeApiKey), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn make_api_key(
    State(deps): State<Deps>,
    cx: Context,
    Json(NewApiKey { name, scopes }): Json<NewApiKey>,
) -> Result<Created<MadeApiKey>, Error> {
    if scopes.len() > 50 {
        return Err(Error::invalid("scopes", "length", "must have at most 50 entries"));
    }
    let made = flows::api_keys::make(&cx, &deps, &name.0, &scopes).await?;
    let location = format!("/v1/admin/api-keys/{}", made.key.id);
    let body = MadeApiKey { key: made.key.into(), secret: made.secret };
    Ok(Created { location, body })
}

/// Revokes an API key, at once.
#[utoipa::path(delete, path = "/v1/admin/api-keys/{id}", operation_id = "revoke_api_key", tag = "admin",
    params(("id" = ApiKeyId, Path), IdempotencyParam),
    responses((status = 204, description = "The key works no longer."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn revoke_api_key(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, Error> {
    flows::api_keys::revoke(&cx, &deps, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
