//! What tests stand on: real servers, started privately and gone afterwards.

mod database;
mod postgres;

pub use database::{TestDatabase, databases};
pub use postgres::{PrivatePostgres, SharedPostgres};
