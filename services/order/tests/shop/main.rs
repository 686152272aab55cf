//! Sentences about carts and orders, each on both databases.

#[path = "../common/mod.rs"]
mod common;

mod api;
mod carts;
mod checkout;
mod orders;
mod payments;
mod promotions;
mod refunds;
