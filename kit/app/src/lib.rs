//! What every service of the shop stands on: HTTP manners, workers, health, configuration, telemetry, fail points.

pub mod config;
pub mod fail;
pub mod http;
pub mod rules;
pub mod serve;
mod service;
pub mod telemetry;

pub use rules::Rules;
pub use service::{Kit, Run, Service, Worker};
