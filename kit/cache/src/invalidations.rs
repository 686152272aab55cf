//! Tells a load that began before an invalidation from one that began after it.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Keys share this many counters. Two keys on one counter cost a load too many now and then, never a stale value.
const COUNTERS: usize = 256;

/// How often each key, or one it shares a counter with, was invalidated.
pub(crate) struct Invalidations {
    hasher: RandomState,
    counters: [AtomicU64; COUNTERS],
}

impl Invalidations {
    pub(crate) fn new() -> Invalidations {
        Invalidations { hasher: RandomState::new(), counters: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    pub(crate) fn count<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.counter(key).load(Ordering::SeqCst)
    }

    pub(crate) fn add<Q: Hash + ?Sized>(&self, key: &Q) {
        self.counter(key).fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn add_all(&self) {
        for counter in &self.counters {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counter<Q: Hash + ?Sized>(&self, key: &Q) -> &AtomicU64 {
        #[expect(clippy::cast_possible_truncation, reason = "only the lower bits choose the counter")]
        let index = self.hasher.hash_one(key) as usize % COUNTERS;
        &self.counters[index]
    }
}
