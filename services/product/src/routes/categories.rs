//! The category tree, as staff grow it.

use std::sync::Arc;

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems};
use souk_rpc::{Context, Error, Permission};
use souk_types::CategoryId;
use utoipa::ToSchema;

use super::fields::{self, IfMatchParam};
use crate::Deps;
use crate::domain::category::Category;
use crate::domain::slug::is_slug;
use crate::flows::save_category::{self, CategoryContent};

/// A new category.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCategory {
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    title: String,
    /// Made from the title when absent.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// Absent at the root.
    parent: Option<CategoryId>,
    /// Siblings with lower positions come first in menus.
    #[serde(default)]
    #[schema(minimum = -1000000, maximum = 1000000)]
    position: i64,
}

/// A category as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CategoryEdit {
    #[schema(
        min_length = 1,
        max_length = 120,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    title: String,
    /// Kept when absent.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    slug: Option<String>,
    /// Absent at the root.
    parent: Option<CategoryId>,
    /// Siblings with lower positions come first in menus.
    #[serde(default)]
    #[schema(minimum = -1000000, maximum = 1000000)]
    position: i64,
    /// The version that the edit is based on, unless `If-Match` says it.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

fn check(content: CategoryContent) -> Result<CategoryContent, Error> {
    let mut rules = Rules::new();
    rules.text("title", &content.title, 1..=120);
    if let Some(slug) = &content.slug {
        rules.require(is_slug(slug), "slug", "slug", "must be lower-case words joined by hyphens");
    }
    rules.range("position", content.position, -1_000_000..=1_000_000);
    rules.check()?;
    Ok(content)
}

/// Creates a category.
#[utoipa::path(post, path = "/v1/admin/categories", operation_id = "create_category", tag = "catalog-admin",
    params(IdempotencyParam), request_body = NewCategory,
    responses((status = 201, description = "Created.", body = Category), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn create_category(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Json(NewCategory { title, slug, parent, position }): Json<NewCategory>,
) -> Result<Created<Category>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let content = check(CategoryContent { title, slug, parent, position })?;
    let category = save_category::create_category(&cx, &deps, content).await?;
    Ok(Created { location: format!("/v1/categories?parent={}", category.path), body: category })
}

/// Renames or moves a category; what stands below it moves along.
#[utoipa::path(put, path = "/v1/admin/categories/{id}", operation_id = "replace_category", tag = "catalog-admin",
    params(("id" = CategoryId, Path), IfMatchParam, IdempotencyParam),
    request_body = CategoryEdit,
    responses((status = 200, description = "The category as it is now.", body = Category), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn replace_category(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<CategoryId>,
    headers: HeaderMap,
    Json(CategoryEdit { title, slug, parent, position, version }): Json<CategoryEdit>,
) -> Result<Json<Category>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let content = check(CategoryContent { title, slug, parent, position })?;
    let version = fields::base_version(&headers, version)?;
    Ok(Json(save_category::revise_category(&cx, &deps, id, version, content).await?))
}

/// Removes an empty category.
#[utoipa::path(delete, path = "/v1/admin/categories/{id}", operation_id = "remove_category", tag = "catalog-admin",
    params(("id" = CategoryId, Path), IfMatchParam, IdempotencyParam),
    responses((status = 204, description = "Removed."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn remove_category(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Path(id): Path<CategoryId>,
    headers: HeaderMap,
) -> Result<StatusCode, Error> {
    cx.require(Permission::CatalogWrite)?;
    save_category::remove_category(&cx, &deps, id, fields::if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
