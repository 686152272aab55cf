//! Several gateways with one Redis between them, and what becomes of the limits without it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use souk_limiter::{Limiter, Quota};
use souk_testkit::PrivateRedis;
use souk_types::{Clock, Timestamp};

use crate::support::{PATIENT, connect};

/// Long enough that a busy machine is not taken for a dead Redis.
const WAIT: Duration = Duration::from_millis(200);
/// Refills nothing while a test runs.
const THOUSAND: Quota = Quota::new(1, 1_000);

async fn gateway(server: &PrivateRedis, quota: Quota) -> Arc<Limiter> {
    Arc::new(Limiter::redis(connect(server, PATIENT).await, "test", quota))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_share_one_limit_to_the_request() {
    let server = PrivateRedis::start().unwrap();
    let gateways = [gateway(&server, THOUSAND).await, gateway(&server, THOUSAND).await];
    let begun = Instant::now();
    let clients: Vec<_> = (0..40)
        .map(|n| {
            let gateway = Arc::clone(&gateways[n % 2]);
            tokio::spawn(async move {
                let mut allowed = 0;
                for _ in 0..50 {
                    allowed += u32::from(gateway.check("203.0.113.9", 1).await.allowed);
                }
                allowed
            })
        })
        .collect();
    let mut allowed = 0;
    for client in clients {
        allowed += client.await.unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(59), "a machine too slow for this story earns one more");
    assert_eq!(allowed, 1_000, "of two thousand");
}

#[tokio::test]
async fn each_gateway_sees_what_the_other_has_taken() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (gateway(&server, THOUSAND).await, gateway(&server, THOUSAND).await);
    assert_eq!(here.check("ada", 600).await.remaining, 400);
    assert_eq!(there.check("ada", 300).await.remaining, 100);
    let refused = here.check("ada", 200).await;
    assert_eq!((refused.allowed, refused.remaining), (false, 100));
    assert!(there.check("ada", 100).await.allowed);
}

#[tokio::test]
async fn while_redis_is_stopped_each_gateway_counts_alone_and_nobody_waits() {
    let server = PrivateRedis::start().unwrap();
    let redis = connect(&server, WAIT).await;
    let gateway = Limiter::redis(redis.clone(), "test", Quota::new(1, 50));
    assert_eq!(gateway.check("ada", 20).await.remaining, 30);
    server.pause().unwrap();
    let begun = Instant::now();
    let (mut ada, mut bob) = (0, 0);
    for _ in 0..1_000 {
        ada += u32::from(gateway.check("ada", 1).await.allowed);
        bob += u32::from(gateway.check("bob", 1).await.allowed);
    }
    assert!(begun.elapsed() < WAIT * 10, "two thousand waited {:?}", begun.elapsed());
    assert_eq!((ada, bob), (30, 50), "neither open nor shut, and what was taken before still counts");

    server.resume().unwrap();
    assert!(redis.comes_up(Duration::from_secs(5)).await);
    assert!(gateway.check("bob", 1).await.allowed, "the common bucket knows nothing of the time between");
}

#[tokio::test]
async fn whoever_was_refused_in_common_finds_no_full_bucket_when_redis_goes() {
    let mut server = PrivateRedis::start().unwrap();
    let redis = connect(&server, WAIT).await;
    let here = Limiter::redis(redis, "test", Quota::new(1, 50));
    let there = gateway(&server, Quota::new(1, 50)).await;
    assert!(there.check("mallory", 50).await.allowed);
    assert!(!here.check("mallory", 1).await.allowed);
    server.kill().unwrap();
    assert!(!here.check("mallory", 1).await.allowed, "though this gateway has let nothing through");
    assert!(here.check("bob", 1).await.allowed);
}

#[tokio::test]
async fn a_killed_redis_shuts_nobody_out() {
    let mut server = PrivateRedis::start().unwrap();
    let redis = connect(&server, WAIT).await;
    let gateway = Limiter::redis(redis.clone(), "test", Quota::new(1, 50));
    server.kill().unwrap();
    for _ in 0..50 {
        assert!(gateway.check("ada", 1).await.allowed);
    }
    assert!(!gateway.check("ada", 1).await.allowed);
    server.restart().unwrap();
    assert!(redis.comes_up(Duration::from_secs(5)).await);
    assert!(gateway.check("ada", 1).await.allowed, "the new Redis has seen nobody yet");
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_earns_nor_locks_out() {
    let server = PrivateRedis::start().unwrap();
    let redis = connect(&server, PATIENT).await;
    let limiter =
        |clock: &Clock| Limiter::redis_with(redis.clone(), "test", Quota::new(60, 5), 1_000, clock.clone());
    let now = 1_800_000_000_000;
    let before = limiter(&Clock::turnable(Timestamp::from_millis(now)));
    assert!(before.check("ada", 5).await.allowed);

    let clock = Clock::turnable(Timestamp::from_millis(now - 3_600_000));
    let after = limiter(&clock);
    assert_eq!(after.check("ada", 1).await.retry_after, Duration::from_secs(1));
    clock.turn(Duration::from_secs(1));
    assert!(after.check("ada", 1).await.allowed);
    assert!(!after.check("ada", 1).await.allowed);
}

#[tokio::test]
async fn full_buckets_are_not_kept() {
    let server = PrivateRedis::start().unwrap();
    let gateway = gateway(&server, Quota::new(60_000, 5)).await;
    gateway.check("ada", 5).await;
    let left = server.command("PTTL souk:limit:test:ada").unwrap();
    let left_ms: u64 = left.trim().trim_start_matches(':').parse().unwrap();
    assert!((1..=60_005).contains(&left_ms), "{left_ms} ms");
}
