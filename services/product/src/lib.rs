//! What the shop sells: the catalog, its search, and the stock.
//!
//! Architecture invariants: stock is only ever changed by one relative, guarded statement
//! ([`store::stock::change`]); what it must keep is also a CHECK of the schema. A product's page holds no stock, so
//! selling does not make pages old. The search index is a copy that may be thrown away; what is shown of a hit
//! comes from the database.

mod config;
pub mod domain;
mod error;
mod flows;
mod index;
mod purger;
mod reactions;
mod routes;
pub mod search;
mod service;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use souk_app::{Kit, Service, Worker};
use souk_cache::Cache;
use souk_contract::product::Product;
use souk_db::{Db, Migration};
use souk_types::{Chance, Clock};

pub use config::ProductConfig;
use flows::product_page::Pages;
use flows::search_hits::HitsOfSearches;
use index::CatalogIndex;
pub use purger::CacheUrl;
use purger::Purger;

/// The schema of the service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "catalog", sql: include_str!("../migrations/101_catalog.sql") },
    Migration { version: 102, name: "stock", sql: include_str!("../migrations/102_stock.sql") },
    Migration {
        version: 103,
        name: "index_replicas",
        sql: include_str!("../migrations/103_index_replicas.sql"),
    },
];

/// A replica says so often that it is there, and looks so often whether its index needs to be filled.
const KEEP_INDEX_EVERY: Duration = Duration::from_secs(30);
/// What other replicas ask for does not ring here; with this a change is found everywhere within a second.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// The source of the service's events, and its name.
const NAME: &str = "product";

/// The service and what the others may ask of it.
pub struct Built {
    pub service: Service,
    pub contract: Arc<dyn Product>,
    /// Whether the search index of this process holds every product. Until then it finds less than there is.
    pub search_is_complete: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Puts the service together; nothing runs yet. The search index lives in `index_dir`.
pub fn build(config: ProductConfig, kit: Kit, index_dir: PathBuf) -> Built {
    let cache = Cache::from(kit.redis);
    let index = Arc::new(CatalogIndex::new(index_dir, config.search.clone()));
    let deps = Deps {
        pages: Pages::new(&cache, &config),
        hits: HitsOfSearches::new(&cache, &config),
        purger: Purger::new(config.purge_urls.clone()),
        index: Arc::clone(&index),
        db: kit.db.clone(),
        clock: kit.clock,
        chance: kit.chance,
        config: Arc::new(config),
    };
    let contract: Arc<dyn Product> = Arc::new(service::ProductService { deps: deps.clone() });
    let service = Service {
        name: NAME,
        db: kit.db,
        rpc: <dyn Product as souk_rpc::Contract>::routes(Arc::clone(&contract)),
        public: routes::router(&deps),
        consumers: reactions::consumers(&deps),
        workers: workers(&deps),
    };
    Built { service, contract, search_is_complete: Arc::new(move || index.is_complete()) }
}

/// What every flow stands on.
#[derive(Clone)]
struct Deps {
    db: Db,
    clock: Clock,
    chance: Chance,
    config: Arc<ProductConfig>,
    pages: Pages,
    hits: HitsOfSearches,
    purger: Purger,
    index: Arc<CatalogIndex>,
}

fn workers(deps: &Deps) -> Vec<Worker> {
    let pause = Duration::from_millis(deps.config.sweep_pause_ms.max(10));
    let (sweeper, toucher, keeper, follower) = (deps.clone(), deps.clone(), deps.clone(), deps.clone());
    vec![
        Worker::every("product.expire_holds", pause, move || {
            let deps = sweeper.clone();
            async move {
                let full = usize::try_from(deps.config.sweep_batch).unwrap_or(usize::MAX).max(1);
                while flows::expire_holds::expire_holds(&deps).await? >= full {}
                Ok(())
            }
        }),
        Worker::every("product.touch_products", pause, move || {
            let deps = toucher.clone();
            async move { flows::touch_products::touch_products(&deps).await.map(|_| ()) }
        }),
        Worker::every("product.keep_index", KEEP_INDEX_EVERY, move || {
            let deps = keeper.clone();
            async move { flows::follow_catalog::keep_complete(&deps).await }
        }),
        Worker::every("product.follow_catalog", FOLLOW_EVERY, move || {
            let deps = follower.clone();
            async move { flows::follow_catalog::follow(&deps).await }
        }),
    ]
}
