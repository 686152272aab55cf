//! Collections: staff make lists and order them by hand.

use souk_db::{ConstraintKind, DbError, batch};
use souk_rpc::{Context, Error};
use souk_types::{CollectionId, ProductId};

use super::racing;
use crate::Deps;
use crate::domain::slug;
use crate::error::ProductError;
use crate::store::collections::{self, Collection};

/// What staff state about a collection.
#[derive(Debug, Clone)]
pub(crate) struct CollectionContent {
    pub title: String,
    /// Made from the title when absent.
    pub slug: Option<String>,
    pub description: String,
    /// The list as it shall be; `None` leaves it alone.
    pub products: Option<Vec<ProductId>>,
}

pub(crate) async fn create_collection(
    cx: &Context,
    deps: &Deps,
    content: CollectionContent,
) -> Result<Collection, ProductError> {
    let slug = content.slug.or_else(|| slug::from_title(&content.title)).ok_or_else(|| {
        let detail = "no letter or digit of the title can stand in a URL; give a slug";
        Error::unprocessable("slug_missing", detail).with_field("slug", "required", detail)
    })?;
    let collection = Collection {
        id: CollectionId::new(&deps.chance, deps.clock.now()),
        slug,
        title: content.title,
        description: content.description,
        version: 1,
    };
    let products = content.products.unwrap_or_default();
    let batch = batch![collections::insert(&collection), collections::set_products(collection.id, &products)];
    deps.db.commit(cx, batch).await.map_err(|error| explain(error, &collection))?;
    Ok(collection)
}

pub(crate) async fn revise_collection(
    cx: &Context,
    deps: &Deps,
    id: CollectionId,
    version: i64,
    content: CollectionContent,
) -> Result<Collection, ProductError> {
    let before = get(deps, id).await?;
    must_be_at(&before, version)?;
    let collection = Collection {
        slug: content.slug.unwrap_or_else(|| before.slug.clone()),
        title: content.title,
        description: content.description,
        version: before.version + 1,
        ..before
    };
    let products = content.products.map(|products| collections::set_products(id, &products));
    let batch = batch![collections::update(&collection), products.unwrap_or_default()];
    match deps.db.commit(cx, batch).await {
        Err(error) if error.is_guard(collections::UPDATE) => {
            let current = get(deps, id).await?.version;
            Err(ProductError::Stale { what: "the collection", current })
        }
        outcome => {
            outcome.map_err(|error| explain(error, &collection))?;
            Ok(collection)
        }
    }
}

pub(crate) async fn remove_collection(
    cx: &Context,
    deps: &Deps,
    id: CollectionId,
    version: Option<i64>,
) -> Result<(), ProductError> {
    racing(async || {
        let collection = get(deps, id).await?;
        if let Some(version) = version {
            must_be_at(&collection, version)?;
        }
        deps.db.commit(cx, collections::delete(&collection)).await?;
        Ok(())
    })
    .await
}

async fn get(deps: &Deps, id: CollectionId) -> Result<Collection, ProductError> {
    collections::get(&deps.db, id).await?.ok_or(ProductError::NotFound("collection"))
}

fn must_be_at(collection: &Collection, version: i64) -> Result<(), ProductError> {
    if collection.version == version {
        return Ok(());
    }
    Err(ProductError::Stale { what: "the collection", current: collection.version })
}

fn explain(error: DbError, collection: &Collection) -> ProductError {
    let unfit = |code, detail| Error::unprocessable(code, detail).with_field("products", code, detail).into();
    if error.is_unique(collections::INSERT) || error.is_unique(collections::UPDATE) {
        return ProductError::SlugTaken(collection.slug.clone());
    }
    if error.is_guard(collections::ADD_PRODUCT) {
        return unfit("unknown_product", "the list names a product that does not exist");
    }
    if error.is_constraint(collections::ADD_PRODUCT, ConstraintKind::Unique) {
        return unfit("repeated_product", "the list names a product twice");
    }
    error.into()
}
