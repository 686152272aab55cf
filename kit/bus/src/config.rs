//! Which broker, as it stands in the shop's configuration. The doc comments are the manual.

use std::fmt;

use serde::Deserialize;

/// `transport = "rabbitmq"`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RabbitMqConfig {
    /// `amqp://user:password@host:5672/vhost`; the vhost `/` is written `%2f`.
    pub url: String,
    /// What the names of exchanges and queues begin with, so that shops can share a broker.
    #[serde(default = "prefix")]
    pub prefix: String,
}

/// `transport = "kafka"`, in a binary that was built with the feature `kafka`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:9092,host:9092`: some brokers of the cluster, which tell of the others.
    pub brokers: String,
    /// What the names of topics and consumer groups begin with, so that shops can share a cluster.
    #[serde(default = "prefix")]
    pub prefix: String,
    /// Partitions of the topic when it is created here: as many replicas of a service can receive at once. Changing
    /// the number of an existing topic changes which partition an order goes to, so it is never done here.
    #[serde(default = "partitions")]
    pub partitions: u16,
}

fn prefix() -> String {
    "souk".to_owned()
}

fn partitions() -> u16 {
    12
}

/// The URL may hold a password, so it is not shown.
impl fmt::Debug for RabbitMqConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitMqConfig").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_shown() {
        let json = r#"{"url": "amqp://souk:secret@rabbit/%2f"}"#;
        let config: RabbitMqConfig = serde_json::from_str(json).expect("a url is enough");
        assert!(!format!("{config:?}").contains("secret"));
        assert_eq!(config.prefix, "souk");
    }
}
