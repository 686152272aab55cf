//! Redis stops, dies, or does not obey; the shop goes on and makes up for it.

use std::time::{Duration, Instant};

use souk_cache::Cache;
use souk_testkit::PrivateRedis;

use crate::support::{connect, eventually, in_redis, pages, replica};

/// Long enough that a busy machine is not taken for a dead Redis, short enough that a thousand of them would be seen.
const WAIT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn while_redis_is_stopped_values_come_and_only_the_first_of_a_thousand_waits() {
    let server = PrivateRedis::start().unwrap();
    let redis = connect(&server, WAIT).await;
    let pages = pages(&Cache::Redis(redis.clone()));
    pages.get_with("known", async { "kept".to_owned() }).await;
    server.pause().unwrap();

    let begun = Instant::now();
    for n in 0..1_000 {
        let asked = Instant::now();
        assert_eq!(pages.get_with(n.to_string().as_str(), async { "loaded".to_owned() }).await, "loaded");
        assert!(asked.elapsed() < WAIT * 5, "request {n} waited {:?}", asked.elapsed());
    }
    assert!(begun.elapsed() < WAIT * 15, "all together waited {:?}", begun.elapsed());
    assert_eq!(pages.get("known").await.as_deref(), Some("kept"), "memory is as good as before");
    pages.invalidate("known").await;
    assert_eq!(pages.get("known").await, None, "and forgets as before");

    server.resume().unwrap();
    assert!(redis.comes_up(Duration::from_secs(5)).await, "it is back by itself");
    pages.get_with("new", async { "stored".to_owned() }).await;
    eventually("values are shared again", async || {
        // What could not be told is made up for first; until then this replica leaves Redis alone.
        pages.invalidate("new").await;
        pages.get_with("new", async { "stored".to_owned() }).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        in_redis(&server, "new").contains("stored")
    })
    .await;
}

#[tokio::test]
async fn after_redis_was_killed_replicas_hear_each_other_again_by_themselves() {
    let mut server = PrivateRedis::start().unwrap();
    let (one, two) = (connect(&server, WAIT).await, connect(&server, WAIT).await);
    let (here, there) = (pages(&Cache::Redis(one.clone())), pages(&Cache::Redis(two.clone())));
    there.get_with("tee", async { "old".to_owned() }).await;
    server.kill().unwrap();
    assert_eq!(here.get_with("tee", async { "new".to_owned() }).await, "new");
    here.invalidate("tee").await;
    assert_eq!(there.get("tee").await.as_deref(), Some("old"), "nobody could tell it");

    server.restart().unwrap();
    let back = Instant::now();
    assert!(one.comes_up(Duration::from_secs(5)).await && two.comes_up(Duration::from_secs(5)).await);
    assert!(back.elapsed() < Duration::from_secs(5), "back after {:?}", back.elapsed());
    assert_eq!(there.get("tee").await, None, "what it had from before is doubted");

    there.get_with("mug", async { "old".to_owned() }).await;
    eventually("the other forgets", async || {
        here.invalidate("mug").await;
        there.get("mug").await.is_none()
    })
    .await;
}

#[tokio::test]
async fn after_a_lost_subscription_memory_is_doubted() {
    let server = PrivateRedis::start().unwrap();
    let pages = replica(&server).await;
    pages.get_with("tee", async { "perhaps old".to_owned() }).await;
    let killed = server.command("CLIENT KILL TYPE pubsub").unwrap();
    assert!(killed.starts_with(":1"), "{killed}");
    eventually("it is forgotten", async || pages.get("tee").await.is_none()).await;
}

#[tokio::test]
async fn what_could_not_be_told_is_made_up_for() {
    let server = PrivateRedis::start().unwrap();
    let (here, there) = (replica(&server).await, replica(&server).await);
    here.get_with("tee", async { "old".to_owned() }).await;
    eventually("it is stored", async || in_redis(&server, "tee").contains("old")).await;
    there.get_with("tee", async { unreachable!("it is in Redis") }).await;

    server.command("ACL SETUSER default -eval -evalsha -script").unwrap();
    here.invalidate("tee").await;
    assert_eq!(here.get_with("tee", async { "new".to_owned() }).await, "new");
    assert_eq!(there.get("tee").await.as_deref(), Some("old"), "it could not be told");

    server.command("ACL SETUSER default +@all").unwrap();
    eventually("it is told", async || there.get("tee").await.is_none()).await;
    assert_eq!(there.get_with("tee", async { "new".to_owned() }).await, "new", "and gone from Redis");
}
