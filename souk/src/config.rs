//! The configuration of a shop: one TOML file, each service its own table. `souk config` prints it with comments.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};
use souk_app::telemetry::LogFormat;
use souk_bus::{KafkaConfig, RabbitMqConfig};
use souk_gateway::{GatewayConfig, StorefrontConfig};
use souk_notification::NotificationConfig;
use souk_order::OrderConfig;
use souk_payment::PaymentConfig;
use souk_product::ProductConfig;
use souk_redis::RedisConfig;
use souk_trace::TelemetryConfig;
use souk_user::UserConfig;

use crate::Role;

/// What `souk config` prints: every setting with its default and what it is for.
pub const COMMENTED_DEFAULT: &str = include_str!("../config.default.toml");

/// Everything that can be set. What is absent has the default that `souk config` shows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShopConfig {
    pub shop: About,
    pub log: Log,
    pub telemetry: TelemetryConfig,
    pub database: Database,
    pub bus: Transport,
    pub peers: Peers,
    pub redis: RedisConfig,
    pub gateway: GatewayConfig,
    pub storefront: StorefrontConfig,
    pub user: UserConfig,
    pub product: ProductConfig,
    pub payment: PaymentConfig,
    pub order: OrderConfig,
    pub notification: NotificationConfig,
}

/// Where the shop listens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// Address of the public listener.
    pub listen: SocketAddr,
    /// How long the public door still answers after SIGTERM, while `/readyz` says 503 so that a balancer looks
    /// elsewhere. A shop on SQLite closes at once: nobody else could serve.
    pub linger_ms: u64,
}

impl Default for About {
    fn default() -> About {
        About { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), linger_ms: 3_000 }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// In the syntax of `RUST_LOG`.
    pub filter: String,
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Log {
        Log { filter: "info".to_owned(), format: LogFormat::Auto }
    }
}

/// Each service has a database of its own, all of one kind.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "engine", rename_all = "snake_case", deny_unknown_fields)]
pub enum Database {
    /// Files in the data folder.
    #[default]
    Sqlite,
    /// A server; `{name}` in the URL becomes the service's name.
    Postgres { url: String },
}

/// How events travel from service to service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "transport", rename_all = "lowercase", deny_unknown_fields)]
pub enum Transport {
    /// From service to service, in this process or over HTTP; no broker.
    #[default]
    Direct,
    /// Through RabbitMQ.
    RabbitMq(RabbitMqConfig),
    /// Through Kafka, in a binary that was built with the feature `kafka`.
    Kafka(KafkaConfig),
}

/// Where each role's internal listeners are, when the roles run in several processes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Peers {
    /// A file with the secret that opens the internal listeners, the same for all processes of a shop. Without one it
    /// is made in the data folder, which is enough where all share the folder.
    pub secret_file: Option<PathBuf>,
    pub user: Urls,
    pub product: Urls,
    pub payment: Urls,
    pub order: Urls,
    pub notification: Urls,
    pub gateway: Urls,
}

impl Default for Peers {
    fn default() -> Peers {
        let at = |port: u16| Urls(vec![format!("http://127.0.0.1:{port}")]);
        Peers {
            secret_file: None,
            user: at(7401),
            product: at(7402),
            payment: at(7403),
            order: at(7404),
            notification: at(7405),
            gateway: at(7406),
        }
    }
}

impl Peers {
    /// The URLs of a role's internal listeners, one for each replica. There is at least one.
    pub fn urls(&self, role: Role) -> &[String] {
        let Urls(urls) = match role {
            Role::User => &self.user,
            Role::Product => &self.product,
            Role::Payment => &self.payment,
            Role::Order => &self.order,
            Role::Notification => &self.notification,
            Role::Gateway => &self.gateway,
        };
        urls
    }
}

/// One URL, or a list with one for each replica.
#[derive(Debug, Clone)]
pub struct Urls(Vec<String>);

impl<'de> Deserialize<'de> for Urls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Urls, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a URL or a list of URLs")]
        enum Written {
            One(String),
            Several(Vec<String>),
        }
        let urls = match Written::deserialize(deserializer)? {
            Written::One(url) => vec![url],
            Written::Several(urls) => urls,
        };
        if urls.is_empty() {
            return Err(serde::de::Error::custom("a role needs at least one URL"));
        }
        Ok(Urls(urls))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_default_is_the_default_and_names_every_setting() {
        let printed: ShopConfig = toml::from_str(COMMENTED_DEFAULT).expect("the default can be read");
        let default = format!("{:#?}", ShopConfig::default());
        assert_eq!(format!("{printed:#?}"), default);
        let settings = default.lines().filter_map(|line| line.trim().split_once(": "));
        for (name, _) in
            settings.filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        {
            assert!(COMMENTED_DEFAULT.contains(name), "{name} is missing in config.default.toml");
        }
    }

    #[test]
    fn each_transport_of_events_can_be_chosen() {
        let chosen =
            |toml: &str| toml::from_str::<ShopConfig>(&format!("[bus]\n{toml}")).map(|config| config.bus);
        assert!(matches!(chosen("transport = \"direct\""), Ok(Transport::Direct)));
        let rabbit = chosen("transport = \"rabbitmq\"\nurl = \"amqp://localhost\"");
        assert!(matches!(rabbit, Ok(Transport::RabbitMq(config)) if config.prefix == "souk"));
        let kafka = chosen("transport = \"kafka\"\nbrokers = \"localhost:9092\"\npartitions = 3");
        assert!(matches!(kafka, Ok(Transport::Kafka(config)) if config.partitions == 3));
        assert!(chosen("transport = \"rabbitmq\"").is_err(), "a broker has an address");
        assert!(chosen("transport = \"rabbitmq\"\nurl = \"amqp://localhost\"\nurls = 1").is_err());
    }

    #[test]
    fn a_role_has_one_url_or_one_for_each_replica() {
        let toml = "[peers]\norder = [\"http://a:7404\", \"http://b:7404\"]\nuser = \"http://c:7401\"";
        let config: ShopConfig = toml::from_str(toml).expect("a configuration");
        assert_eq!(config.peers.urls(Role::Order), ["http://a:7404", "http://b:7404"]);
        assert_eq!(config.peers.urls(Role::User), ["http://c:7401"]);
        assert!(toml::from_str::<ShopConfig>("[peers]\norder = []").is_err());
        assert!(toml::from_str::<ShopConfig>("[peers]\norder = 7404").is_err());
    }

    #[test]
    fn a_misspelled_setting_is_refused() {
        assert!(toml::from_str::<ShopConfig>("[order]\nhold_minuts = 3").is_err());
    }
}
