//! What everybody may read.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_app::http::{Json, Path, Problems, Query, ready_bytes};
use souk_rpc::Error;
use souk_types::{Currency, Page, ProductId, VariantId};
use utoipa::{IntoParams, ToSchema};

use super::fields;
use crate::Deps;
use crate::domain::category::Category;
use crate::domain::slug::is_slug;
use crate::flows::list_products;
use crate::flows::product_page::{self, ProductPage, published};
use crate::store::collections::Collection;
use crate::store::listing::{Key, Listing, ProductSummary, Sort};
use crate::store::{categories, collections, stock};

/// A CDN may keep a page for ten seconds and show it for a minute more while it asks again; browsers always ask.
const PAGE_CACHE: &str = "public, max-age=0, s-maxage=10, stale-while-revalidate=60";
/// Lists change with every product.
const LIST_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=5");
/// Stock is asked for live; one answer may serve whoever asks within the same second.
const STOCK_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=0, s-maxage=1");

/// JSON that a CDN may keep for a moment.
pub(super) struct Shared<T>(HeaderValue, T);

impl<T: Serialize> IntoResponse for Shared<T> {
    fn into_response(self) -> Response {
        ([(header::CACHE_CONTROL, self.0)], Json(self.1)).into_response()
    }
}

/// Which products to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// A category's path; what stands below it is included.
    #[param(
        min_length = 1,
        max_length = 1000,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$",
        example = "office/toner"
    )]
    category: Option<String>,
    /// A collection's slug.
    #[param(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    collection: Option<String>,
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x1f\x7f-\x9f]*$"
    )]
    brand: Option<String>,
    /// ISO 4217; the shop's own when absent. Prices are shown, sorted and filtered in it.
    #[param(example = "EUR")]
    currency: Option<Currency>,
    /// In minor units.
    #[param(minimum = 0)]
    price_min: Option<i64>,
    /// In minor units.
    #[param(minimum = 0)]
    price_max: Option<i64>,
    /// `newest` when absent, `manual` within a collection.
    #[param(inline)]
    sort: Option<Sort>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// Lists published products.
#[utoipa::path(get, path = "/v1/products", operation_id = "list_products", tag = "catalog", params(ListParams),
    responses((status = 200, description = "A page of products.", body = Page<ProductSummary>), Problems))]
pub(crate) async fn list_products(
    State(deps): State<Arc<Deps>>,
    Query(params): Query<ListParams>,
) -> Result<Shared<Page<ProductSummary>>, Error> {
    let listing = listing(&deps, params).await?;
    Ok(Shared(LIST_CACHE, list_products::list_products(&deps, listing).await?))
}

async fn listing(deps: &Deps, params: ListParams) -> Result<Listing, Error> {
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: Option<(Sort, Key)> = fields::cursor(&mut rules, params.cursor.as_deref());
    if let Some(path) = &params.category {
        fields::category_path(&mut rules, "?category", path);
    }
    if let Some(slug) = &params.collection {
        rules.require(is_slug(slug), "?collection", "slug", "must be lower-case words joined by hyphens");
    }
    if let Some(brand) = &params.brand {
        rules.text("?brand", brand, 1..=100);
    }
    for (field, price) in [("?price_min", params.price_min), ("?price_max", params.price_max)] {
        rules.require(price.is_none_or(|price| price >= 0), field, "range", "must not be negative");
    }
    let preset = if params.collection.is_some() { Sort::Manual } else { Sort::Newest };
    let sort = params.sort.unwrap_or(preset);
    let other_order = after.as_ref().is_some_and(|(order, key)| *order != sort || !key.fits(sort));
    rules.require(!other_order, "?cursor", "cursor", "belongs to a list in another order");
    rules.check()?;
    if sort == Sort::Manual && params.collection.is_none() {
        let detail = "only a collection is ordered by hand; name one or choose another order";
        return Err(Error::unprocessable("sort_needs_collection", detail));
    }
    let collection = match &params.collection {
        None => None,
        Some(slug) => Some(collection(deps, slug).await?.id),
    };
    Ok(Listing {
        category: params.category,
        collection,
        brand: params.brand,
        currency: params.currency.unwrap_or(deps.config.currency),
        price_min: params.price_min,
        price_max: params.price_max,
        sort,
        after: after.map(|(_, key)| key),
        limit,
    })
}

async fn collection(deps: &Deps, slug: &str) -> Result<Collection, Error> {
    let found = if is_slug(slug) { collections::get_by_slug(&deps.db, slug).await? } else { None };
    found.ok_or_else(|| Error::not_found("collection"))
}

/// Shows one published product, without its stock: see `/availability`.
///
/// The answer is ready bytes; nothing is computed on the way, not even the path is copied.
#[utoipa::path(get, path = "/v1/products/{id_or_slug}", operation_id = "get_product", tag = "catalog",
    params(("id_or_slug" = String, Path, description = "The product's id or slug.", min_length = 1, max_length = 120)),
    responses(
        (status = 200, description = "The product.", body = ProductPage,
            headers(("ETag" = String, description = "Send it as If-None-Match."))),
        (status = 304, description = "It is as If-None-Match says."), Problems))]
pub(crate) async fn show_product(State(deps): State<Arc<Deps>>, request: Request) -> Response {
    let id_or_slug = request.uri().path().rsplit('/').next().unwrap_or_default();
    match product_page::product_page(&deps, id_or_slug).await {
        Ok(page) => ready_bytes(request.headers(), page.bytes, &page.etag, PAGE_CACHE),
        Err(error) => error.into_response(),
    }
}

/// What of a product can be bought now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Availability {
    product_id: ProductId,
    variants: Vec<VariantAvailability>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct VariantAvailability {
    variant_id: VariantId,
    sku: String,
    status: AvailabilityStatus,
    /// Units left, told only when they are few.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AvailabilityStatus {
    InStock,
    LowStock,
    /// None is there, but it can be ordered.
    Backorder,
    SoldOut,
}

/// Tells what of a product can be bought now.
#[utoipa::path(get, path = "/v1/products/{id_or_slug}/availability", operation_id = "get_product_availability",
    tag = "catalog",
    params(("id_or_slug" = String, Path, description = "The product's id or slug.", min_length = 1, max_length = 120)),
    responses((status = 200, description = "Stock by variant.", body = Availability), Problems))]
pub(crate) async fn show_availability(
    State(deps): State<Arc<Deps>>,
    Path(id_or_slug): Path<String>,
) -> Result<Shared<Availability>, Error> {
    let product = published(&deps, &id_or_slug).await?;
    let low = i64::from(deps.config.low_stock_units);
    let variants = stock::availability(&deps.db, product.id).await?.into_iter();
    let variants = variants.map(|(variant_id, sku, units, backorder)| {
        let (status, left) = match units {
            1.. if units <= low => (AvailabilityStatus::LowStock, Some(units)),
            1.. => (AvailabilityStatus::InStock, None),
            _ if backorder => (AvailabilityStatus::Backorder, None),
            _ => (AvailabilityStatus::SoldOut, None),
        };
        VariantAvailability { variant_id, sku, status, left }
    });
    Ok(Shared(STOCK_CACHE, Availability { product_id: product.id, variants: variants.collect() }))
}

/// Which categories to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CategoryParams {
    /// Only the children of this category; `/` names the root. Without it the whole tree is listed by path.
    #[param(
        min_length = 1,
        max_length = 1000,
        pattern = "^(/|[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*)$"
    )]
    parent: Option<String>,
    /// Only this category and those above it, from the root: the way to it.
    #[param(
        min_length = 1,
        max_length = 1000,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$"
    )]
    path: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 3000)]
    cursor: Option<String>,
}

/// Lists the category tree, parents before their children.
#[utoipa::path(get, path = "/v1/categories", operation_id = "list_categories", tag = "catalog",
    params(CategoryParams),
    responses((status = 200, description = "A page of categories.", body = Page<Category>), Problems))]
pub(crate) async fn list_categories(
    State(deps): State<Arc<Deps>>,
    Query(params): Query<CategoryParams>,
) -> Result<Shared<Page<Category>>, Error> {
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: String = fields::cursor(&mut rules, params.cursor.as_deref()).unwrap_or_default();
    if let Some(path) = params.parent.as_deref().filter(|path| *path != "/") {
        fields::category_path(&mut rules, "?parent", path);
    }
    if let Some(path) = &params.path {
        fields::category_path(&mut rules, "?path", path);
    }
    rules.check()?;
    let db = &deps.db;
    match (&params.path, &params.parent) {
        (Some(_), Some(_)) => {
            let detail = "the way to a category and its children are two lists; ask for one";
            return Err(Error::unprocessable("parent_or_path", detail));
        }
        (Some(path), None) => return Ok(Shared(LIST_CACHE, way_to(&deps, path).await?)),
        (None, _) => {}
    }
    let found = match params.parent.as_deref() {
        None => categories::page(db, &after, limit + 1).await?,
        Some("/") => categories::children(db, None, &after, limit + 1).await?,
        Some(path) => {
            let parents = categories::get_many_by_path(db, vec![path.to_owned()]).await?;
            let parent = parents.first().ok_or_else(|| Error::not_found("category"))?;
            categories::children(db, Some(parent.id), &after, limit + 1).await?
        }
    };
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Shared(LIST_CACHE, Page::cut(found, size, |category: &Category| category.path.clone())))
}

/// A category and those above it; a tree is at most 8 levels deep.
async fn way_to(deps: &Deps, path: &str) -> Result<Page<Category>, Error> {
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    let paths: Vec<String> = ends.map(|end| path[..end].to_owned()).collect();
    let steps = paths.len();
    let mut way = categories::get_many_by_path(&deps.db, paths).await?;
    if way.len() < steps {
        return Err(Error::not_found("category"));
    }
    way.sort_by_key(|category| category.path.len());
    Ok(Page { items: way, next_cursor: None })
}

/// A bounded list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    pub(super) cursor: Option<String>,
}

/// Lists the collections by slug.
#[utoipa::path(get, path = "/v1/collections", operation_id = "list_collections", tag = "catalog", params(PageParams),
    responses((status = 200, description = "A page of collections.", body = Page<Collection>), Problems))]
pub(crate) async fn list_collections(
    State(deps): State<Arc<Deps>>,
    Query(params): Query<PageParams>,
) -> Result<Shared<Page<Collection>>, Error> {
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: String = fields::cursor(&mut rules, params.cursor.as_deref()).unwrap_or_default();
    rules.check()?;
    let found = collections::page(&deps.db, &after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Shared(LIST_CACHE, Page::cut(found, size, |collection: &Collection| collection.slug.clone())))
}

/// Shows one collection; its products are listed by `/v1/products?collection=`.
#[utoipa::path(get, path = "/v1/collections/{slug}", operation_id = "get_collection", tag = "catalog",
    params(("slug" = String, Path, min_length = 1, max_length = 120)),
    responses((status = 200, description = "The collection.", body = Collection), Problems))]
pub(crate) async fn show_collection(
    State(deps): State<Arc<Deps>>,
    Path(slug): Path<String>,
) -> Result<Shared<Collection>, Error> {
    Ok(Shared(LIST_CACHE, collection(&deps, &slug).await?))
}
