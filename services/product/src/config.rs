//! The settings of the product service. The doc comments are the manual.

use serde::Deserialize;
use souk_types::Currency;

use crate::purger::CacheUrl;
use crate::search::SearchConfig;

/// `[product]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProductConfig {
    /// The currency in which lists show, sort and filter prices when the client names none.
    pub currency: Currency,
    /// Product pages kept ready in memory, in megabytes.
    pub page_cache_megabytes: u64,
    /// The longest a page may be older than the database. It matters with several replicas that have no Redis: the
    /// replica that saves a product forgets its page at once, and tells the others through Redis.
    pub page_cache_seconds: u64,
    /// Searches whose hits are kept in memory.
    pub search_cache_entries: u64,
    /// The longest that hits may be older than the search index, which matters as little. Price and stock of a hit
    /// are always those of the database.
    pub search_cache_seconds: u64,
    /// From how many units down a variant is shown as running low.
    pub low_stock_units: u32,
    /// How often holds are looked through for expired ones, in milliseconds.
    pub sweep_pause_ms: u64,
    /// Holds that one pass of the sweeper expires at most.
    pub sweep_batch: u32,
    /// Caches in front of the shop that are told when a product was edited, by `PURGE` and the path, such as
    /// `["http://127.0.0.1:8079"]`; `souk nginx --purge-listen` opens such a door.
    pub purge_urls: Vec<CacheUrl>,
    /// What they are told to let go of; `{id}` and `{slug}` become the product's.
    pub purge_paths: Vec<String>,
    /// `[product.search]`: the search index.
    pub search: SearchConfig,
}

impl Default for ProductConfig {
    fn default() -> ProductConfig {
        ProductConfig {
            currency: Currency::EUR,
            page_cache_megabytes: 64,
            page_cache_seconds: 10,
            search_cache_entries: 2_000,
            search_cache_seconds: 10,
            low_stock_units: 5,
            sweep_pause_ms: 1_000,
            sweep_batch: 200,
            purge_urls: Vec::new(),
            purge_paths: vec!["/v1/products/{id}".to_owned(), "/v1/products/{slug}".to_owned()],
            search: SearchConfig::default(),
        }
    }
}
