//! The rules of carts, prices and orders. Pure: no I/O, no clock, nothing to wait for.

pub mod cart;
pub mod number;
pub mod order;
pub mod pricing;
