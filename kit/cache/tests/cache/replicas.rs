//! Several replicas with one Redis between them.

use std::time::Duration;

use souk_cache::{Cache, Cached, Capacity};
use souk_redis::Script;
use souk_testkit::PrivateRedis;

use crate::support::{MINUTE, PATIENT, connect, eventually, in_redis, pages_for, replica};

#[tokio::test]
async fn what_one_replica_has_loaded_the_others_need_not_load() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (replica(&server).await, replica(&server).await);
    here.get_with("tee", async { "a shirt".to_owned() }).await;
    eventually("it is stored", async || in_redis(&server, "tee").contains("a shirt")).await;
    assert_eq!(there.get_with("tee", async { unreachable!("it is in Redis") }).await, "a shirt");
    assert_eq!(there.get("tee").await.as_deref(), Some("a shirt"), "and from now on in memory");
}

#[tokio::test]
async fn what_one_replica_invalidates_all_forget() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (replica(&server).await, replica(&server).await);
    for key in ["tee", "mug"] {
        here.get_with(key, async { "old".to_owned() }).await;
        there.get_with(key, async { "old".to_owned() }).await;
    }
    here.invalidate("tee").await;
    eventually("the other forgets", async || there.get("tee").await.is_none()).await;
    assert_eq!(there.get("mug").await.as_deref(), Some("old"), "and nothing else");
    assert_eq!(there.get_with("tee", async { "new".to_owned() }).await, "new");

    here.clear().await;
    eventually("the other forgets all", async || there.get("mug").await.is_none()).await;
    assert_eq!(there.get_with("mug", async { "new".to_owned() }).await, "new");
}

/// What the gateway relies on when it looks at a session again after Redis has counted the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_an_answer_of_redis_has_heard_all_that_was_told_before() {
    let server = PrivateRedis::start().unwrap();
    let told = async |wait| {
        let redis = connect(&server, wait).await;
        let cache = Cache::Redis(redis.clone());
        let sessions: Cached<[u8; 32], u32> =
            Cached::told(&cache, "test.sessions", Capacity::Entries(100), MINUTE);
        (redis, sessions)
    };
    let ((_, here), (redis, there)) = (told(PATIENT).await, told(PATIENT).await);
    let any = Script::new("return 1");
    let key = [7; 32];
    for round in 0..300 {
        there.get_with(&key, async { round }).await;
        assert_eq!(there.get(&key).await, Some(round), "it is kept");
        if round % 3 == 0 {
            here.clear().await
        } else {
            here.invalidate(&key).await
        }
        assert_eq!(redis.run::<u32>(&any.prepare_invoke()).await, Some(1));
        assert_eq!(there.get(&key).await, None, "round {round}");
    }
}

#[tokio::test]
async fn a_load_from_before_an_invalidation_stores_nothing_after_it() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (replica(&server).await, replica(&server).await);
    for (key, all) in [("tee", false), ("mug", true)] {
        let slow = here.get_with(key, async {
            // The other replica saves and says so while this one still reads the database.
            if all {
                there.clear().await
            } else {
                there.invalidate(key).await
            }
            "the old price".to_owned()
        });
        assert_eq!(slow.await, "the old price", "whoever asked before");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!in_redis(&server, key).contains("the old price"), "{}", in_redis(&server, key));
        assert_eq!(here.get(key).await, None, "nor does it keep it");
        assert_eq!(there.get_with(key, async { "the new price".to_owned() }).await, "the new price");
        eventually("the new one is stored", async || in_redis(&server, key).contains("the new price")).await;
    }
}

#[tokio::test]
async fn of_two_replicas_that_load_at_once_one_stores() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (replica(&server).await, replica(&server).await);
    let barrier = tokio::sync::Barrier::new(2);
    let load = |price: &'static str| {
        let barrier = &barrier;
        async move {
            barrier.wait().await;
            price.to_owned()
        }
    };
    let (one, other) =
        tokio::join!(here.get_with("tee", load("a price")), there.get_with("tee", load("a price")));
    assert_eq!(one, other);
    eventually("it is stored", async || in_redis(&server, "tee").contains("a price")).await;
}

#[tokio::test]
async fn a_value_lives_no_longer_for_having_come_through_redis() {
    let server = PrivateRedis::start().unwrap();
    let lifetime = Duration::from_secs(3);
    let here = pages_for(&Cache::Redis(connect(&server, PATIENT).await), lifetime);
    let there = pages_for(&Cache::Redis(connect(&server, PATIENT).await), lifetime);
    here.get_with("tee", async { "old".to_owned() }).await;
    eventually("it is stored", async || in_redis(&server, "tee").contains("old")).await;
    tokio::time::sleep(lifetime / 2).await;
    assert_eq!(there.get_with("tee", async { unreachable!("it is in Redis") }).await, "old");
    tokio::time::sleep(lifetime * 2 / 3).await;
    assert_eq!(there.get("tee").await, None, "its time was over for both");
}

#[tokio::test]
async fn shops_with_different_prefixes_do_not_meet() {
    use souk_redis::{Redis, RedisConfig};
    let server = PrivateRedis::start().unwrap();
    let here = replica(&server).await;
    let config = RedisConfig { url: server.url(), prefix: "other".to_owned(), ..RedisConfig::default() };
    let redis = Redis::open_waiting(&config, PATIENT).unwrap();
    assert!(redis.comes_up(PATIENT).await);
    let other = pages_for(&Cache::Redis(redis), MINUTE);
    here.get_with("tee", async { "ours".to_owned() }).await;
    eventually("it is stored", async || in_redis(&server, "tee").contains("ours")).await;
    assert_eq!(other.get_with("tee", async { "theirs".to_owned() }).await, "theirs");
    other.clear().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(here.get("tee").await.as_deref(), Some("ours"));
}
