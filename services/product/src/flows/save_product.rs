//! Creates a product, takes over an edit, publishes or hides it.

use souk_app::Rules;
use souk_db::{ConstraintKind, DbError, batch};
use souk_rpc::{Context, Error};
use souk_types::{ProductId, VariantId};

use super::{racing, saved};
use crate::Deps;
use crate::domain::content::Content;
use crate::domain::product::{Product, Status};
use crate::domain::slug;
use crate::error::ProductError;
use crate::store::{imports, products, stock, variants};

/// A new product, a draft unless `status` says otherwise.
pub(crate) async fn create_product(
    cx: &Context,
    deps: &Deps,
    mut content: Content,
    status: Status,
) -> Result<Product, ProductError> {
    check(&content)?;
    let now = deps.clock.now();
    let id = ProductId::new(&deps.chance, now);
    if content.slug.is_none() {
        content.slug = free_slug(deps, &content.title, id).await?;
    }
    let product = Product::create(id, content, status, now, || VariantId::new(&deps.chance, now));
    let batch = batch![products::insert(&product), saved(cx, deps, &product)];
    match deps.db.commit(cx, batch).await {
        Ok(_) => Ok(product),
        Err(error) => Err(explain(deps, error, &product).await),
    }
}

/// The product as the editor states it, unless somebody else has changed it since `version`.
pub(crate) async fn revise_product(
    cx: &Context,
    deps: &Deps,
    id: ProductId,
    version: i64,
    content: Content,
) -> Result<Product, ProductError> {
    check(&content)?;
    let before = products::get(&deps.db, id).await?.ok_or(ProductError::NotFound("product"))?;
    must_be_at(&before, version)?;
    let foreign = content.variants.iter().filter_map(|variant| variant.id);
    if foreign.into_iter().any(|id| before.variants.iter().all(|variant| variant.id != id)) {
        let detail = "a variant id is not one of this product";
        return Err(Error::unprocessable("unknown_variant", detail).into());
    }
    let now = deps.clock.now();
    let mut product = before.clone();
    let gone = product.revise(content, now, || VariantId::new(&deps.chance, now));
    let batch = batch![products::update(&product, &before, &gone), saved(cx, deps, &product)];
    match deps.db.commit(cx, batch).await {
        Ok(_) => {}
        Err(error) if error.is_guard(products::UPDATE) => return Err(stale_or_gone(deps, id).await?),
        Err(error) => return Err(explain(deps, error, &product).await),
    }
    deps.pages.forget([&before, &product]).await;
    Ok(product)
}

/// Shows the product to the public, or hides it. Repeating it changes nothing.
pub(crate) async fn set_status(
    cx: &Context,
    deps: &Deps,
    id: ProductId,
    status: Status,
) -> Result<Product, ProductError> {
    let product = racing(async || {
        let mut product = products::get(&deps.db, id).await?.ok_or(ProductError::NotFound("product"))?;
        if product.set_status(status, deps.clock.now()) {
            let batch = batch![products::update_row(&product), saved(cx, deps, &product)];
            deps.db.commit(cx, batch).await?;
        }
        Ok(product)
    })
    .await?;
    deps.pages.forget([&product]).await;
    Ok(product)
}

pub(super) fn must_be_at(product: &Product, version: i64) -> Result<(), ProductError> {
    if product.version == version {
        return Ok(());
    }
    Err(ProductError::Stale { what: "the product", current: product.version })
}

pub(super) async fn stale_or_gone(deps: &Deps, id: ProductId) -> Result<ProductError, ProductError> {
    Ok(match products::version(&deps.db, id).await? {
        Some(current) => ProductError::Stale { what: "the product", current },
        None => ProductError::NotFound("product"),
    })
}

/// 400 where a field breaks its own rule, 422 where fields do not fit together.
pub(crate) fn check(content: &Content) -> Result<(), Error> {
    let mut fields = Rules::new();
    content.check_fields(&mut fields);
    fields.check()?;
    let mut whole = Rules::new();
    content.check_whole(&mut whole);
    whole.check().map_err(|error| {
        let unfit =
            Error::unprocessable("product_unfit", "parts of the product do not fit together; see `errors`");
        Error { errors: error.errors, ..unfit }
    })
}

/// From the title, and with a few digits of the id when another product has that one.
async fn free_slug(deps: &Deps, title: &str, id: ProductId) -> Result<Option<String>, ProductError> {
    let Some(slug) = slug::from_title(title) else { return Ok(None) };
    let taken = imports::taken_slugs(&deps.db, vec![slug.clone()]).await?;
    if taken.is_empty() {
        return Ok(Some(slug));
    }
    let digits = id.0.simple().to_string();
    Ok(Some(slug::with_suffix(&slug, &digits[digits.len() - 8..])))
}

/// What the schema refused, in the editor's words.
pub(super) async fn explain(deps: &Deps, error: DbError, product: &Product) -> ProductError {
    let DbError::Constraint { statement, kind, message } = &error else { return error.into() };
    match (*statement, kind) {
        (products::INSERT | products::UPDATE, ConstraintKind::Unique) if message.contains("slug") => {
            ProductError::SlugTaken(product.slug.clone())
        }
        (products::INSERT | products::UPDATE, ConstraintKind::ForeignKey) => {
            let detail = "no category has this id";
            Error::unprocessable("unknown_category", detail).with_field("category", "exists", detail).into()
        }
        (variants::SAVE, ConstraintKind::Unique) => ProductError::SkuTaken(taken_sku(deps, product).await),
        (stock::BACKORDER, ConstraintKind::Check) => ProductError::BackorderInUse,
        _ => error.into(),
    }
}

async fn taken_sku(deps: &Deps, product: &Product) -> String {
    let skus = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    let owners = imports::owners_of_skus(&deps.db, skus).await.unwrap_or_default();
    let taken = owners.into_iter().find(|(_, owner)| *owner != product.id).map(|(sku, _)| sku);
    taken.unwrap_or_else(|| product.variants.first().map(|variant| variant.sku.clone()).unwrap_or_default())
}
