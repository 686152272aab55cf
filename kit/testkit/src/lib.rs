//! What tests stand on: real servers, started privately and gone afterwards.

mod database;
mod engine;
mod kafka;
mod nginx;
mod postgres;
mod proxy;
mod rabbitmq;
mod redis;
mod server;
mod shared;
mod smtp;
mod stripe;
mod tiny_web;

pub use database::{TestDatabase, databases};
pub use engine::Engine;
pub use kafka::SharedKafka;
pub use nginx::{NginxPlace, PrivateNginx};
pub use postgres::{PrivatePostgres, SharedPostgres};
pub use proxy::{Fault, FaultProxy};
pub use rabbitmq::{PrivateRabbit, SharedRabbit};
pub use redis::{PrivateRedis, SharedRedis};
pub use server::free_port;
pub use smtp::FakeSmtp;
pub use stripe::{
    Asked, LocalStripe, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, StripeFault, stripe_signatures,
};
pub use tiny_web::write_tiny_web;
