//! What services may rely on when they state events and react to them.

mod batches;
mod delivery;
mod reactions;
mod shop;
