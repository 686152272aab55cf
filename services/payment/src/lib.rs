//! Money: authorizations, captures, refunds, the ledger, and the providers behind them.
//!
//! Architecture invariant: only a provider's word moves a payment's state, and a missing answer is `unknown`, never
//! a no. No provider is called inside a transaction; every call carries a reference of ours and may be repeated.

mod config;
pub mod domain;
mod error;
mod flows;
pub mod providers;
mod reactions;
mod routes;
pub mod secrets;
mod service;
pub mod store;
mod workers;

use std::sync::Arc;

use souk_app::{Kit, Service};
use souk_contract::payment::Payment;
use souk_db::{Db, Migration};
use souk_types::{Chance, Clock};
use tokio::sync::Notify;

pub use config::{
    CaptureMode, ManualConfig, ManualMethod, PaymentConfig, ProviderConfig, ReconcileConfig, SandboxConfig,
    StripeConfig, WebhookConfig,
};
use domain::Pace;
use providers::stripe::StripeError;
use providers::{ProviderParts, Providers};

/// The schema of the service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "payments", sql: include_str!("../migrations/101_init.sql") },
    Migration { version: 102, name: "providers", sql: include_str!("../migrations/102_providers.sql") },
];

/// The schema of the sandbox's own database, `sandbox`.
pub const SANDBOX_MIGRATIONS: &[Migration] =
    &[Migration { version: 101, name: "sandbox", sql: include_str!("../migrations/sandbox_101_init.sql") }];

/// The source of the service's events, and its name.
const NAME: &str = "payment";

/// The service and what the others may ask of it.
pub struct Built {
    pub service: Service,
    pub contract: Arc<dyn Payment>,
}

/// Puts the service together with the providers of its configuration; nothing runs yet.
pub fn build(config: PaymentConfig, kit: Kit, sandbox_db: Option<Db>) -> Result<Built, StripeError> {
    let parts = ProviderParts::from_config(&config, &kit, sandbox_db)?;
    Ok(build_with(config, kit, parts))
}

/// As [`build`], with providers of the caller's.
pub fn build_with(config: PaymentConfig, kit: Kit, parts: ProviderParts) -> Built {
    let deps = Deps {
        db: kit.db.clone(),
        clock: kit.clock,
        chance: kit.chance,
        config: Arc::new(config),
        providers: parts.providers,
        webhook_kept: Arc::default(),
    };
    let contract: Arc<dyn Payment> = Arc::new(service::PaymentService { deps: deps.clone() });
    let challenges = parts.sandbox.as_ref().filter(|_| kit.dev);
    let challenges = challenges.map(|parts| providers::sandbox::dev_routes(Arc::clone(&parts.sandbox)));
    let service = Service {
        name: NAME,
        db: kit.db,
        rpc: <dyn Payment as souk_rpc::Contract>::routes(Arc::clone(&contract)),
        public: routes::router(&deps, challenges),
        consumers: vec![reactions::consumer(&deps)],
        workers: workers::workers(&deps, parts.sandbox),
    };
    Built { service, contract }
}

/// What every flow stands on.
#[derive(Clone)]
pub(crate) struct Deps {
    db: Db,
    clock: Clock,
    chance: Chance,
    config: Arc<PaymentConfig>,
    providers: Providers,
    /// Rings when a webhook was kept.
    webhook_kept: Arc<Notify>,
}

impl Deps {
    fn pace(&self) -> Pace {
        self.config.reconcile.pace()
    }
}
