//! Searches the catalog: the index says which products and how many of what, the database what is shown of them.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use souk_rpc::Error;
use souk_types::{CategoryId, Currency};

use crate::Deps;
use crate::domain::category::Category;
use crate::search::{CategoryCount, PriceRange, SearchQuery, Sort, ValueCount};
use crate::store::categories;
use crate::store::listing::{self, ProductSummary};

/// What a shopper asks.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub text: String,
    pub brands: Vec<String>,
    /// A category's path of slugs.
    pub category: Option<String>,
    pub attributes: BTreeMap<String, Vec<String>>,
    pub currency: Currency,
    pub price_min: Option<i64>,
    pub price_max: Option<i64>,
    pub sort: Sort,
    pub limit: usize,
    pub cursor: Option<String>,
}

/// A page of hits with the ways to narrow them down.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Found {
    pub items: Vec<ProductSummary>,
    /// All that match, not only this page.
    pub total: u64,
    pub facets: FoundFacets,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// What was searched for instead, when the catalog lacks a word of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<String>,
}

#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct FoundFacets {
    pub brands: Vec<FacetValue>,
    pub categories: Vec<CategoryFacet>,
    pub attributes: Vec<AttributeFacets>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FacetValue {
    pub value: String,
    pub count: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CategoryFacet {
    /// From the root.
    pub titles: Vec<String>,
    /// What the parameter `category` takes.
    pub path: String,
    pub count: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AttributeFacets {
    pub name: String,
    pub values: Vec<FacetValue>,
}

pub(crate) async fn search_products(deps: &Deps, search: Search) -> Result<Found, Error> {
    let Search { currency, price_min: min, price_max: max, .. } = search;
    let category = match &search.category {
        Some(path) => titles_of(deps, path).await?,
        None => Vec::new(),
    };
    let query = SearchQuery {
        text: search.text,
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
    let items = listing::summaries(&deps.db, &results.ids, currency).await?;
    let attributes = results.facets.attributes.into_iter();
    let attributes =
        attributes.map(|facet| AttributeFacets { name: facet.name, values: values(facet.values) });
    let facets = FoundFacets {
        brands: values(results.facets.brands),
        categories: categories_of(deps, results.facets.categories).await?,
        attributes: attributes.collect(),
    };
    let (total, next_cursor, repaired) = (results.total, results.next_cursor, results.repaired);
    Ok(Found { items, total, facets, next_cursor, repaired })
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
    let titles: std::collections::BTreeSet<String> =
        counts.iter().flat_map(|count| count.path.iter().cloned()).collect();
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
