//! What tests stand on: real servers, started privately and gone afterwards.

mod database;
mod nginx;
mod postgres;
mod rabbitmq;
mod redis;
mod server;

pub use database::{TestDatabase, databases};
pub use nginx::{NginxPlace, PrivateNginx};
pub use postgres::{PrivatePostgres, SharedPostgres};
pub use rabbitmq::{PrivateRabbit, SharedRabbit};
pub use redis::PrivateRedis;
