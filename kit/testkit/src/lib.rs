//! What tests stand on: real servers, started privately and gone afterwards.

mod database;
mod nginx;
mod postgres;
mod redis;
mod rabbitmq;
mod server;

pub use database::{TestDatabase, databases};
pub use nginx::{NginxPlace, PrivateNginx};
pub use postgres::{PrivatePostgres, SharedPostgres};
pub use redis::PrivateRedis;
pub use rabbitmq::{PrivateRabbit, SharedRabbit};
