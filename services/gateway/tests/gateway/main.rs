//! The gateway as clients meet it.

mod emergencies;
mod fleet;
mod manners;
mod own_routes;
mod shop;
mod storefront;
mod trust;
mod who;
