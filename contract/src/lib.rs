//! What the services of the shop say to each other: traits, types and events. No I/O, no rules.
//!
//! Types here only ever gain fields, each with a default, so that N and N−1 understand each other;
//! a snapshot test of every type guards that.

pub mod address;
pub mod card;
pub mod events;
pub mod order;
pub mod payment;
pub mod product;
pub mod user;

pub use address::Address;

use serde::{Deserialize, Serialize};

/// The reply of a method that has nothing to tell but that it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}
