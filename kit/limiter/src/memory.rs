//! Buckets inside the process, on governor.
//!
//! Keys are kept as 64-bit hashes under a secret of the process, so nobody can choose keys that meet. Two
//! keys that do meet share a bucket, which is what happens on purpose once there are too many of them.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, RateLimiter};

use crate::clock::RefillClock;
use crate::{Decision, Quota};

/// Counting the keys takes a look at every shard, so it is done once in so many checks.
const CHECKS_PER_COUNT: u32 = 256;

type Buckets = RateLimiter<u64, DashMapStateStore<u64>, RefillClock, StateInformationMiddleware>;

pub struct Memory {
    buckets: Buckets,
    hasher: RandomState,
    burst: NonZeroU32,
    refill_one: Duration,
    keys_max: usize,
    checks: AtomicU32,
    /// Set while there are too many keys: then they are folded onto a fixed number of buckets.
    crowded: AtomicBool,
}

impl Memory {
    pub(crate) fn new(quota: Quota, keys_max: usize, clock: RefillClock) -> Memory {
        Memory {
            buckets: Buckets::new(rule(quota), DashMapStateStore::default(), clock),
            hasher: RandomState::new(),
            burst: quota.burst,
            refill_one: quota.refill_one(),
            keys_max,
            checks: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    pub(crate) fn check(&self, key: &[u8], cost: u32) -> Decision {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_COUNT == CHECKS_PER_COUNT - 1 {
            self.count_keys();
        }
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN).min(self.burst);
        let bucket = self.bucket(self.hasher.hash_one(key));
        match self.buckets.check_key_n(&bucket, cost) {
            Ok(Ok(state)) => self.allowed(state.remaining_burst_capacity()),
            Ok(Err(not_until)) => self.refused(cost, &not_until),
            Err(_) => unreachable!("the cost is at most the burst"),
        }
    }

    /// Takes what is left, in halves: a bucket says only whether it holds as much as one asks for.
    pub(crate) fn drain(&self, key: &[u8]) {
        let mut take = self.burst.get();
        while take > 0 {
            if !self.check(key, take).allowed {
                take /= 2;
            }
        }
    }

    pub(crate) fn shrink(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
        self.count_keys();
    }

    pub(crate) fn keys(&self) -> usize {
        self.buckets.len()
    }

    fn count_keys(&self) {
        self.crowded.store(self.keys() >= self.keys_max, Ordering::Relaxed);
    }

    fn bucket(&self, hash: u64) -> u64 {
        if self.crowded.load(Ordering::Relaxed) {
            return hash % (self.keys_max as u64 / 2).max(1);
        }
        hash
    }

    fn allowed(&self, remaining: u32) -> Decision {
        let missing = self.burst.get().saturating_sub(remaining);
        Decision {
            allowed: true,
            limit: self.burst.get(),
            remaining,
            reset_after: self.refill_one * missing,
            retry_after: Duration::ZERO,
        }
    }

    fn refused(&self, cost: NonZeroU32, not_until: &NotUntil<Duration>) -> Decision {
        let retry_after = not_until.wait_time_from(self.buckets.clock().now());
        // When the wait is over the bucket holds `cost`; each refill of the wait is one that it lacks now.
        let lacking = retry_after.as_nanos().div_ceil(self.refill_one.as_nanos());
        let lacking = u32::try_from(lacking).unwrap_or(u32::MAX);
        Decision {
            allowed: false,
            limit: self.burst.get(),
            remaining: cost.get().saturating_sub(lacking),
            reset_after: retry_after + self.refill_one * (self.burst.get() - cost.get()),
            retry_after,
        }
    }
}

fn rule(quota: Quota) -> governor::Quota {
    governor::Quota::with_period(quota.refill_one())
        .expect("a minute by a 32-bit number is at least 13 nanoseconds")
        .allow_burst(quota.burst)
}
