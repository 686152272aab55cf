//! The one binary: which roles run here, how they reach each other, and the commands.
//!
//! A newcomer reads `wiring.rs` first: it is the diagram of the shop, as code.

pub mod audit;
pub mod cli;
pub mod config;
pub mod console;
pub mod data_dir;
mod health;
pub mod letters;
pub mod nginx;
mod openapi;
mod plumbing;
mod prune;
mod queues;
pub mod roles;
pub mod shop;
pub mod vitals;
pub mod wiring;

pub use config::ShopConfig;
pub use data_dir::DataDir;
pub use roles::Role;
pub use shop::Shop;
