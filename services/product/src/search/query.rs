//! What is asked and what is answered.

use std::collections::BTreeMap;

use serde::Serialize;
use souk_types::{Currency, ProductId};

/// A query. The default one matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Any text; empty means to browse.
    pub text: String,
    /// The last word may be the beginning of one: somebody is still typing.
    pub prefix: bool,
    /// One of these.
    pub brands: Vec<String>,
    /// A path from the root; what lies below it counts too.
    pub category: Vec<String>,
    /// Attribute → one of these values. All the attributes must hold.
    pub attributes: BTreeMap<String, Vec<String>>,
    pub price: Option<PriceRange>,
    /// Only what can be sold now.
    pub in_stock: bool,
    pub sort: Sort,
    /// Attributes to count besides those that are filtered by.
    pub facet_attributes: Vec<String>,
    /// Products of a page, 1 to 100; 0 counts only.
    pub limit: usize,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Both ends included, in minor units. A product without a price in this currency is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRange {
    pub currency: Currency,
    pub min: Option<i64>,
    pub max: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Sort {
    /// The best match first; when browsing, the most popular.
    #[default]
    Relevance,
    /// What has no price in this currency comes last.
    PriceAsc(Currency),
    /// What has no price in this currency comes last.
    PriceDesc(Currency),
    Newest,
}

impl Sort {
    /// Part of the cursor: a page goes on in the order it began with.
    pub(super) fn tag(self) -> String {
        match self {
            Sort::Relevance => "relevance".to_owned(),
            Sort::PriceAsc(currency) => format!("price_asc {currency}"),
            Sort::PriceDesc(currency) => format!("price_desc {currency}"),
            Sort::Newest => "newest".to_owned(),
        }
    }
}

/// One page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchResults {
    pub ids: Vec<ProductId>,
    /// All that match, not only this page.
    pub total: u64,
    pub facets: Facets,
    /// Absent on the last page.
    pub next_cursor: Option<String>,
    /// What was searched for instead, when the catalog lacks a word of the query.
    pub repaired: Option<String>,
}

/// How many of the matches have which value. A facet that is filtered by counts as if it were not, so that its
/// other values can be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub brands: Vec<ValueCount>,
    pub categories: Vec<CategoryCount>,
    pub attributes: Vec<AttributeFacet>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeFacet {
    pub name: String,
    pub values: Vec<ValueCount>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    pub value: String,
    pub count: u64,
}

/// A category counts everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryCount {
    pub path: Vec<String>,
    pub count: u64,
}
