//! Journeys: the same story of a shop told over every topology, and an auditor after each.
//!
//! A journey reads as what people do: `ada.buys("TEE-M", 2).await`. Where the roles run, in one process, in
//! six or in twelve, is the topology's business.

mod backing;
mod broken;
mod catalog;
mod client;
mod collector;
mod description;
mod process;
mod shop;
mod story;
mod topology;

pub use broken::Broken;
pub use client::{Answer, Client};
pub use collector::{Collector, Recorded, Trace};
pub use description::{Description, Operation};
pub use process::souk_binary;
pub use shop::{STAFF, TestShop};
pub use souk_testkit::free_port;
pub use story::{Buyer, address, eventually, new_key};
pub use topology::{Broker, Seat, Topology};
