//! Two gateways of one shop, with one Redis between them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use souk_gateway::GatewayConfig;
use souk_limiter::Quota;
use souk_redis::{Redis, RedisConfig};
use souk_testkit::PrivateRedis;

use crate::shop::{Shop, ask, get, open, open_beside};

/// Nothing is late for it, however busy the machine is.
const PATIENT: Duration = Duration::from_secs(10);
/// Long enough that a busy machine is not taken for a dead Redis.
const WAIT: Duration = Duration::from_millis(200);

/// The second one's clock, people and numbers are the first one's.
async fn two_gateways(server: &PrivateRedis, wait: Duration, configure: fn(&mut GatewayConfig)) -> [Shop; 2] {
    let people = open().people;
    let gateway = async || {
        let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
        let redis = Redis::open_waiting(&config, wait).expect("a URL");
        assert!(redis.comes_up(PATIENT).await, "it connects");
        open_beside(configure, &people, redis)
    };
    [gateway().await, gateway().await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_are_allowed_over_both_gateways_and_not_one_more() {
    let server = PrivateRedis::start().unwrap();
    let configure = |config: &mut GatewayConfig| config.limits.reads = Quota::new(1, 1_000);
    let gateways = two_gateways(&server, PATIENT, configure).await;
    let visits = (0..1_200).map(|n| {
        let gateway = gateways[n % 2].gateway.clone();
        tokio::spawn(async move { gateway.handle(get("/v1/products/tee").request()).await.status().as_u16() })
    });
    let mut answers = Vec::new();
    for visit in visits.collect::<Vec<_>>() {
        answers.push(visit.await.expect("no panic"));
    }
    let count = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((count(200), count(429)), (1_000, 200));
}

#[tokio::test]
async fn what_is_left_is_the_same_at_every_gateway() {
    let server = PrivateRedis::start().unwrap();
    let configure = |config: &mut GatewayConfig| config.limits.reads = Quota::new(1, 10);
    let [here, there] = two_gateways(&server, PATIENT, configure).await;
    for (gateway, left) in [(&here, 9), (&there, 8), (&there, 7), (&here, 6)] {
        let reply = gateway.send(get("/v1/products/tee")).await;
        assert!(reply.header("ratelimit").contains(&format!("r={left};")), "{}", reply.header("ratelimit"));
    }
    let elsewhere = here.send(get("/v1/products/tee").from("198.51.100.7:1")).await;
    assert!(elsewhere.header("ratelimit").contains("r=9;"), "another address has its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ended_at_one_gateway_is_doubted_by_the_other_at_the_next_request() {
    let server = PrivateRedis::start().unwrap();
    let [here, there] = two_gateways(&server, PATIENT, |_| {}).await;
    let asked = || there.people.asked.load(Ordering::SeqCst);
    for round in 0..50 {
        let door = if round % 2 == 0 { "/v1/sessions/current" } else { "/v1/sessions" };
        there.seen(get("/v1/me").bearer("ada")).await;
        let known = asked();
        there.seen(get("/v1/me").bearer("ada")).await;
        assert_eq!(asked(), known, "it is believed");
        assert_eq!(here.send(ask("DELETE", door).bearer("ada")).await.status, 204);
        let known = asked();
        there.seen(get("/v1/me").bearer("ada")).await;
        assert_eq!(asked(), known + 1, "round {round}: asked anew at the very next request");
    }
}

#[tokio::test]
async fn while_redis_is_stopped_every_request_is_answered_and_limits_hold() {
    let server = PrivateRedis::start().unwrap();
    let configure = |config: &mut GatewayConfig| config.limits.reads = Quota::new(1, 500);
    let [here, there] = two_gateways(&server, WAIT, configure).await;
    here.seen(get("/v1/me").bearer("ada")).await;
    server.pause().unwrap();
    let begun = Instant::now();
    for gateway in [&here, &there] {
        let mut allowed = 0;
        for _ in 0..600 {
            match gateway.send(get("/v1/products/tee")).await.status.as_u16() {
                200 => allowed += 1,
                status => assert_eq!(status, 429),
            }
        }
        assert_eq!(allowed, 500, "each counts for itself");
    }
    here.send(ask("DELETE", "/v1/sessions/current").bearer("ada")).await;
    let known = here.people.asked.load(Ordering::SeqCst);
    here.seen(get("/v1/me").bearer("ada")).await;
    assert_eq!(here.people.asked.load(Ordering::SeqCst), known + 1, "signing out works here as ever");
    assert!(begun.elapsed() < WAIT * 20, "1,200 requests waited {:?}", begun.elapsed());
    server.resume().unwrap();
}
