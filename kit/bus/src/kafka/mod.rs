//! The bus over Kafka.
//!
//! ```text
//! Relay ─ idempotent, acks = all ─▶ topic souk.events ─ key = aggregate ─▶ partition ─▶ Receiver ─▶ inboxes ─▶ offset
//!                                                                            └ unreadable ─▶ souk.dead.payment
//! ```
//!
//! There is one topic: each event stands in it once, in the partition of its aggregate, which keeps the order. Every
//! service is a consumer group that reads everything and keeps what it hears of; its replicas share the partitions.
//! An offset is committed after the inbox. So whatever a rebalance or a crash makes of it, a receiver begins at a
//! place before which its inbox is complete: it may repeat events, and it cannot skip or overtake one.

mod client;
mod publisher;
mod receiver;

use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;
use souk_rpc::Error;
use souk_types::Clock;

pub(crate) use client::backlog;
pub(crate) use publisher::Publisher;
pub(crate) use receiver::receive;

use crate::routes::services_of;
use crate::{KafkaConfig, Routes};

pub struct Kafka {
    config: KafkaConfig,
    routes: Routes,
    clock: Clock,
    topics_exist: AtomicBool,
}

impl Kafka {
    pub(crate) fn new(routes: Routes, config: &KafkaConfig, clock: Clock) -> Result<Kafka, Error> {
        let kafka = Kafka { config: config.clone(), routes, clock, topics_exist: AtomicBool::new(false) };
        // Finds what is misspelled while somebody looks; it does not connect.
        kafka.client().create_native_config().map_err(failed)?;
        Ok(kafka)
    }

    pub(crate) fn routes(&self) -> Routes {
        self.routes
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Every service that hears of something.
    fn services(&self) -> Vec<&'static str> {
        services_of(self.routes)
    }

    fn topic(&self) -> String {
        format!("{}.events", self.config.prefix)
    }

    /// Where a service puts what it cannot read.
    fn dead_topic(&self, service: &str) -> String {
        format!("{}.dead.{service}", self.config.prefix)
    }

    fn group(&self, service: &str) -> String {
        format!("{}.{service}", self.config.prefix)
    }

    /// What all clients have in common. By default they look for a broker that has returned after up to ten seconds,
    /// and wait a minute for one that hangs.
    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.config.brokers)
            .set("client.id", "souk")
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "1000")
            .set("socket.connection.setup.timeout.ms", "3000")
            .set("socket.timeout.ms", "6000")
            .set("log.connection.close", "false");
        config
    }

    /// As far as this process knows.
    fn topics_exist(&self) -> bool {
        self.topics_exist.load(Ordering::Relaxed)
    }

    fn note_that_topics_exist(&self) {
        self.topics_exist.store(true, Ordering::Relaxed);
    }
}

fn failed(error: KafkaError) -> Error {
    Error::unavailable(format!("Kafka: {error}"))
}
