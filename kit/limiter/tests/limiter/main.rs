//! What the gateway may rely on.

mod buckets;
mod fleet;
mod support;
