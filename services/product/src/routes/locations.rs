//! Warehouses and shops that keep stock.

use std::sync::Arc;

use axum::extract::State;
use http::HeaderMap;
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems};
use souk_rpc::{Context, Error, Permission};
use souk_types::{LocationId, Page};
use utoipa::ToSchema;

use super::fields::{self, IfMatchParam};
use crate::Deps;
use crate::flows::save_location::{self, LocationContent};
use crate::store::locations::{self, Location};

/// A new location.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLocation {
    /// What people and import files call it; it never changes.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    code: String,
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    name: String,
    /// Orders are served from lower ranks first.
    #[serde(default)]
    #[schema(minimum = -1000000, maximum = 1000000)]
    rank: i64,
}

/// A location as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationEdit {
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    name: String,
    /// Orders are served from lower ranks first.
    #[schema(minimum = -1000000, maximum = 1000000)]
    rank: i64,
    /// Whether orders are served from it. What it has promised already is still shipped.
    active: bool,
    /// The version that the edit is based on, unless `If-Match` says it.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

fn check(rules: &mut Rules, name: &str, rank: i64) {
    rules.text("name", name, 1..=120);
    rules.range("rank", rank, -1_000_000..=1_000_000);
}

/// Lists all locations in the order in which orders are served from them.
#[utoipa::path(get, path = "/v1/admin/locations", operation_id = "list_locations", tag = "stock",
    responses((status = 200, description = "All locations.", body = Page<Location>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_locations(
    State(deps): State<Arc<Deps>>,
    cx: Context,
) -> Result<Json<Page<Location>>, Error> {
    cx.require(Permission::StockRead)?;
    Ok(Json(Page { items: locations::all(&deps.db).await?, next_cursor: None }))
}

/// Creates a location.
#[utoipa::path(post, path = "/v1/admin/locations", operation_id = "create_location", tag = "stock",
    params(IdempotencyParam), request_body = NewLocation,
    responses((status = 201, description = "Created.", body = Location), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn create_location(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Json(NewLocation { code, name, rank }): Json<NewLocation>,
) -> Result<Created<Location>, Error> {
    cx.require(Permission::StockWrite)?;
    let mut rules = Rules::new();
    check(&mut rules, &name, rank);
    let is_code = code.len() <= 40 && crate::domain::slug::is_slug(&code);
    rules.require(is_code, "code", "format", "must be lower-case words joined by hyphens");
    rules.check()?;
    let content = LocationContent { name, rank, active: true };
    let location = save_location::create_location(&cx, &deps, code, content).await?;
    Ok(Created { location: format!("/v1/admin/locations/{}", location.id), body: location })
}

/// Changes a location.
#[utoipa::path(put, path = "/v1/admin/locations/{id}", operation_id = "replace_location", tag = "stock",
    params(("id" = LocationId, Path), IfMatchParam, IdempotencyParam),
    request_body = LocationEdit,
    responses((status = 200, description = "The location as it is now.", body = Location), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn replace_location(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<LocationId>,
    headers: HeaderMap,
    Json(LocationEdit { name, rank, active, version }): Json<LocationEdit>,
) -> Result<Json<Location>, Error> {
    cx.require(Permission::StockWrite)?;
    let mut rules = Rules::new();
    check(&mut rules, &name, rank);
    rules.check()?;
    let version = fields::base_version(&headers, version)?;
    let content = LocationContent { name, rank, active };
    Ok(Json(save_location::revise_location(&cx, &deps, id, version, content).await?))
}
