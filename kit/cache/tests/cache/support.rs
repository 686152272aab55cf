//! Pages in caches of both kinds.

use std::time::Duration;

use souk_cache::{Cache, Cached, Capacity, Codec};
use souk_redis::{Redis, RedisConfig};
use souk_testkit::PrivateRedis;

pub(crate) type Pages = Cached<String, String>;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Nothing is late for it, however busy the machine is.
pub(crate) const PATIENT: Duration = Duration::from_secs(10);

/// Tells the story with a cache in the process alone, and with one in front of Redis.
pub(crate) async fn on_both(story: impl AsyncFn(Cache)) {
    story(Cache::Memory).await;
    let server = PrivateRedis::start().expect("a server");
    story(Cache::Redis(connect(&server, PATIENT).await)).await;
}

/// A connection of its own, as every replica has one.
pub(crate) async fn connect(server: &PrivateRedis, wait: Duration) -> Redis {
    let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
    let redis = Redis::open_waiting(&config, wait).expect("a URL");
    assert!(redis.comes_up(PATIENT).await, "it connects");
    redis
}

pub(crate) fn pages(cache: &Cache) -> Pages {
    pages_for(cache, MINUTE)
}

pub(crate) fn pages_for(cache: &Cache, lifetime: Duration) -> Pages {
    let codec = Codec {
        version: 1,
        encode: |page: &String| page.as_bytes().to_vec(),
        decode: |bytes| String::from_utf8(bytes.to_vec()).ok(),
    };
    Cached::shared(cache, "test.pages", Capacity::Entries(10_000), lifetime, codec)
}

/// What one more replica is.
pub(crate) async fn replica(server: &PrivateRedis) -> Pages {
    pages(&Cache::Redis(connect(server, PATIENT).await))
}

/// What Redis holds under a key.
pub(crate) fn in_redis(server: &PrivateRedis, key: &str) -> String {
    server.command(&format!("GET souk:test.pages:1:{key}")).expect("an answer")
}

pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within ten seconds: {what}");
}
