//! Searches the catalog: the index says which products and how many of what, the database what is shown of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use souk_rpc::Error;
use souk_types::Currency;

use super::search_hits::Hits;
use crate::Deps;
use crate::search::Sort;
use crate::store::listing::{self, ProductSummary};

/// What a shopper asks.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Search {
    pub text: String,
    /// The last word may be the beginning of one.
    pub prefix: bool,
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
    /// The query as it was searched for instead, when the catalog lacks a word of it: `results for …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repaired: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct FoundFacets {
    pub brands: Vec<FacetValue>,
    pub categories: Vec<CategoryFacet>,
    pub attributes: Vec<AttributeFacets>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct FacetValue {
    pub value: String,
    pub count: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct CategoryFacet {
    /// From the root.
    pub titles: Vec<String>,
    /// What the parameter `category` takes.
    pub path: String,
    pub count: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct AttributeFacets {
    pub name: String,
    pub values: Vec<FacetValue>,
}

pub(crate) async fn search_products(deps: &Deps, search: Search) -> Result<Found, Error> {
    let hits = deps.hits.of(deps, &search).await?;
    // Live, however old the hits are: what is shown as in stock can be bought.
    let items = listing::summaries(&deps.db, &hits.ids, search.currency).await?;
    let Hits { total, facets, next_cursor, repaired, .. } = Arc::unwrap_or_clone(hits);
    Ok(Found { items, total, facets, next_cursor, repaired })
}
