//! From the outbox of one service to the reactions of another.
//!
//! ```text
//! change + outbox row ─ commit ─▶ Relay ─▶ Bus ─▶ inbox row ─ commit ─▶ Processor ─▶ flow + inbox row done ─ commit
//!                                           └─ with a broker: ─▶ queue ─▶ Receiver ─┘
//! ```
//!
//! The durable queue of every consumer is its own inbox table, so retries, order and dead letters are the same
//! whatever the transport: the bus only carries envelopes from outbox to inbox.
//!
//! Architecture invariant: nothing is marked sent before every consumer of it has committed it to its inbox, or a
//! broker has confirmed it for each of their services; nothing is acknowledged to a broker before that commit; and
//! nothing leaves an inbox but by its effect, or by somebody's decision on a dead letter.

mod attempt;
mod backoff;
mod bus;
mod config;
mod consumer;
mod direct;
mod intake;
#[cfg(feature = "kafka")]
mod kafka;
mod lane;
mod processor;
mod publisher;
mod rabbitmq;
mod receiver;
mod relay;
mod rounds;
mod routes;
mod sink;
mod verdict;
mod wire;

pub use bus::{Backlog, Bus};
pub use config::{KafkaConfig, RabbitMqConfig};
pub use consumer::{Consumer, Handler};
pub use processor::Processor;
pub use receiver::Receiver;
pub use relay::Relay;
pub use routes::Routes;
pub use sink::Sink;
