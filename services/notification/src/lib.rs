//! Tells people by mail what happened to their orders and accounts, and merchants' programs by webhooks.
//!
//! A reaction renders the mail and writes it down in the batch that marks its event done; a worker hands it over
//! afterwards. So there is one mail per order and kind, whatever is repeated, retried or killed in between.
//!
//! Architecture invariants: nothing here calls another service, because events carry what a mail needs. No mail
//! server is spoken to while anybody waits for an answer.

mod config;
pub mod domain;
mod flows;
pub mod mailer;
mod reactions;
mod routes;
mod sender;
mod store;
mod templates;
mod workers;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use souk_app::{Kit, Service};
use souk_db::{Db, Migration};
use souk_types::{Chance, Clock};
use tokio::sync::Notify;

pub use config::{ConfigError, NotificationConfig, Security, Smtp, Webhooks};
use mailer::{MailboxMailer, Mailer, SmtpMailer};
use sender::Sender;
use templates::Templates;

/// The schema of the service's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 101, name: "mails", sql: include_str!("../migrations/101_init.sql") },
    Migration { version: 102, name: "traces", sql: include_str!("../migrations/102_traces.sql") },
    Migration { version: 103, name: "webhooks", sql: include_str!("../migrations/103_webhooks.sql") },
];

const NAME: &str = "notification";

/// Hears of everything that merchants may want to hear of.
const WEBHOOKS: &str = "notification.webhooks";

/// The service; nobody asks it anything, so there is no contract.
pub struct Built {
    pub service: Service,
}

/// Puts the service together with the mailer that the configuration names; nothing runs yet.
pub fn build(config: NotificationConfig, kit: Kit) -> Result<Built, ConfigError> {
    let mailer: Arc<dyn Mailer> = match &config.smtp {
        Some(smtp) => Arc::new(SmtpMailer::new(smtp, &config.from)?),
        None => Arc::new(MailboxMailer::new(kit.clock.clone())),
    };
    build_with(config, kit, mailer)
}

/// As [`build`], with a mailer of your own.
pub fn build_with(
    config: NotificationConfig,
    kit: Kit,
    mailer: Arc<dyn Mailer>,
) -> Result<Built, ConfigError> {
    config.check()?;
    let within = Duration::from_secs(config.webhooks.timeout_seconds);
    let sender = Sender::new(config.webhooks.allow_private, within).map_err(ConfigError::Webhooks)?;
    let deps = Deps {
        db: kit.db.clone(),
        templates: Arc::new(Templates::compile(&config)?),
        mailer,
        mail_queued: Arc::default(),
        sender: Arc::new(sender),
        delivery_queued: Arc::default(),
        clock: kit.clock,
        chance: kit.chance,
        config: Arc::new(config),
    };
    let service = Service {
        name: NAME,
        db: kit.db,
        rpc: Router::new(),
        public: routes::router(&deps, kit.dev),
        consumers: vec![reactions::consumer(&deps), reactions::webhooks(&deps)],
        workers: workers::workers(&deps),
    };
    Ok(Built { service })
}

/// What every flow stands on.
#[derive(Clone)]
struct Deps {
    db: Db,
    clock: Clock,
    chance: Chance,
    config: Arc<NotificationConfig>,
    templates: Arc<Templates>,
    mailer: Arc<dyn Mailer>,
    /// Rings when a mail was queued.
    mail_queued: Arc<Notify>,
    sender: Arc<Sender>,
    /// Rings when there may be something for a webhook.
    delivery_queued: Arc<Notify>,
}
