//! The limiter as its callers see it.

use std::hash::Hash;
use std::time::Duration;

use souk_types::Clock;
use tokio_util::sync::CancellationToken;

use crate::clock::RefillClock;
use crate::memory::Memory;
use crate::{Decision, KEYS_MAX, Quota};

/// Where buckets are kept. A closed set: each variant is a file of this crate.
pub enum Limiter {
    /// In this process: each replica counts for itself.
    Memory(Memory),
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

    /// Takes `cost` from the bucket of `key`, or nothing if it does not hold that much.
    /// A cost above the burst takes the whole bucket: it could never be allowed otherwise.
    pub fn check<K: Hash + ?Sized>(&self, key: &K, cost: u32) -> Decision {
        let Limiter::Memory(memory) = self;
        memory.check(key, cost)
    }

    /// Forgets the keys whose buckets are full again: they are as good as new.
    pub fn shrink(&self) {
        let Limiter::Memory(memory) = self;
        memory.shrink();
    }

    /// Shrinks every `interval` until `stop`. Without it the bound still holds, but a crowd is never forgotten.
    pub async fn keep_small(&self, interval: Duration, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_some() {
            self.shrink();
        }
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        let Limiter::Memory(memory) = self;
        memory.keys()
    }
}
