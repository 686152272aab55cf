//! What services may rely on when they state events and react to them.

mod batches;
mod brokers;
mod cloudevents;
mod delivery;
#[cfg(feature = "kafka")]
mod kafka;
mod outages;
mod rabbitmq;
mod reactions;
mod shop;
mod transport;
