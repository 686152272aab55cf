//! Carts and orders: from the first line in a cart to the last parcel, and the money in between as far as an order
//! has to know about it. See README.md for the states and the calls.

mod config;
pub mod domain;
mod error;
mod flows;
mod reactions;
mod routes;
mod service;
mod store;
mod views;
mod workers;

use std::sync::Arc;

use souk_app::{Kit, Service};
use souk_cache::Cache;
use souk_contract::order::Order as OrderContract;
use souk_contract::payment::Payment;
use souk_contract::product::Product;
use souk_contract::user::User;
use souk_db::{Db, Migration};
use souk_types::{Chance, Clock};

use flows::promotions::Promotions;

pub use config::{OrderConfig, OrderConfigError};
pub use domain::pricing::{ShippingOption, TaxTable};

/// Who states the events of this service, and who reacts.
const NAME: &str = "order";

pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "init", sql: include_str!("../migrations/101_init.sql") },
    Migration { version: 102, name: "promotions", sql: include_str!("../migrations/102_promotions.sql") },
    Migration { version: 103, name: "refunds", sql: include_str!("../migrations/103_refunds.sql") },
];

/// What every flow is given.
#[derive(Clone)]
pub(crate) struct Deps {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) config: Arc<OrderConfig>,
    pub(crate) product: Arc<dyn Product>,
    pub(crate) payment: Arc<dyn Payment>,
    pub(crate) user: Arc<dyn User>,
    /// The rules of the shop, in this process.
    pub(crate) promotions: Promotions,
}

/// The service, and its contract for those who call it.
pub struct Built {
    pub service: Service,
    pub contract: Arc<dyn OrderContract>,
}

/// Builds the service. `config` has been [validated](OrderConfig::validate) by whoever read it.
pub fn build(
    config: OrderConfig,
    kit: Kit,
    product: Arc<dyn Product>,
    payment: Arc<dyn Payment>,
    user: Arc<dyn User>,
) -> Built {
    let Kit { db, redis, clock, chance, .. } = kit;
    let promotions = Promotions::new(&Cache::from(redis));
    let deps = Deps { db, clock, chance, config: Arc::new(config), product, payment, user, promotions };
    let contract: Arc<dyn OrderContract> = Arc::new(service::OrderService { deps: deps.clone() });
    let service = Service {
        name: NAME,
        db: deps.db.clone(),
        rpc: <dyn OrderContract as souk_rpc::Contract>::routes(contract.clone()),
        public: routes::routes(&deps),
        consumers: vec![reactions::consumer(&deps)],
        workers: workers::workers(&deps),
    };
    Built { service, contract }
}
