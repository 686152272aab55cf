//! The bus over RabbitMQ.
//!
//! ```text
//!                                  ┌▶ souk.payment  (quorum, one active consumer) ─▶ Receiver of one replica ─▶ inboxes
//! Relay ─ confirmed ─▶ souk.events ┤        └ unreadable, or 100 times returned ─▶ souk.dead ─▶ souk.payment.dead
//!                                  └▶ souk.product …
//! ```
//!
//! Every service has one queue, and of all replicas that listen to it the broker gives messages to one. That costs
//! nothing, since receiving is only a commit to the inbox, where all replicas share the work; and it keeps the
//! order. When that replica goes away, what it had not acknowledged returns to the head of the queue, in order.
//!
//! An event is published once for each service that hears of it, to its queue and no other, and *mandatory*: so a
//! confirmation means that this queue has it on disk, and a queue that is missing is noticed.

mod link;
mod publisher;
mod receiver;
mod topology;

use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri};
use souk_rpc::Error;
use souk_types::Clock;

pub(crate) use publisher::Publisher;
pub(crate) use receiver::receive;
pub(crate) use topology::backlog;

use crate::routes::services_of;
use crate::{RabbitMqConfig, Routes};

/// Silence of twice this long is a dead connection, in seconds. The URL may say otherwise.
const HEARTBEAT_S: u16 = 5;

/// The largest frame, in bytes. The client sets aside 64 of them for each connection.
const FRAME_BYTES_MAX: u32 = 16 << 10;

pub struct RabbitMq {
    uri: AMQPUri,
    prefix: String,
    routes: Routes,
    clock: Clock,
}

impl RabbitMq {
    pub(crate) fn new(routes: Routes, config: &RabbitMqConfig, clock: Clock) -> Result<RabbitMq, Error> {
        let mut uri: AMQPUri = config.url.parse().map_err(|reason| {
            Error::internal(format_args!("the url of RabbitMQ cannot be read: {reason}"))
        })?;
        if uri.scheme == AMQPScheme::AMQPS {
            return Err(Error::internal("RabbitMQ over TLS is not built in: put a TLS proxy in front of it"));
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        uri.query.frame_max.get_or_insert(FRAME_BYTES_MAX);
        Ok(RabbitMq { uri, prefix: config.prefix.clone(), routes, clock })
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

    /// Where events are published, with the service as routing key.
    fn exchange(&self) -> String {
        format!("{}.events", self.prefix)
    }

    fn queue(&self, service: &str) -> String {
        format!("{}.{service}", self.prefix)
    }

    /// Where the queues put what they cannot deliver.
    fn dead_exchange(&self) -> String {
        format!("{}.dead", self.prefix)
    }

    fn dead_queue(&self, service: &str) -> String {
        format!("{}.{service}.dead", self.prefix)
    }
}

fn failed(error: lapin::Error) -> Error {
    Error::unavailable(format!("RabbitMQ: {error}"))
}

fn too_slow(what: &str, time_max: Duration) -> Error {
    Error::unavailable(format!("RabbitMQ did not {what} within {} s", time_max.as_secs()))
}
