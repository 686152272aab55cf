//! What the index finds, kept for those who ask the same. It is forgotten when the index changes; price and stock
//! are not part of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use souk_cache::{Cache, Cached, Capacity, Codec};
use souk_rpc::Error;
use souk_types::{CategoryId, ProductId};

use super::search_products::{AttributeFacets, CategoryFacet, FacetValue, FoundFacets, Search};
use crate::Deps;
use crate::config::ProductConfig;
use crate::domain::category::Category;
use crate::search::{CategoryCount, PriceRange, SearchQuery, ValueCount};
use crate::store::categories;

/// Which products match, and how many of what.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Hits {
    pub ids: Vec<ProductId>,
    pub total: u64,
    pub facets: FoundFacets,
    pub next_cursor: Option<String>,
    pub repaired: Option<String>,
}

/// Hits by a digest of what was asked.
#[derive(Clone)]
pub(crate) struct HitsOfSearches(Cached<[u8; 32], Arc<Hits>>);

impl HitsOfSearches {
    pub(crate) fn new(cache: &Cache, config: &ProductConfig) -> HitsOfSearches {
        let capacity = Capacity::Entries(config.search_cache_entries);
        let lifetime = Duration::from_secs(config.search_cache_seconds);
        let codec = Codec {
            version: 1,
            encode: |hits: &Arc<Hits>| serde_json::to_vec(&**hits).unwrap_or_default(),
            decode: |bytes| serde_json::from_slice(bytes).ok().map(Arc::new),
        };
        HitsOfSearches(Cached::shared(cache, "product.search", capacity, lifetime, codec))
    }

    pub(crate) async fn of(&self, deps: &Deps, search: &Search) -> Result<Arc<Hits>, Error> {
        let asked = serde_json::to_vec(search).map_err(Error::internal)?;
        let key: [u8; 32] = Sha256::digest(asked).into();
        self.0.try_get_with(&key, async { Ok(Arc::new(find(deps, search.clone()).await?)) }).await
    }

    /// After the index or the category tree has changed.
    pub(crate) async fn forget_all(&self) {
        self.0.clear().await;
    }
}

async fn find(deps: &Deps, search: Search) -> Result<Hits, Error> {
    let Search { currency, price_min: min, price_max: max, .. } = search;
    let category = match &search.category {
        Some(path) => titles_of(deps, path).await?,
        None => Vec::new(),
    };
    let query = SearchQuery {
        text: search.text,
        prefix: search.prefix,
        brands: search.brands,
        category,
        attributes: search.attributes,
        price: (min.is_some() || max.is_some()).then_some(PriceRange { currency, min, max }),
        in_stock: false,
        sort: search.sort,
        facet_attributes: Vec::new(),
        limit: search.limit,
        cursor: search.cursor,
    };
    let results = deps.index.search(query).await?;
    let attributes = results.facets.attributes.into_iter();
    let attributes =
        attributes.map(|facet| AttributeFacets { name: facet.name, values: values(facet.values) });
    let facets = FoundFacets {
        brands: values(results.facets.brands),
        categories: categories_of(deps, results.facets.categories).await?,
        attributes: attributes.collect(),
    };
    let (ids, total) = (results.ids, results.total);
    Ok(Hits { ids, total, facets, next_cursor: results.next_cursor, repaired: results.repaired })
}

fn values(counts: Vec<ValueCount>) -> Vec<FacetValue> {
    counts.into_iter().map(|count| FacetValue { value: count.value, count: count.count }).collect()
}

/// The index knows categories by their titles.
async fn titles_of(deps: &Deps, path: &str) -> Result<Vec<String>, Error> {
    let unknown = || Error::not_found("category");
    let category = categories::get_many_by_path(&deps.db, vec![path.to_owned()]).await?;
    let category = category.first().ok_or_else(unknown)?;
    let steps = categories::with_ancestors(&deps.db, category.id).await?;
    Ok(steps.into_iter().map(|step| step.title).collect())
}

/// Finds the categories that the index names by titles, so that clients can filter by their paths.
async fn categories_of(deps: &Deps, counts: Vec<CategoryCount>) -> Result<Vec<CategoryFacet>, Error> {
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let titles: BTreeSet<String> = counts.iter().flat_map(|count| count.path.iter().cloned()).collect();
    let found = categories::by_titles(&deps.db, titles.into_iter().collect()).await?;
    let by_id: HashMap<CategoryId, &Category> =
        found.iter().map(|category| (category.id, category)).collect();
    let paths: HashMap<Vec<String>, &str> =
        found.iter().map(|category| (title_path(category, &by_id), category.path.as_str())).collect();
    let facet = |count: CategoryCount| {
        let path = paths.get(&count.path).map(|path| (*path).to_owned())?;
        Some(CategoryFacet { titles: count.path, path, count: count.count })
    };
    Ok(counts.into_iter().filter_map(facet).collect())
}

/// The titles from the root; an ancestor that no facet names ends it early, and then it matches none.
fn title_path(category: &Category, by_id: &HashMap<CategoryId, &Category>) -> Vec<String> {
    let mut titles = vec![category.title.clone()];
    let mut next = category.parent;
    while let Some(parent) = next.and_then(|id| by_id.get(&id)) {
        titles.push(parent.title.clone());
        next = parent.parent;
    }
    titles.reverse();
    titles
}
