//! Limiters of both kinds.

use std::time::Duration;

use souk_limiter::{Limiter, Quota};
use souk_redis::{Redis, RedisConfig};
use souk_testkit::PrivateRedis;
use souk_types::{Clock, Timestamp};

/// Nothing is late for it, however busy the machine is.
pub(crate) const PATIENT: Duration = Duration::from_secs(10);

pub(crate) fn clock() -> Clock {
    Clock::turnable(Timestamp::from_millis(1_800_000_000_000))
}

/// Sixty a minute, five at once.
pub(crate) fn limiter(clock: &Clock) -> Limiter {
    Limiter::memory_with(Quota::new(60, 5), 1_000, clock.clone())
}

/// Tells the story with buckets in the process, and with buckets in Redis.
pub(crate) async fn on_both(story: impl AsyncFn(Limiter, Clock)) {
    let time = clock();
    story(limiter(&time), time).await;
    let server = PrivateRedis::start().expect("a server");
    let (redis, time) = (connect(&server, PATIENT).await, clock());
    story(Limiter::redis_with(redis, "test", Quota::new(60, 5), 1_000, time.clone()), time).await;
}

/// A connection of its own, as every gateway has one.
pub(crate) async fn connect(server: &PrivateRedis, wait: Duration) -> Redis {
    let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
    let redis = Redis::open_waiting(&config, wait).expect("a URL");
    assert!(redis.comes_up(PATIENT).await, "it connects");
    redis
}
