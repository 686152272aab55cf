//! A product as the public sees it, kept as ready bytes with its ETag: a hit touches neither the database nor a
//! serializer. Stock is not part of it, so that a sale does not make the page old.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use souk_cache::{Cache, Cached, Capacity, Codec};
use souk_rpc::Error;
use souk_types::{ProductId, Timestamp};

use crate::Deps;
use crate::config::ProductConfig;
use crate::domain::attribute::Attribute;
use crate::domain::content::Media;
use crate::domain::product::{Product, Status, Variant};
use crate::domain::slug::is_slug;
use crate::store::{categories, products};

/// A product's page: its JSON and the validator of it.
#[derive(Clone)]
pub(crate) struct Page {
    pub bytes: Bytes,
    pub etag: HeaderValue,
}

impl Page {
    fn new(bytes: Bytes) -> Page {
        let etag = souk_app::http::etag_of(&bytes);
        Page { bytes, etag }
    }

    fn from_bytes(bytes: &[u8]) -> Option<Page> {
        Some(Page::new(Bytes::copy_from_slice(bytes)))
    }
}

/// Pages by id and by slug, forgotten by every replica when the product is saved.
#[derive(Clone)]
pub(crate) struct Pages(Cached<String, Page>);

impl Pages {
    pub(crate) fn new(cache: &Cache, config: &ProductConfig) -> Pages {
        let capacity = Capacity::Bytes {
            max: config.page_cache_megabytes << 20,
            weigh: |key: &String, page: &Page| key.len() + page.bytes.len(),
        };
        let lifetime = Duration::from_secs(config.page_cache_seconds);
        let codec = Codec { version: 1, encode: |page: &Page| page.bytes.to_vec(), decode: Page::from_bytes };
        Pages(Cached::shared(cache, "product.page", capacity, lifetime, codec))
    }

    /// After the products were saved; as they were and as they are, when that may differ in the slug.
    pub(crate) async fn forget<'p>(&self, products: impl IntoIterator<Item = &'p Product>) {
        let names: Vec<String> =
            products.into_iter().flat_map(|product| [product.slug.clone(), product.id.to_string()]).collect();
        self.0.invalidate_each(names.iter().map(String::as_str)).await;
    }

    /// After something was changed that shows on many products.
    pub(crate) async fn forget_all(&self) {
        self.0.clear().await;
    }
}

/// A published product as everybody may see it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProductPage {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The categories it stands in, from the root.
    pub categories: Vec<CategoryStep>,
    pub tax_category: String,
    pub attributes: Vec<Attribute>,
    pub media: Vec<Media>,
    pub options: Vec<String>,
    pub variants: Vec<Variant>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A step of the way from the root of the category tree.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct CategoryStep {
    pub title: String,
    pub path: String,
}

/// The page of a product by id or slug; what is not published does not exist here.
pub(crate) async fn product_page(deps: &Deps, id_or_slug: &str) -> Result<Page, Error> {
    deps.pages.0.try_get_with(id_or_slug, load(deps, id_or_slug)).await
}

async fn load(deps: &Deps, id_or_slug: &str) -> Result<Page, Error> {
    let product = published(deps, id_or_slug).await?;
    let categories = match product.category {
        Some(category) => categories::with_ancestors(&deps.db, category).await?,
        None => Vec::new(),
    };
    let steps = categories.into_iter().map(|step| CategoryStep { title: step.title, path: step.path });
    let page = ProductPage {
        id: product.id,
        slug: product.slug,
        title: product.title,
        description: product.description,
        brand: product.brand,
        categories: steps.collect(),
        tax_category: product.tax_category,
        attributes: product.attributes,
        media: product.media,
        options: product.options,
        variants: product.variants,
        created_at: product.created_at,
        updated_at: product.updated_at,
    };
    Ok(Page::new(Bytes::from(serde_json::to_vec(&page).map_err(Error::internal)?)))
}

/// A published product by id or slug.
pub(crate) async fn published(deps: &Deps, id_or_slug: &str) -> Result<Product, Error> {
    let found = match id_or_slug.parse::<ProductId>() {
        Ok(id) => products::get(&deps.db, id).await?,
        Err(_) if is_slug(id_or_slug) => products::get_by_slug(&deps.db, id_or_slug).await?,
        // PostgreSQL would not even look for what holds a NUL.
        Err(_) => None,
    };
    found.filter(|product| product.status == Status::Published).ok_or_else(|| Error::not_found("product"))
}
