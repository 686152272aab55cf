//! The diagram as code: what runs here, what is elsewhere, and who is handed whom.
//!
//! Built in this order, so that calls form a DAG: user, product → payment → order → gateway. What would run
//! backwards is an event. Nothing outside this file knows whether a contract is an object or a remote.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use souk_app::{Kit, Service};
use souk_contract::order::Order;
use souk_contract::payment::Payment;
use souk_contract::product::Product;
use souk_contract::user::User;
use souk_db::{Db, DbConfig, Migration};
use souk_redis::Redis;
use souk_rpc::{InternalSecret, Remote, RemoteConfig, Traced};
use souk_types::{Chance, Clock};

use crate::config::Database;
use crate::data_dir::SearchFolder;
use crate::{DataDir, Role, ShopConfig};

/// What a shop is built from; everything that is not code.
#[derive(Clone)]
pub struct World {
    pub config: Arc<ShopConfig>,
    pub data: DataDir,
    pub clock: Clock,
    pub chance: Chance,
    pub secret: InternalSecret,
    /// Where this process listens for the other roles, when it is one of several replicas.
    pub internal_listen: Option<SocketAddr>,
    pub remotes: Remotes,
    /// Mailbox page, sandbox controls and fail points are on.
    pub dev: bool,
}

/// Clients of the roles that run elsewhere, one for each: what one caller finds out about a replica, all know.
#[derive(Clone, Default)]
pub struct Remotes(Arc<Mutex<BTreeMap<Role, Remote>>>);

/// Every contract of the shop: an object where the role runs here, a remote where it does not.
#[derive(Clone)]
pub struct Contracts {
    pub user: Arc<dyn User>,
    pub product: Arc<dyn Product>,
    pub payment: Arc<dyn Payment>,
    pub order: Arc<dyn Order>,
}

/// The services that run here, and the contracts of all.
pub struct Wired {
    pub services: Vec<Service>,
    pub contracts: Contracts,
    /// Every database that was opened for them.
    pub dbs: Vec<Db>,
    /// What they share with their replicas, if the configuration has one.
    pub redis: Option<Redis>,
    /// Whether they can do all of their work yet.
    pub ready: Vec<Ready>,
    /// Where the search index is kept, if the product role runs here.
    pub search_folder: Option<SearchFolder>,
}

/// Whether a service can do all of its work yet, such as search.
pub type Ready = Arc<dyn Fn() -> bool + Send + Sync>;

/// An object whose calls are spans, where traces are recorded; a remote makes spans by itself.
macro_rules! traced {
    ($contract:expr) => {
        if souk_trace::is_on() { Arc::new(Traced($contract)) } else { $contract }
    };
}

/// Builds the roles that run in this process.
pub async fn wire(world: &World, roles: &[Role]) -> Result<Wired> {
    let config = &world.config;
    let redis = config.redis.open()?;
    let kit = async |role: Role| kit(world, role, redis.clone()).await;
    let here = |role: Role| roles.contains(&role);
    let (mut services, mut dbs, mut ready) = (Vec::new(), Vec::new(), Vec::new());
    let mut search_folder = None;

    let user: Arc<dyn User> = if here(Role::User) {
        let built = souk_user::build(config.user.clone(), kit(Role::User).await?);
        services.push(built.service);
        traced!(built.contract)
    } else {
        Arc::new(remote(world, Role::User)?)
    };

    let product: Arc<dyn Product> = if here(Role::Product) {
        let kit = kit(Role::Product).await?;
        let folder = search_folder.insert(world.data.search_index()?);
        let built = souk_product::build(config.product.clone(), kit, folder.path.clone());
        services.push(built.service);
        ready.push(built.search_is_complete);
        traced!(built.contract)
    } else {
        Arc::new(remote(world, Role::Product)?)
    };

    let payment: Arc<dyn Payment> = if here(Role::Payment) {
        let sandbox = open(world, "sandbox", souk_payment::SANDBOX_MIGRATIONS).await?;
        dbs.push(sandbox.clone());
        let built = souk_payment::build(config.payment.clone(), kit(Role::Payment).await?, Some(sandbox))?;
        services.push(built.service);
        traced!(built.contract)
    } else {
        Arc::new(remote(world, Role::Payment)?)
    };

    let order: Arc<dyn Order> = if here(Role::Order) {
        config.order.validate()?;
        let kit = kit(Role::Order).await?;
        let (product, payment, user) = (Arc::clone(&product), Arc::clone(&payment), Arc::clone(&user));
        let built = souk_order::build(config.order.clone(), kit, product, payment, user);
        services.push(built.service);
        traced!(built.contract)
    } else {
        Arc::new(remote(world, Role::Order)?)
    };

    if here(Role::Notification) {
        let built = souk_notification::build(config.notification.clone(), kit(Role::Notification).await?)?;
        services.push(built.service);
    }

    dbs.extend(services.iter().map(|service: &Service| service.db.clone()));
    let contracts = Contracts { user, product, payment, order };
    Ok(Wired { services, contracts, dbs, ready, search_folder, redis })
}

/// A client of a role in other processes.
pub fn remote(world: &World, role: Role) -> Result<Remote> {
    let mut known = world.remotes.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(remote) = known.get(&role) {
        return Ok(remote.clone());
    }
    let urls = world.config.peers.urls(role);
    let remote = Remote::pool(role.name(), urls, world.secret.clone(), patience(world, role));
    let remote = remote.with_context(|| format!("peers.{role}"))?;
    known.insert(role, remote.clone());
    Ok(remote)
}

/// A payment role may wait for its provider, and then still has to write down what it was told.
fn patience(world: &World, role: Role) -> RemoteConfig {
    let patience = RemoteConfig::default();
    if role != Role::Payment {
        return patience;
    }
    let provider = Duration::from_millis(world.config.payment.provider_timeout_ms);
    RemoteConfig { timeout: patience.timeout.max(provider + Duration::from_secs(5)), ..patience }
}

/// Opens and migrates the database of a role.
pub async fn open_db(world: &World, role: Role) -> Result<Db> {
    open(world, role.name(), migrations(role)).await
}

/// What the database of a role is made of.
pub fn migrations(role: Role) -> &'static [Migration] {
    match role {
        Role::User => souk_user::MIGRATIONS,
        Role::Product => souk_product::MIGRATIONS,
        Role::Payment => souk_payment::MIGRATIONS,
        Role::Order => souk_order::MIGRATIONS,
        Role::Notification => souk_notification::MIGRATIONS,
        Role::Gateway => &[],
    }
}

/// Which database a service has by the configuration.
pub fn db_config(world: &World) -> DbConfig {
    match &world.config.database {
        Database::Sqlite => DbConfig::sqlite(world.data.path()),
        Database::Postgres { url } => DbConfig::postgres(url),
    }
}

async fn kit(world: &World, role: Role, redis: Option<Redis>) -> Result<Kit> {
    let db = open_db(world, role).await?;
    Ok(Kit { db, redis, clock: world.clock.clone(), chance: world.chance.clone(), dev: world.dev })
}

async fn open(world: &World, name: &str, migrations: &'static [Migration]) -> Result<Db> {
    Db::open_with_clock(&db_config(world), name, migrations, world.clock.clone())
        .await
        .with_context(|| format!("cannot open the database of `{name}`"))
}
