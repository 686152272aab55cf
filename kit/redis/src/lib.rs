//! The shop's Redis as caches and limiters use it: quick while it answers, out of the way while it does not.
//!
//! A [`Redis`] is one connection that everybody shares (RESP3, so answers and what other processes tell arrive on
//! it in the order in which they happened). `line.rs` keeps it up in the background.
//!
//! Architecture invariants: nothing here fails and nothing blocks start-up. A script that Redis does not answer
//! within [`RedisConfig::wait_ms_max`] is `None`, and unless a ping is answered then, nobody waits at all any more
//! until one is.
//! Nothing that must be true is kept in Redis: whatever it forgets, the shop goes on.

mod config;
mod handle;
mod line;
mod listeners;

pub use redis::{FromRedisValue, Script, ScriptInvocation};

pub use config::{BadUrl, RedisConfig};
pub use handle::Redis;
pub use listeners::Listener;
