//! Buckets that all replicas share, in Redis: one script takes or refuses, so every request counts once whichever
//! replica it came to.
//!
//! Time is Redis's own: the clocks of replicas differ by more than a bucket refills in, and whichever were ahead
//! would fill it for all. Without Redis the process's own buckets decide: never open, never shut.

use std::num::NonZeroU32;
use std::time::Duration;

use metrics::Counter;
use souk_redis::{Redis, Script};
use souk_types::Clock;

use crate::memory::Memory;
use crate::{Decision, Quota};

pub struct Shared {
    redis: Redis,
    /// The beginning of every key.
    name: String,
    take: Script,
    burst: NonZeroU32,
    refill_one: Duration,
    /// Only tests and simulations bring their own time.
    clock: Option<Clock>,
    local: Memory,
    decided_alone: Counter,
}

impl Shared {
    pub(crate) fn new(
        redis: Redis,
        name: &'static str,
        quota: Quota,
        local: Memory,
        clock: Option<Clock>,
    ) -> Shared {
        Shared {
            name: redis.key(&format!("limit:{name}:")),
            redis,
            take: Script::new(include_str!("lua/take.lua")),
            burst: quota.burst,
            refill_one: quota.refill_one(),
            clock,
            local,
            decided_alone: metrics::counter!("souk_limiter_decided_alone_total", "limiter" => name),
        }
    }

    pub(crate) async fn check(&self, key: &[u8], cost: u32) -> Decision {
        let cost = cost.clamp(1, self.burst.get());
        let Some((allowed, debt_ns)) = self.take(key, cost).await else {
            self.decided_alone.increment(1);
            return self.local.check(key, cost);
        };
        let debt = Duration::from_nanos(debt_ns);
        // Noted here too: should Redis go away, nobody begins anew with a full bucket.
        if !allowed {
            self.local.drain(key);
            return self.refused(debt, cost);
        }
        self.local.check(key, cost);
        self.allowed(debt)
    }

    pub(crate) fn local(&self) -> &Memory {
        &self.local
    }

    async fn take(&self, key: &[u8], cost: u32) -> Option<(bool, u64)> {
        let now_us = self.clock.as_ref().map(|clock| clock.now().millis().saturating_mul(1_000));
        let refill_ns = u64::try_from(self.refill_one.as_nanos()).unwrap_or(u64::MAX);
        let mut take = self.take.key([self.name.as_bytes(), key].concat());
        take.arg(refill_ns).arg(self.burst.get()).arg(cost);
        take.arg(now_us.map_or_else(String::new, |now_us| now_us.to_string()));
        self.redis.run(&take).await
    }

    fn allowed(&self, debt: Duration) -> Decision {
        let missing = debt.as_nanos().div_ceil(self.refill_one.as_nanos());
        let missing = u32::try_from(missing).unwrap_or(u32::MAX).min(self.burst.get());
        Decision {
            allowed: true,
            limit: self.burst.get(),
            remaining: self.burst.get() - missing,
            reset_after: self.refill_one * missing,
            retry_after: Duration::ZERO,
        }
    }

    fn refused(&self, debt: Duration, cost: u32) -> Decision {
        let room = self.refill_one * (self.burst.get() - cost);
        Decision {
            allowed: false,
            limit: self.burst.get(),
            remaining: self.allowed(debt).remaining,
            reset_after: debt,
            retry_after: debt.saturating_sub(room),
        }
    }
}
