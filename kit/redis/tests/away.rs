//! What becomes of those who ask when Redis is slow, stopped, dead, or was never there.

use std::time::{Duration, Instant};

use souk_redis::{Redis, RedisConfig, Script};
use souk_testkit::PrivateRedis;

/// Long enough that a busy machine is not taken for a dead Redis.
const WAIT: Duration = Duration::from_millis(200);
/// What the shop promises.
const BACK_WITHIN: Duration = Duration::from_secs(5);

fn open(server: &PrivateRedis) -> Redis {
    let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
    Redis::open_waiting(&config, WAIT).expect("a URL")
}

async fn one(redis: &Redis) -> Option<u32> {
    redis.run(&Script::new("return 1").prepare_invoke()).await
}

#[tokio::test]
async fn a_shop_opens_without_its_redis_and_finds_it_when_it_comes() {
    let mut server = PrivateRedis::start().unwrap();
    server.kill().unwrap();
    let begun = Instant::now();
    let redis = open(&server);
    assert_eq!(one(&redis).await, None);
    assert!(begun.elapsed() < WAIT, "opening took {:?}", begun.elapsed());
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.restart().unwrap();
    assert!(redis.comes_up(BACK_WITHIN).await);
    assert_eq!(one(&redis).await, Some(1));
}

#[tokio::test]
async fn a_stopped_redis_costs_one_wait_and_is_back_as_soon_as_it_goes_on() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    server.pause().unwrap();
    let begun = Instant::now();
    for _ in 0..10_000 {
        assert_eq!(one(&redis).await, None);
    }
    assert!(begun.elapsed() < WAIT * 10, "ten thousand waited {:?}", begun.elapsed());
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.resume().unwrap();
    assert!(redis.comes_up(BACK_WITHIN).await);
    assert_eq!(one(&redis).await, Some(1));
}

#[tokio::test]
async fn whoever_asks_three_times_waits_little_longer_than_who_asks_once() {
    let server = PrivateRedis::start().unwrap();
    let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
    let wait = Duration::from_millis(400);
    let redis = Redis::open_waiting(&config, wait).unwrap();
    assert!(redis.comes_up(BACK_WITHIN).await);
    server.pause().unwrap();
    let begun = Instant::now();
    for _ in 0..3 {
        assert_eq!(one(&redis).await, None);
    }
    assert!(begun.elapsed() >= wait, "the first one was given its time");
    assert!(begun.elapsed() < wait * 2, "three waited {:?}", begun.elapsed());
}

#[tokio::test]
async fn a_redis_that_was_stopped_so_long_that_it_was_given_up_is_found_again() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    server.pause().unwrap();
    assert_eq!(one(&redis).await, None);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!redis.is_up());
    server.resume().unwrap();
    let resumed = Instant::now();
    assert!(redis.comes_up(BACK_WITHIN).await);
    println!("back after {:?}", resumed.elapsed());
    assert_eq!(one(&redis).await, Some(1));
}

#[tokio::test]
async fn a_killed_redis_is_noticed_and_found_again() {
    let mut server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    for _ in 0..3 {
        server.kill().unwrap();
        assert_eq!(one(&redis).await, None);
        assert!(!redis.is_up());
        server.restart().unwrap();
        assert!(redis.comes_up(BACK_WITHIN).await);
        assert_eq!(one(&redis).await, Some(1));
    }
}

#[tokio::test]
async fn a_stopped_redis_is_noticed_even_when_nobody_asks() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    server.pause().unwrap();
    let begun = Instant::now();
    while redis.is_up() {
        assert!(begun.elapsed() < BACK_WITHIN, "the next request would have to wait for it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn scripts_that_redis_has_forgotten_are_told_again() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    assert_eq!(one(&redis).await, Some(1));
    assert!(server.command("SCRIPT FLUSH").unwrap().starts_with("+OK"));
    assert_eq!(one(&redis).await, Some(1));
}

#[tokio::test]
async fn what_redis_refuses_is_no_answer_and_no_outage() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    let wrong = Script::new("return redis.call('INCR', KEYS[1], 'too much')");
    assert_eq!(redis.run::<u32>(&wrong.key("k")).await, None);
    assert!(redis.is_up());
    assert_eq!(one(&redis).await, Some(1));
}

#[tokio::test]
async fn the_connection_ends_with_the_last_handle() {
    let server = PrivateRedis::start().unwrap();
    let redis = open(&server);
    assert!(redis.comes_up(BACK_WITHIN).await);
    let subscribers = || server.command("PUBSUB NUMSUB souk:told").expect("an answer");
    assert!(subscribers().contains(":1"), "{}", subscribers());
    let another = redis.clone();
    drop(redis);
    assert_eq!(one(&another).await, Some(1));
    drop(another);
    let begun = Instant::now();
    while !subscribers().contains(":0") {
        assert!(begun.elapsed() < BACK_WITHIN, "{}", subscribers());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
