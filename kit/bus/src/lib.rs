//! From the outbox of one service to the reactions of another.
//!
//! ```text
//! change + outbox row ─ commit ─▶ Relay ─▶ Bus ─▶ inbox row ─ commit ─▶ Processor ─▶ flow + inbox row done ─ commit
//! ```
//!
//! The durable queue of every consumer is its own inbox table, so retries, order and dead letters are the same
//! whatever the transport: the bus only carries envelopes from outbox to inbox.
//!
//! Architecture invariant: nothing is marked sent before every consumer of it has committed it to its inbox, and
//! nothing leaves an inbox but by its effect, or by somebody's decision on a dead letter.

mod attempt;
mod backoff;
mod bus;
mod consumer;
mod direct;
mod lane;
mod processor;
mod relay;
mod routes;
mod sink;
mod verdict;

pub use bus::Bus;
pub use consumer::{Consumer, Handler};
pub use processor::Processor;
pub use relay::Relay;
pub use routes::Routes;
pub use sink::Sink;
