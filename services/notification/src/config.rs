//! What a shop can set about its mails. The doc comments are the manual.

use std::fmt;
use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::Deserialize;

/// `[notification]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationConfig {
    /// Whom mails come from, such as `Souk <orders@shop.example>`.
    pub from: String,
    /// How the shop calls itself in its mails.
    pub shop_name: String,
    /// Where the storefront is; links in mails begin with it.
    pub shop_url: String,
    /// The mail server. Without one, mails land in the table `mailbox` (see `/dev/mailbox` with `--dev`).
    pub smtp: Option<Smtp>,
    /// A folder with templates of your own: `<locale>/<kind>.html`, `.txt` and `.subject`, such as
    /// `de/order.placed.html`. What is missing there is taken from the built-in ones.
    pub templates_dir: Option<PathBuf>,
    /// How often a mail is tried before it counts as failed. The pauses grow from 5 seconds to 1 hour, so that 30
    /// attempts take about 21 hours.
    pub attempts_max: u32,
    /// For how long the text of a sent mail is kept, since it says a lot about somebody. That it was sent is kept.
    pub bodies_kept_days: u32,
    /// Where the shop's events go beside the mails.
    pub webhooks: Webhooks,
}

/// `[notification.webhooks]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webhooks {
    /// Whether addresses on private networks may be called, and loopback ones without TLS. For a developer's own machine
    /// and tests: in a real shop it lets staff reach whatever the shop's machines reach.
    pub allow_private: bool,
    /// How many webhooks there may be.
    pub webhooks_max: u32,
    /// Deliveries on their way at once from one process; and to one webhook, so that a slow one leaves room.
    pub at_once: u32,
    pub at_once_each: u32,
    /// How long a receiver may take, from the resolution of its name to the end of its answer.
    pub timeout_seconds: u64,
    /// For how long events are kept that everybody has, for replays. What is parked is kept.
    pub kept_days: u32,
}

impl Webhooks {
    fn check(&self) -> Result<(), ConfigError> {
        if !(1..=100).contains(&self.webhooks_max) {
            return Err(ConfigError::Value("webhooks.webhooks_max", "from 1 to 100"));
        }
        if !(1..=1_000).contains(&self.at_once) || !(1..=self.at_once).contains(&self.at_once_each) {
            return Err(ConfigError::Value(
                "webhooks.at_once",
                "from 1 to 1000, and no less than at_once_each",
            ));
        }
        if !(1..=20).contains(&self.timeout_seconds) {
            return Err(ConfigError::Value("webhooks.timeout_seconds", "from 1 to 20"));
        }
        if !(1..=3_650).contains(&self.kept_days) {
            return Err(ConfigError::Value("webhooks.kept_days", "from 1 to 3650"));
        }
        Ok(())
    }
}

impl Default for Webhooks {
    fn default() -> Webhooks {
        Webhooks {
            allow_private: false,
            webhooks_max: 20,
            at_once: 32,
            at_once_each: 4,
            timeout_seconds: 15,
            kept_days: 30,
        }
    }
}

/// `[notification.smtp]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    #[serde(default = "submission_port")]
    pub port: u16,
    #[serde(default)]
    pub security: Security,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    /// How long a connection, and each step on it, may take.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
    /// Connections at most, and mails handed over at the same time.
    #[serde(default = "connections")]
    pub connections: u32,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Upgraded with STARTTLS, or not used (usually port 587).
    #[default]
    Starttls,
    /// TLS from the first byte (usually port 465).
    Tls,
    /// In clear; with a password on this machine only.
    None,
}

/// A setting that mails cannot be sent with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("notification.from `{0}` is not a sender such as `Souk <orders@shop.example>`")]
    From(String),
    #[error("notification.{0} must be {1}")]
    Value(&'static str, &'static str),
    #[error("notification.smtp: {0}")]
    Smtp(String),
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(String),
    #[error("the mail template {0} cannot be used: {1}")]
    Template(String, String),
}

impl NotificationConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        sender(&self.from)?;
        let url = &self.shop_url;
        if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(char::is_whitespace) {
            return Err(ConfigError::Value("shop_url", "an address such as https://shop.example"));
        }
        if self.shop_name.trim().is_empty() {
            return Err(ConfigError::Value("shop_name", "a name"));
        }
        if !(1..=1_000).contains(&self.attempts_max) {
            return Err(ConfigError::Value("attempts_max", "from 1 to 1000"));
        }
        if self.bodies_kept_days == 0 {
            return Err(ConfigError::Value("bodies_kept_days", "1 or more"));
        }
        self.webhooks.check()
    }
}

/// Reads `from`.
pub(crate) fn sender(from: &str) -> Result<Mailbox, ConfigError> {
    from.parse().map_err(|_| ConfigError::From(from.to_owned()))
}

impl Default for NotificationConfig {
    fn default() -> NotificationConfig {
        NotificationConfig {
            from: "Souk <shop@localhost.localdomain>".to_owned(),
            shop_name: "Souk".to_owned(),
            shop_url: "http://localhost:8080".to_owned(),
            smtp: None,
            templates_dir: None,
            attempts_max: 30,
            bodies_kept_days: 30,
            webhooks: Webhooks::default(),
        }
    }
}

fn submission_port() -> u16 {
    587
}

fn timeout_seconds() -> u64 {
    15
}

fn connections() -> u32 {
    4
}

/// The password is not shown.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
