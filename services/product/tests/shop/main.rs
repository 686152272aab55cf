//! The product service as the shop sees it, on both databases.

mod catalog;
mod cost;
mod events;
mod import;
mod pages;
mod real_data;
mod redis;
mod replicas;
mod search;
mod stock;
mod support;
