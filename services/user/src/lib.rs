//! Who signs in: users, sessions, staff and API keys.
//!
//! Architecture invariant: nothing that a stranger can observe depends on whether an address has an account.
//! What must depend on it, the mails, is decided beside the request (`flows/answer_mail_requests.rs`).

mod config;
pub mod domain;
mod error;
mod flows;
mod hasher;
mod routes;
mod service;
mod store;
mod touches;
mod workers;

use std::sync::Arc;

use souk_app::{Kit, Service};
use souk_contract::user::User;
use souk_db::{Db, Migration};
use souk_limiter::{KEYS_MAX, Limiter, Quota};
use souk_types::{Chance, Clock};
use tokio::sync::Notify;

pub use config::UserConfig;
use domain::Lifetimes;
use hasher::Hasher;
use touches::Touches;

/// The schema of the service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "users", sql: include_str!("../migrations/101_init.sql") },
    Migration {
        version: 102,
        name: "webhook_permissions",
        sql: include_str!("../migrations/102_webhook_permissions.sql"),
    },
];

/// The source of the service's events, and its name.
const NAME: &str = "user";

/// The service and what the others may ask of it.
pub struct Built {
    pub service: Service,
    pub contract: Arc<dyn User>,
}

/// Puts the service together; nothing runs yet.
pub fn build(config: UserConfig, kit: Kit) -> Built {
    let quota = Quota::new(config.mails_per_minute, config.mails_burst);
    let mails = match kit.redis {
        Some(redis) => Limiter::redis(redis, "mails", quota),
        None => Limiter::memory_with(quota, KEYS_MAX, kit.clock.clone()),
    };
    let deps = Deps {
        db: kit.db.clone(),
        hasher: Arc::new(Hasher::new(&config, kit.chance.clone())),
        mails: Arc::new(mails),
        touches: Arc::default(),
        mail_asked: Arc::default(),
        clock: kit.clock,
        chance: kit.chance,
        config: Arc::new(config),
    };
    let contract: Arc<dyn User> = Arc::new(service::UserService { deps: deps.clone() });
    let service = Service {
        name: NAME,
        db: kit.db,
        rpc: <dyn User as souk_rpc::Contract>::routes(Arc::clone(&contract)),
        public: routes::router(&deps),
        consumers: Vec::new(),
        workers: workers::workers(&deps),
    };
    Built { service, contract }
}

/// What every flow stands on.
#[derive(Clone)]
struct Deps {
    db: Db,
    clock: Clock,
    chance: Chance,
    config: Arc<UserConfig>,
    hasher: Arc<Hasher>,
    /// How many mails may be asked for one address.
    mails: Arc<Limiter>,
    touches: Arc<Touches>,
    /// Rings when a mail was asked for.
    mail_asked: Arc<Notify>,
}

impl Deps {
    fn lifetimes(&self) -> Lifetimes {
        let days = |days: u32| config::minutes(days.saturating_mul(24 * 60));
        Lifetimes {
            idle: days(self.config.session_idle_days),
            most: days(self.config.session_days_max),
            seen_every: self.config.seen_every(),
        }
    }
}
