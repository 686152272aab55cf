//! Brings the search index to what the database says: product by product after events, or all of it when the
//! index was lost.

use std::collections::{BTreeSet, HashMap};

use souk_rpc::{Context, Error};
use souk_types::{CategoryId, Envelope, ProductId};
use uuid::Uuid;

use super::follow_catalog;
use crate::Deps;
use crate::domain::attribute::Attribute;
use crate::domain::product::{Product, Status};
use crate::search::{IndexChange, ProductDoc};
use crate::store::{categories, products};

/// Products that a rebuild puts into one commit.
const REBUILD_AT_A_TIME: u32 = 2_000;

/// Many events, one commit. What an event says does not matter, only which product to look at: so late, repeated
/// and reordered events do no harm.
pub(crate) async fn index_products(deps: &Deps, events: Vec<(Context, Envelope)>) -> Vec<Result<(), Error>> {
    let ids: BTreeSet<ProductId> = events.iter().map(|(_, envelope)| ProductId(envelope.subject)).collect();
    let ids: Vec<ProductId> = ids.into_iter().collect();
    let outcome = async {
        // The others first: their way is longer.
        follow_catalog::ask_others(deps, &ids).await?;
        index(deps, &ids).await
    };
    let outcome = outcome.await;
    events.iter().map(|_| outcome.clone()).collect()
}

/// Brings the index of this replica to what the database says of these products.
pub(crate) async fn index(deps: &Deps, ids: &[ProductId]) -> Result<(), Error> {
    let writing = deps.index.writing().await;
    let found = products::get_many(&deps.db, ids).await?;
    let shown: Vec<Product> =
        found.into_iter().filter(|product| product.status == Status::Published).collect();
    let hidden = ids.iter().filter(|id| shown.iter().all(|product| product.id != **id));
    let mut changes: Vec<IndexChange> = hidden.map(|id| IndexChange::Remove(*id)).collect();
    changes.extend(put(deps, shown).await?);
    deps.index.apply(&writing, changes).await?;
    drop(writing);
    // Only now: who asks between the two would otherwise find the old index and have it kept.
    deps.hits.forget_all().await;
    Ok(())
}

/// Fills an index that was made anew; does nothing otherwise.
pub(crate) async fn rebuild(deps: &Deps) -> Result<(), Error> {
    if !deps.index.needs_rebuild().await? {
        return Ok(());
    }
    let (mut after, mut count) = (ProductId(Uuid::nil()), 0);
    loop {
        let writing = deps.index.writing().await;
        let page = products::published_after(&deps.db, after, REBUILD_AT_A_TIME).await?;
        let Some(last) = page.iter().map(|product| product.id).max() else { break };
        (after, count) = (last, count + page.len());
        let changes = put(deps, page).await?;
        deps.index.apply(&writing, changes).await?;
    }
    deps.index.mark_rebuilt().await?;
    deps.hits.forget_all().await;
    tracing::info!(products = count, "the search index was rebuilt");
    Ok(())
}

async fn put(deps: &Deps, shown: Vec<Product>) -> Result<Vec<IndexChange>, Error> {
    let mut titles: HashMap<CategoryId, Vec<String>> = HashMap::new();
    let stated: BTreeSet<CategoryId> = shown.iter().filter_map(|product| product.category).collect();
    for category in stated {
        let steps = categories::with_ancestors(&deps.db, category).await?;
        titles.insert(category, steps.into_iter().map(|step| step.title).collect());
    }
    let doc = |product: Product| {
        let category = product.category.and_then(|category| titles.get(&category).cloned());
        IndexChange::put(document(product, category.unwrap_or_default()))
    };
    Ok(shown.into_iter().map(doc).collect())
}

fn document(product: Product, category: Vec<String>) -> ProductDoc {
    let prices = product.lowest_prices();
    let attribute = |attribute: Attribute| match attribute {
        Attribute::Text { name, value } => (name, value),
        Attribute::Number { name, value } => (name, value.to_string()),
        Attribute::Boolean { name, value } => (name, if value { "yes" } else { "no" }.to_owned()),
    };
    let mut attributes: Vec<(String, String)> = product.attributes.into_iter().map(attribute).collect();
    let (mut skus, mut barcodes) = (Vec::new(), Vec::new());
    for variant in product.variants {
        // An option is a fact as well: who looks for red finds what comes in red.
        for fact in product.options.iter().cloned().zip(variant.option_values) {
            if !attributes.contains(&fact) {
                attributes.push(fact);
            }
        }
        skus.push(variant.sku);
        barcodes.extend(variant.barcodes);
    }
    ProductDoc {
        id: product.id,
        title: product.title,
        brand: product.brand,
        description: product.description,
        category,
        skus,
        barcodes,
        attributes,
        prices,
        // Stock changes with every order and the index does not: hits are shown with the store's word.
        in_stock: true,
        created_at: product.created_at,
        popularity: 0,
    }
}
