//! Two replicas of the service on one database, with one Redis between them.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use souk_app::Kit;
use souk_product::ProductConfig;
use souk_redis::{Redis, RedisConfig};
use souk_testkit::{PrivateRedis, TestDatabase};
use tower::ServiceExt;

use crate::support::{Shop, eventually, guest};

/// Nothing is late for it, however busy the machine is.
const PATIENT: Duration = Duration::from_secs(10);

async fn connect(server: &PrivateRedis) -> Redis {
    let config = RedisConfig { url: server.url(), ..RedisConfig::default() };
    let redis = Redis::open_waiting(&config, PATIENT).expect("a URL");
    assert!(redis.comes_up(PATIENT).await, "it connects");
    redis
}

async fn read(app: &Router, path: &str) -> (StatusCode, Value) {
    let mut request = Request::get(path).body(Body::empty()).expect("a request");
    request.extensions_mut().insert(guest());
    let response = app.clone().oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, serde_json::from_slice(&body).expect("JSON"))
}

/// Whether every search that Redis knows has its hits there, and not just the lease of a load.
fn stored(server: &PrivateRedis) -> bool {
    let script = "local all = redis.call('KEYS', 'souk:product.search:1:*') \
                  for _, key in ipairs(all) do if redis.call('GET', key):sub(1, 1) ~= 'v' then return 0 end end \
                  return #all";
    !server.command(&format!("EVAL \"{script}\" 0")).expect("an answer").starts_with(":0")
}

#[tokio::test]
async fn what_one_replica_saves_the_other_shows_at_once() {
    let server = PrivateRedis::start().unwrap();
    let shop = Shop::open_with(TestDatabase::sqlite().unwrap(), Some(connect(&server).await)).await;
    // Long lifetimes: what is seen in time was told, not expired.
    let config =
        ProductConfig { page_cache_seconds: 600, search_cache_seconds: 600, ..ProductConfig::default() };
    let kit = Kit {
        db: shop.db.clone(),
        redis: Some(connect(&server).await),
        clock: shop.clock.clone(),
        chance: shop.chance.clone(),
        dev: false,
    };
    let folder = tempfile::tempdir().unwrap();
    let (other, _) =
        souk_product::build(config, kit, folder.path().to_owned()).service.public.split_for_parts();

    shop.sells("TEE", 1).await;
    assert_eq!(read(&other, "/v1/products/tee").await.1["title"], "TEE");
    let path = shop.get("/v1/products/tee").await.2["id"].as_str().expect("an id").to_owned();
    assert_eq!(read(&other, &format!("/v1/products/{path}")).await.1["title"], "TEE");

    let variants = json!([{ "sku": "TEE", "prices": { "EUR": 5 } }]);
    shop.imports(vec![json!({ "key": "TEE", "title": "Tee anew", "variants": variants })]).await;
    for name in ["tee".to_owned(), path.clone()] {
        eventually(async || read(&other, &format!("/v1/products/{name}")).await.1["title"] == "Tee anew")
            .await;
    }
    assert_eq!(shop.staff("DELETE", &format!("/v1/admin/products/{path}"), Value::Null).await.0, 204);
    eventually(async || read(&other, "/v1/products/tee").await.0 == StatusCode::NOT_FOUND).await;
}

/// Kinds of tees, each of which is held once.
const TRIES: usize = 6;

fn asked(limit: usize) -> String {
    format!("/v1/search?q=tee&limit={limit}")
}

/// What an answer says of one of its hits.
fn in_stock(answer: &Value, slug: &str) -> Option<bool> {
    answer["items"].as_array()?.iter().find(|hit| hit["slug"] == *slug)?["in_stock"].as_bool()
}

#[tokio::test]
async fn hits_that_one_replica_found_serve_the_other_until_the_index_changes() {
    let server = PrivateRedis::start().unwrap();
    let redis = connect(&server).await;
    let shop = Shop::open_with(TestDatabase::sqlite().unwrap(), Some(redis)).await;
    let mut tees = Vec::new();
    for number in 0..TRIES {
        tees.push((format!("tee-{number}"), shop.sells(&format!("TEE-{number}"), 1).await));
    }
    eventually(async || shop.get("/v1/search?q=tee").await.2["total"] == TRIES).await;

    // The other replica has an empty index: what it finds, it has from the first one.
    let kit = Kit {
        db: shop.db.clone(),
        redis: Some(connect(&server).await),
        clock: shop.clock.clone(),
        chance: shop.chance.clone(),
        dev: false,
    };
    let folder = tempfile::tempdir().unwrap();
    let config = ProductConfig { search_cache_seconds: 600, ..ProductConfig::default() };
    let (other, _) =
        souk_product::build(config, kit, folder.path().to_owned()).service.public.split_for_parts();
    // The last tee of a kind being held changes the first one's index as well, and soon: then the hits are gone, and another
    // kind is tried. So is another question each time.
    let (mut limit, mut told) = (20, 0);
    for (slug, tee) in tees {
        eventually(async || {
            limit += 1;
            let brought = shop.get(&asked(limit)).await.2;
            // It is stored beside the reply, and not after it; not at all if the index has changed meanwhile.
            for _ in 0..20 {
                if stored(&server) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            read(&other, &asked(limit)).await.1 == brought
        })
        .await;
        let before = in_stock(&read(&other, &asked(limit)).await.1, &slug);
        shop.holds(shop.order(), &[(tee, 1)]).await.expect("held");
        let after = in_stock(&read(&other, &asked(limit)).await.1, &slug);
        if let (Some(before), Some(after)) = (before, after) {
            assert!(before, "{slug} could be had");
            assert!(!after, "stock is the store's word, however old the hits");
            told += 1;
        }
    }
    assert!(told > 0, "the index was quicker {TRIES} times");

    // The first one's index changes: from now on the other one looks into its own, which is empty.
    shop.sells("MUG", 1).await;
    eventually(async || read(&other, &asked(limit)).await.1["total"] == 0).await;
}
