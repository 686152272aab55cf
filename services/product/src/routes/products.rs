//! Products, as staff work on them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Page, ProductId};
use utoipa::{IntoParams, ToSchema};

use super::fields::{self, IfMatchParam};
use crate::Deps;
use crate::domain::content::Content;
use crate::domain::product::{Product, Status};
use crate::flows::{remove_product as removing, save_product};
use crate::store::products;

/// A product with its version as ETag, for `If-Match`.
pub(crate) struct Versioned(Product);

impl IntoResponse for Versioned {
    fn into_response(self) -> Response {
        let etag = HeaderValue::try_from(format!("\"{}\"", self.0.version));
        let mut response = Json(self.0).into_response();
        if let Ok(etag) = etag {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Which products to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaffListParams {
    #[param(inline)]
    status: Option<ListedStatus>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 200)]
    cursor: Option<String>,
}

/// Removed products are not listed.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ListedStatus {
    Draft,
    Published,
}

impl From<ListedStatus> for Status {
    fn from(status: ListedStatus) -> Status {
        match status {
            ListedStatus::Draft => Status::Draft,
            ListedStatus::Published => Status::Published,
        }
    }
}

/// A new product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProduct {
    content: Content,
    /// Shown at once; a draft otherwise.
    #[serde(default)]
    published: bool,
}

/// A product as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductEdit {
    /// The version that the edit is based on, unless `If-Match` says it.
    #[schema(minimum = 1)]
    version: Option<i64>,
    content: Content,
}

/// The flows know a product's fields from its content on; the request has them in `content`.
fn in_content(error: impl Into<Error>) -> Error {
    error.into().within("content")
}

/// Lists all products, drafts too, newest first.
#[utoipa::path(get, path = "/v1/admin/products", operation_id = "list_all_products", tag = "catalog-admin",
    params(StaffListParams),
    responses((status = 200, description = "A page of products.", body = Page<Product>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_all_products(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Query(params): Query<StaffListParams>,
) -> Result<Json<Page<Product>>, Error> {
    cx.require(Permission::CatalogRead)?;
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: Option<ProductId> = fields::cursor(&mut rules, params.cursor.as_deref());
    rules.check()?;
    let found = products::page(&deps.db, params.status.map(Status::from), after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Json(Page::cut(found, size, |product: &Product| product.id)))
}

/// Creates a product.
#[utoipa::path(post, path = "/v1/admin/products", operation_id = "create_product", tag = "catalog-admin",
    params(IdempotencyParam), request_body = NewProduct,
    responses((status = 201, description = "Created.", body = Product), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn create_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Json(new): Json<NewProduct>,
) -> Result<Created<Product>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let status = if new.published { Status::Published } else { Status::Draft };
    let product = save_product::create_product(&cx, &deps, new.content, status).await.map_err(in_content)?;
    Ok(Created { location: format!("/v1/admin/products/{}", product.id), body: product })
}

/// Shows a product with its version.
#[utoipa::path(get, path = "/v1/admin/products/{id}", operation_id = "get_product_for_staff", tag = "catalog-admin",
    params(("id" = ProductId, Path)),
    responses((status = 200, description = "The product.", body = Product,
        headers(("ETag" = String, description = "The version, for If-Match."))), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<ProductId>,
) -> Result<Versioned, Error> {
    cx.require(Permission::CatalogRead)?;
    let found = products::get(&deps.db, id).await?;
    found.map(Versioned).ok_or_else(|| Error::not_found("product"))
}

/// Replaces a product's content, unless somebody else has changed it since.
#[utoipa::path(put, path = "/v1/admin/products/{id}", operation_id = "replace_product", tag = "catalog-admin",
    params(("id" = ProductId, Path), IfMatchParam, IdempotencyParam),
    request_body = ProductEdit,
    responses((status = 200, description = "The product as it is now.", body = Product), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn replace_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<ProductId>,
    headers: HeaderMap,
    Json(edit): Json<ProductEdit>,
) -> Result<Versioned, Error> {
    cx.require(Permission::CatalogWrite)?;
    save_product::check(&edit.content).map_err(in_content)?;
    let version = fields::base_version(&headers, edit.version)?;
    let revised = save_product::revise_product(&cx, &deps, id, version, edit.content).await;
    Ok(Versioned(revised.map_err(in_content)?))
}

/// Takes a product out of the catalog and frees its slug and SKUs. Orders keep what they hold of it.
#[utoipa::path(delete, path = "/v1/admin/products/{id}", operation_id = "remove_product", tag = "catalog-admin",
    params(("id" = ProductId, Path), IfMatchParam, IdempotencyParam),
    responses((status = 204, description = "Removed."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn remove_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<ProductId>,
    headers: HeaderMap,
) -> Result<StatusCode, Error> {
    cx.require(Permission::CatalogWrite)?;
    removing::remove_product(&cx, &deps, id, fields::if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a product to the public.
#[utoipa::path(post, path = "/v1/admin/products/{id}/publish", operation_id = "publish_product",
    tag = "catalog-admin", params(("id" = ProductId, Path), IdempotencyParam),
    responses((status = 200, description = "The product as it is now.", body = Product), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn publish_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<ProductId>,
) -> Result<Versioned, Error> {
    cx.require(Permission::CatalogWrite)?;
    Ok(Versioned(save_product::set_status(&cx, &deps, id, Status::Published).await?))
}

/// Hides a product from the public.
#[utoipa::path(post, path = "/v1/admin/products/{id}/unpublish", operation_id = "unpublish_product",
    tag = "catalog-admin", params(("id" = ProductId, Path), IdempotencyParam),
    responses((status = 200, description = "The product as it is now.", body = Product), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn unpublish_product(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<ProductId>,
) -> Result<Versioned, Error> {
    cx.require(Permission::CatalogWrite)?;
    Ok(Versioned(save_product::set_status(&cx, &deps, id, Status::Draft).await?))
}
