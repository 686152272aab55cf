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
use souk_contract::product::Product;
use souk_db::{Db, Migration};
use souk_types::{Chance, Clock};

pub use config::ProductConfig;
use flows::product_page::Pages;
use index::CatalogIndex;
pub use purger::CacheUrl;
use purger::Purger;

/// The schema of the service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "catalog", sql: include_str!("../migrations/101_catalog.sql") },
    Migration { version: 102, name: "stock", sql: include_str!("../migrations/102_stock.sql") },
];

/// The source of the service's events, and its name.
const NAME: &str = "product";

/// The service and what the others may ask of it.
pub struct Built {
    pub service: Service,
    pub contract: Arc<dyn Product>,
}

/// Puts the service together; nothing runs yet. The search index lives in `index_dir`.
pub fn build(config: ProductConfig, kit: Kit, index_dir: PathBuf) -> Built {
    let deps = Deps {
        pages: Pages::new(&config),
        purger: Purger::new(config.purge_urls.clone()),
        index: Arc::new(CatalogIndex::new(index_dir, config.search.clone())),
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
    Built { service, contract }
}

/// What every flow stands on.
#[derive(Clone)]
struct Deps {
    db: Db,
    clock: Clock,
    chance: Chance,
    config: Arc<ProductConfig>,
    pages: Pages,
    purger: Purger,
    index: Arc<CatalogIndex>,
}

fn workers(deps: &Deps) -> Vec<Worker> {
    let pause = Duration::from_millis(deps.config.sweep_pause_ms.max(10));
    let (sweeper, toucher, rebuilder) = (deps.clone(), deps.clone(), deps.clone());
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
        Worker::every("product.rebuild_index", Duration::from_secs(60), move || {
            let deps = rebuilder.clone();
            async move { flows::index_products::rebuild(&deps).await }
        }),
    ]
}
