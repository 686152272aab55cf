//! What a shop of replicas stands on: PostgreSQL, Redis and a broker. The shops of a test run share the servers, and
//! each has databases, keys and queues of its own.

use anyhow::Result;
use souk_testkit::{SharedKafka, SharedPostgres, SharedRabbit, SharedRedis};

use crate::topology::Broker;

/// Joined for as long as this lives; the databases go with it.
pub(crate) struct Backing {
    postgres: SharedPostgres,
    redis: SharedRedis,
    broker: Carrier,
}

enum Carrier {
    RabbitMq(SharedRabbit),
    Kafka(SharedKafka),
}

impl Backing {
    pub(crate) fn join(broker: Broker) -> Result<Backing> {
        let (postgres, redis) = (SharedPostgres::join()?, SharedRedis::join()?);
        Ok(Backing { postgres, redis, broker: Carrier::join(broker)? })
    }

    /// The tables of the shop's configuration that name it all.
    pub(crate) fn settings(&self) -> String {
        let Backing { postgres, redis, broker } = self;
        let database = format!("[database]\nengine = \"postgres\"\nurl = \"{}\"\n", postgres.url());
        let redis = format!("[redis]\nurl = \"{}\"\nprefix = \"{}\"\n", redis.url(), redis.prefix);
        let (transport, address, prefix) = match broker {
            Carrier::RabbitMq(node) => ("rabbitmq", format!("url = \"{}\"", node.url()), &node.prefix),
            Carrier::Kafka(node) => ("kafka", format!("brokers = \"{}\"", node.brokers()), &node.prefix),
        };
        let bus = format!("[bus]\ntransport = \"{transport}\"\n{address}\nprefix = \"{prefix}\"\n");
        format!("\n{database}{redis}{bus}")
    }
}

impl Carrier {
    fn join(broker: Broker) -> Result<Carrier> {
        match broker {
            Broker::RabbitMq => SharedRabbit::join().map(Carrier::RabbitMq),
            Broker::Kafka => SharedKafka::join().map(Carrier::Kafka),
        }
    }
}
