//! The bus as services and wiring see it.

use std::sync::Arc;

use axum::Router;
use serde::Serialize;
use souk_db::Db;
use souk_rpc::Error;
use souk_types::Clock;

use crate::direct::{self, Direct};
use crate::intake::Intake;
#[cfg(feature = "kafka")]
use crate::kafka::{self, Kafka};
use crate::publisher::Publisher;
use crate::rabbitmq::{self, RabbitMq};
use crate::receiver::Source;
use crate::{KafkaConfig, RabbitMqConfig, Receiver, Routes, Sink, sink};

/// How envelopes travel. A closed set: each variant is a file or folder of this crate. Cloning it shares it.
#[derive(Clone)]
pub enum Bus {
    /// Straight into the consumers' inboxes, in this process or over HTTP.
    Direct(Arc<Direct>),
    /// Through RabbitMQ: a quorum queue per service.
    RabbitMq(Arc<RabbitMq>),
    /// Through Kafka: one topic, a consumer group per service.
    #[cfg(feature = "kafka")]
    Kafka(Arc<Kafka>),
}

/// What a broker holds for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backlog {
    pub service: &'static str,
    /// Confirmed to whoever stated them, and not received yet. It may count events that no one of the service hears of.
    pub waiting: u64,
    /// Set aside: messages that are no envelopes, or that came back too often.
    pub dead: u64,
}

impl Bus {
    /// A bus without a broker. `sinks` names, by service, where the consumers of `routes` live.
    pub fn direct(
        routes: Routes,
        sinks: impl IntoIterator<Item = (&'static str, Sink)>,
        clock: Clock,
    ) -> Result<Bus, Error> {
        Ok(Bus::Direct(Arc::new(Direct::new(routes, sinks.into_iter().collect(), clock)?)))
    }

    /// A bus over RabbitMQ. It connects when something is to be sent or received, so a broker that is away does not
    /// keep a shop from opening.
    pub fn rabbitmq(routes: Routes, config: &RabbitMqConfig, clock: Clock) -> Result<Bus, Error> {
        Ok(Bus::RabbitMq(Arc::new(RabbitMq::new(routes, config, clock)?)))
    }

    /// A bus over Kafka, likewise.
    #[cfg(feature = "kafka")]
    pub fn kafka(routes: Routes, config: &KafkaConfig, clock: Clock) -> Result<Bus, Error> {
        Ok(Bus::Kafka(Arc::new(Kafka::new(routes, config, clock)?)))
    }

    /// This build knows no Kafka.
    #[cfg(not(feature = "kafka"))]
    pub fn kafka(_routes: Routes, _config: &KafkaConfig, _clock: Clock) -> Result<Bus, Error> {
        Err(Error::internal("this binary was built without Kafka; build it with `--features kafka`"))
    }

    /// What the internal listener serves, so that other processes reach the consumers that live here. With a broker
    /// nobody needs it.
    pub fn accept_routes(&self) -> Router {
        match self {
            Bus::Direct(direct) => sink::accept_routes(Arc::clone(direct)),
            Bus::RabbitMq(_) => Router::new(),
            #[cfg(feature = "kafka")]
            Bus::Kafka(_) => Router::new(),
        }
    }

    /// The worker that fills the inboxes of a service of this process. None without a broker, and for a service that
    /// hears of nothing.
    pub fn receiver(&self, service: &'static str, db: Db) -> Option<Receiver> {
        let (routes, clock, from) = match self {
            Bus::Direct(_) => return None,
            Bus::RabbitMq(rabbit) => (rabbit.routes(), rabbit.clock(), Source::RabbitMq(Arc::clone(rabbit))),
            #[cfg(feature = "kafka")]
            Bus::Kafka(kafka) => (kafka.routes(), kafka.clock(), Source::Kafka(Arc::clone(kafka))),
        };
        let intake = Intake::of(service, routes, db, clock.clone())?;
        Some(Receiver { intake, from })
    }

    /// What the broker holds, by service. Empty without a broker: then the outboxes and inboxes hold everything.
    pub async fn backlog(&self) -> Result<Vec<Backlog>, Error> {
        match self {
            Bus::Direct(_) => Ok(Vec::new()),
            Bus::RabbitMq(rabbit) => rabbitmq::backlog(rabbit).await,
            #[cfg(feature = "kafka")]
            Bus::Kafka(kafka) => kafka::backlog(kafka).await,
        }
    }

    /// `service` is whose outbox is relayed.
    pub(crate) fn publisher(&self, service: &'static str) -> Publisher {
        match self {
            Bus::Direct(direct) => Publisher::Direct(direct::Publisher::new(Arc::clone(direct))),
            Bus::RabbitMq(rabbit) => {
                Publisher::RabbitMq(Box::new(rabbitmq::Publisher::new(Arc::clone(rabbit), service)))
            }
            #[cfg(feature = "kafka")]
            Bus::Kafka(kafka) => Publisher::Kafka(kafka::Publisher::new(Arc::clone(kafka))),
        }
    }
}
