//! The limiter as its callers see it.

use std::time::Duration;

use souk_redis::Redis;
use souk_types::Clock;
use tokio_util::sync::CancellationToken;

use crate::clock::RefillClock;
use crate::memory::Memory;
use crate::redis::Shared;
use crate::{Decision, KEYS_MAX, Quota};

/// Where buckets are kept. A closed set: each variant is a file of this crate.
pub enum Limiter {
    /// In this process: each replica counts for itself.
    Memory(Memory),
    /// In Redis: all replicas count together. Without Redis each counts for itself until it is back.
    Redis(Box<Shared>),
}

impl Limiter {
    /// A limiter in this process that remembers up to [`KEYS_MAX`] keys apart.
    pub fn memory(quota: Quota) -> Limiter {
        Limiter::Memory(Memory::new(quota, KEYS_MAX, RefillClock::machine()))
    }

    /// The same on the shop's own clock and with a bound of one's choice, for tests and simulations.
    pub fn memory_with(quota: Quota, keys_max: usize, clock: Clock) -> Limiter {
        Limiter::Memory(Memory::new(quota, keys_max, RefillClock::Shop(clock)))
    }

    /// A limiter whose buckets all replicas share. `name` tells it from others in Redis and in the metric
    /// `souk_limiter_decided_alone_total`, so the metrics recorder must be installed before.
    pub fn redis(redis: Redis, name: &'static str, quota: Quota) -> Limiter {
        let local = Memory::new(quota, KEYS_MAX, RefillClock::machine());
        Limiter::Redis(Box::new(Shared::new(redis, name, quota, local, None)))
    }

    /// The same on the shop's own clock instead of Redis's, for tests and simulations.
    pub fn redis_with(
        redis: Redis,
        name: &'static str,
        quota: Quota,
        keys_max: usize,
        clock: Clock,
    ) -> Limiter {
        let local = Memory::new(quota, keys_max, RefillClock::Shop(clock.clone()));
        Limiter::Redis(Box::new(Shared::new(redis, name, quota, local, Some(clock))))
    }

    /// Takes `cost` from the bucket of `key`, or nothing if it does not hold that much.
    /// A cost above the burst takes the whole bucket: it could never be allowed otherwise.
    pub async fn check<K: AsRef<[u8]> + ?Sized>(&self, key: &K, cost: u32) -> Decision {
        match self {
            Limiter::Memory(memory) => memory.check(key.as_ref(), cost),
            // Boxed, so that whoever needs no Redis does not carry the room that waiting for it takes.
            Limiter::Redis(shared) => Box::pin(shared.check(key.as_ref(), cost)).await,
        }
    }

    /// Forgets the keys whose buckets are full again: they are as good as new.
    pub fn shrink(&self) {
        self.local().shrink();
    }

    /// Shrinks every `interval` until `stop`. Without it the bound still holds, but a crowd is never forgotten.
    pub async fn keep_small(&self, interval: Duration, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            self.shrink();
        }
    }

    /// How many keys are remembered in this process.
    pub fn keys(&self) -> usize {
        self.local().keys()
    }

    fn local(&self) -> &Memory {
        match self {
            Limiter::Memory(memory) => memory,
            Limiter::Redis(shared) => shared.local(),
        }
    }
}
