//! Sentences about the people of the shop, each told on both databases.

mod api;
mod me;
mod passwords;
mod registration;
mod reply;
mod sessions;
mod staff;
mod support;
