//! Searches as a guest does and answers with the keys of the import file, so that a run can be held against judgments
//! of that file's products.

use std::collections::BTreeMap;

use souk_app::Rules;
use souk_contract::product::{FoundProduct, FoundProducts, SearchProducts};
use souk_rpc::Error;

use super::search_products::Search;
use crate::Deps;
use crate::search::Sort;
use crate::store::imports;

pub(crate) async fn find_keys(deps: &Deps, request: SearchProducts) -> Result<FoundProducts, Error> {
    let mut rules = Rules::new();
    rules.range("text", request.text.chars().count(), 0..=500);
    rules.range("limit", request.limit, 1..=100);
    rules.check()?;
    // Asked first: an index that is complete before the search is complete during it.
    let complete = !deps.index.needs_rebuild().await?;
    let search = Search {
        prefix: false,
        text: request.text,
        brands: Vec::new(),
        category: None,
        attributes: BTreeMap::new(),
        currency: deps.config.currency,
        price_min: None,
        price_max: None,
        sort: Sort::Relevance,
        limit: usize::try_from(request.limit).unwrap_or(100),
        cursor: None,
    };
    let hits = deps.hits.of(deps, &search).await?;
    let mut keys = imports::keys(&deps.db, hits.ids.clone()).await?;
    let products = hits.ids.iter().map(|id| FoundProduct { id: *id, import_key: keys.remove(id).flatten() });
    Ok(FoundProducts { products: products.collect(), repaired: hits.repaired.clone(), complete })
}
