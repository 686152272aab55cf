//! The brokers under the tests, each with names of the test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
#[cfg(feature = "kafka")]
use rdkafka::{
    config::ClientConfig,
    mocking::MockCluster,
    producer::{DefaultProducerContext, FutureProducer, FutureRecord},
};
#[cfg(feature = "kafka")]
use souk_bus::KafkaConfig;
use souk_bus::{Bus, RabbitMqConfig, Routes};
use souk_testkit::SharedRabbit;
use souk_types::Clock;

pub(crate) enum Transport {
    Direct,
    RabbitMq {
        url: String,
        prefix: String,
        _node: Option<SharedRabbit>,
    },
    /// A cluster inside of the test's process, which speaks Kafka's protocol over sockets.
    #[cfg(feature = "kafka")]
    Kafka {
        cluster: MockCluster<'static, DefaultProducerContext>,
        prefix: String,
    },
}

impl Transport {
    /// The node that all tests share.
    pub(crate) fn rabbitmq() -> Transport {
        let node = SharedRabbit::join().expect("RabbitMQ for the test");
        Transport::RabbitMq { url: node.url(), prefix: prefix(), _node: Some(node) }
    }

    /// A node of the test's own.
    pub(crate) fn rabbitmq_at(url: String) -> Transport {
        Transport::RabbitMq { url, prefix: prefix(), _node: None }
    }

    #[cfg(feature = "kafka")]
    pub(crate) fn kafka() -> Transport {
        let (cluster, prefix) = (MockCluster::new(3).expect("Kafka for the test"), prefix());
        // It creates no topics on request.
        cluster.create_topic(&format!("{prefix}.events"), 6, 3).expect("a topic");
        for service in ["payment", "notification"] {
            cluster.create_topic(&format!("{prefix}.dead.{service}"), 1, 3).expect("a topic");
        }
        Transport::Kafka { cluster, prefix }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Transport::Direct => "direct",
            Transport::RabbitMq { .. } => "RabbitMQ",
            #[cfg(feature = "kafka")]
            Transport::Kafka { .. } => "Kafka",
        }
    }

    pub(crate) fn bus(&self, routes: Routes, clock: &Clock) -> Option<Bus> {
        match self {
            Transport::Direct => None,
            Transport::RabbitMq { url, prefix, .. } => {
                let config = RabbitMqConfig { url: url.clone(), prefix: prefix.clone() };
                Some(Bus::rabbitmq(routes, &config, clock.clone()).unwrap())
            }
            #[cfg(feature = "kafka")]
            Transport::Kafka { cluster, prefix } => {
                let brokers = cluster.bootstrap_servers();
                let config = KafkaConfig { brokers, prefix: prefix.clone(), partitions: 6 };
                Some(Bus::kafka(routes, &config, clock.clone()).unwrap())
            }
        }
    }

    /// What exchanges, queues, topics and groups of this test begin with.
    pub(crate) fn prefix(&self) -> &str {
        match self {
            Transport::Direct => "",
            Transport::RabbitMq { prefix, .. } => prefix,
            #[cfg(feature = "kafka")]
            Transport::Kafka { prefix, .. } => prefix,
        }
    }

    /// Puts a message of somebody else's making where `payment` finds it.
    pub(crate) async fn inject(&self, body: &[u8]) {
        match self {
            Transport::Direct => panic!("there is no broker to put it into"),
            Transport::RabbitMq { url, prefix, .. } => {
                let (_connection, channel) = channel(url).await;
                let (exchange, options) = (format!("{prefix}.events"), BasicPublishOptions::default());
                let properties = BasicProperties::default();
                channel
                    .basic_publish(exchange.into(), "payment".into(), options, body, properties)
                    .await
                    .unwrap();
                channel.close(200, "done".into()).await.unwrap();
            }
            #[cfg(feature = "kafka")]
            Transport::Kafka { cluster, prefix } => {
                let topic = format!("{prefix}.events");
                let mut config = ClientConfig::new();
                config.set("bootstrap.servers", cluster.bootstrap_servers());
                let producer: FutureProducer = config.create().unwrap();
                let record = FutureRecord::to(&topic).key("somebody else").payload(body);
                producer.send(record, std::time::Duration::from_secs(5)).await.unwrap();
            }
        }
    }
}

/// A client of the broker that is not the shop's.
pub(crate) async fn channel(url: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("t{}x{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
