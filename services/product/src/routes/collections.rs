//! Collections, as staff put them together.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems};
use souk_rpc::{Context, Error, Permission};
use souk_types::{CollectionId, ProductId};
use utoipa::ToSchema;

use super::fields::{self, IfMatchParam};
use crate::Deps;
use crate::domain::slug::is_slug;
use crate::flows::save_collection::{self, CollectionContent};
use crate::store::collections::{self, Collection};

const PRODUCTS_MAX: usize = 1_000;

/// A new collection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCollection {
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    title: String,
    /// Made from the title when absent.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    #[serde(default)]
    #[schema(max_length = 5000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    description: String,
    /// The products in order.
    #[schema(max_items = 1000)]
    products: Option<Vec<ProductId>>,
}

/// A collection as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionEdit {
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    title: String,
    /// Kept when absent.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    #[serde(default)]
    #[schema(max_length = 5000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    description: String,
    /// The products in order; they stay as they are when absent.
    #[schema(max_items = 1000)]
    products: Option<Vec<ProductId>>,
    /// The version that the edit is based on, unless `If-Match` says it.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

fn check(content: CollectionContent) -> Result<CollectionContent, Error> {
    let mut rules = Rules::new();
    rules.text("title", &content.title, 1..=120);
    rules.text("description", &content.description, 0..=5_000);
    if let Some(slug) = &content.slug {
        rules.require(is_slug(slug), "slug", "slug", "must be lower-case words joined by hyphens");
    }
    rules.range("products", content.products.as_ref().map_or(0, Vec::len), 0..=PRODUCTS_MAX);
    rules.check()?;
    Ok(content)
}

/// A collection with its products in order.
#[derive(Serialize, ToSchema)]
pub(crate) struct CollectionWithProducts {
    collection: Collection,
    products: Vec<ProductId>,
}

/// Creates a collection.
#[utoipa::path(post, path = "/v1/admin/collections", operation_id = "create_collection", tag = "catalog-admin",
    params(IdempotencyParam), request_body = NewCollection,
    responses((status = 201, description = "Created.", body = Collection), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn create_collection(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Json(NewCollection { title, slug, description, products }): Json<NewCollection>,
) -> Result<Created<Collection>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let content = check(CollectionContent { title, slug, description, products })?;
    let collection = save_collection::create_collection(&cx, &deps, content).await?;
    Ok(Created { location: format!("/v1/collections/{}", collection.slug), body: collection })
}

/// Shows a collection with the ids of its products.
#[utoipa::path(get, path = "/v1/admin/collections/{id}", operation_id = "get_collection_for_staff",
    tag = "catalog-admin", params(("id" = CollectionId, Path)),
    responses((status = 200, description = "The collection.", body = CollectionWithProducts), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_collection_for_staff(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<CollectionId>,
) -> Result<Json<CollectionWithProducts>, Error> {
    cx.require(Permission::CatalogRead)?;
    let found = collections::get(&deps.db, id).await?;
    let collection = found.ok_or_else(|| Error::not_found("collection"))?;
    let products = collections::products(&deps.db, id).await?;
    Ok(Json(CollectionWithProducts { collection, products }))
}

/// Changes a collection and, if stated, its list.
#[utoipa::path(put, path = "/v1/admin/collections/{id}", operation_id = "replace_collection", tag = "catalog-admin",
    params(("id" = CollectionId, Path), IfMatchParam, IdempotencyParam),
    request_body = CollectionEdit,
    responses((status = 200, description = "The collection as it is now.", body = Collection), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn replace_collection(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<CollectionId>,
    headers: HeaderMap,
    Json(CollectionEdit { title, slug, description, products, version }): Json<CollectionEdit>,
) -> Result<Json<Collection>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let content = check(CollectionContent { title, slug, description, products })?;
    let version = fields::base_version(&headers, version)?;
    Ok(Json(save_collection::revise_collection(&cx, &deps, id, version, content).await?))
}

/// Removes a collection; its products stay.
#[utoipa::path(delete, path = "/v1/admin/collections/{id}", operation_id = "remove_collection", tag = "catalog-admin",
    params(("id" = CollectionId, Path), IfMatchParam, IdempotencyParam),
    responses((status = 204, description = "Removed."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn remove_collection(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<CollectionId>,
    headers: HeaderMap,
) -> Result<StatusCode, Error> {
    cx.require(Permission::CatalogWrite)?;
    save_collection::remove_collection(&cx, &deps, id, fields::if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
