//! Search: words, filters and facets.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Json, Problems, Query};
use souk_rpc::Error;
use souk_types::Currency;
use utoipa::{IntoParams, ToSchema};

use super::fields;
use crate::Deps;
use crate::flows::search_products::{self as searching, Found, Search};
use crate::search::Sort;

/// What to look for. Names that may stand several times widen the search: one of these brands, one of these values.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters; they are read from a list of pairs")]
pub(crate) struct SearchParams {
    /// Any words; without them the catalog is browsed.
    #[param(max_length = 500)]
    q: Option<String>,
    /// The last word of `q` may be the beginning of one, for suggestions while somebody types.
    #[param(default = false)]
    prefix: Option<bool>,
    #[param(max_items = 50)]
    brand: Option<Vec<String>>,
    /// A category's path; what stands below it is included.
    #[param(
        min_length = 1,
        max_length = 1000,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*$"
    )]
    category: Option<String>,
    /// `name:value`, such as `Color:red`; a value of each name must fit.
    #[param(max_items = 50, inline)]
    attribute: Option<Vec<AttributeFilter>>,
    #[param(example = "EUR")]
    currency: Option<Currency>,
    /// In minor units.
    #[param(minimum = 0)]
    price_min: Option<i64>,
    /// In minor units.
    #[param(minimum = 0)]
    price_max: Option<i64>,
    #[param(inline)]
    sort: Option<SearchSort>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// A name and a value, such as `Color:red`.
#[derive(ToSchema)]
#[schema(pattern = "^[^:]+:", example = "Color:red")]
#[expect(dead_code, reason = "describes the parameter")]
struct AttributeFilter(String);

/// `relevance` when absent.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SearchSort {
    Relevance,
    Newest,
    PriceAsc,
    PriceDesc,
}

/// Searches the catalog.
#[utoipa::path(get, path = "/v1/search", operation_id = "search_products", tag = "catalog", params(SearchParams),
    responses((status = 200, description = "A page of hits with facets.", body = Found), Problems))]
pub(crate) async fn search_products(
    State(deps): State<Arc<Deps>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Found>, Error> {
    let search = read(pairs, deps.config.currency)?;
    Ok(Json(searching::search_products(&deps, search).await?))
}

/// Reads the pairs one by one: a form decoder does not know names that may stand several times.
fn read(pairs: Vec<(String, String)>, currency: Currency) -> Result<Search, Error> {
    let mut rules = Rules::new();
    let mut search = Search {
        text: String::new(),
        prefix: false,
        brands: Vec::new(),
        category: None,
        attributes: BTreeMap::new(),
        currency,
        price_min: None,
        price_max: None,
        sort: Sort::Relevance,
        limit: 20,
        cursor: None,
    };
    let mut sort = SearchSort::Relevance;
    for (name, value) in pairs {
        match name.as_str() {
            "q" => {
                rules.range("?q", value.chars().count(), 0..=500);
                search.text = value;
            }
            "prefix" => match value.parse() {
                Ok(prefix) => search.prefix = prefix,
                Err(_) => rules.broken("?prefix", "type", "must be true or false"),
            },
            "brand" => search.brands.push(value),
            "category" => {
                fields::category_path(&mut rules, "?category", &value);
                search.category = Some(value);
            }
            "attribute" => match value.split_once(':').filter(|(name, _)| !name.is_empty()) {
                Some((name, value)) => {
                    search.attributes.entry(name.to_owned()).or_default().push(value.to_owned())
                }
                None => rules.broken("?attribute", "format", "must be name:value, such as Color:red"),
            },
            "currency" => match value.parse() {
                Ok(currency) => search.currency = currency,
                Err(_) => rules.broken("?currency", "currency", "is not an ISO 4217 currency code"),
            },
            "price_min" => search.price_min = price(&mut rules, "?price_min", &value),
            "price_max" => search.price_max = price(&mut rules, "?price_max", &value),
            "sort" => match serde_json::from_value(serde_json::Value::String(value)) {
                Ok(stated) => sort = stated,
                Err(error) => rules.broken("?sort", "type", error.to_string()),
            },
            "limit" => match value.parse::<u32>() {
                Ok(limit) => {
                    search.limit = usize::try_from(fields::limit(&mut rules, Some(limit))).unwrap_or(100)
                }
                Err(error) => rules.broken("?limit", "type", error.to_string()),
            },
            "cursor" => search.cursor = Some(value),
            _ => rules.broken(format!("?{name}"), "unknown_field", "is not a parameter of this request"),
        }
    }
    rules.entries("?brand", search.brands.len(), 0..=50);
    rules.range("?attribute", search.attributes.values().map(Vec::len).sum::<usize>(), 0..=50);
    rules.check()?;
    search.sort = match sort {
        SearchSort::Relevance => Sort::Relevance,
        SearchSort::Newest => Sort::Newest,
        SearchSort::PriceAsc => Sort::PriceAsc(search.currency),
        SearchSort::PriceDesc => Sort::PriceDesc(search.currency),
    };
    Ok(search)
}

fn price(rules: &mut Rules, field: &str, value: &str) -> Option<i64> {
    let price = value.parse::<i64>().ok().filter(|price| *price >= 0);
    rules.require(price.is_some(), field, "type", "must be a number of minor units");
    price
}
