//! A client's key has one effect and one answer.

mod common;

use common::{NOW, add, cx, on_each, on_hand};
use souk_db::{DbError, batch, idempotency};
use souk_rpc::{Context, Idempotency};
use std::time::Duration;

fn keyed(key: &str) -> Context {
    let idempotency = Idempotency { scope: "customer:1".into(), key: key.into(), fingerprint: "f1".into() };
    Context { idempotency: Some(idempotency), ..cx() }
}

#[tokio::test]
async fn a_key_has_one_effect() {
    on_each(async |db| {
        let cx = keyed("k1");
        db.commit(&cx, batch![idempotency::begin(&cx, NOW), add(1, 5)]).await.expect("the first time");
        let again = db.commit(&cx, batch![add(2, 5), idempotency::begin(&cx, NOW)]).await;
        assert_eq!(again.expect_err("the key is taken"), DbError::IdempotencyConflict);
        assert_eq!(on_hand(db, 2).await, None);
        assert!(idempotency::begin(&common::cx(), NOW).is_none(), "a request without a key claims none");
    })
    .await;
}

#[tokio::test]
async fn the_first_answer_is_kept_byte_for_byte() {
    on_each(async |db| {
        let cx = keyed("k1");
        let lookup = async || idempotency::lookup(db, "customer:1", "k1").await.expect("reads");
        assert_eq!(lookup().await, None);
        db.commit(&cx, idempotency::begin(&cx, NOW)).await.expect("begins");
        assert_eq!(lookup().await.expect("taken").status, None);
        for (status, body) in [(201, b"first".to_vec()), (500, b"second".to_vec())] {
            let reply = idempotency::store_reply("customer:1", "k1", status, "application/json", body);
            db.commit(&cx, reply).await.expect("stores");
        }
        let stored = lookup().await.expect("answered");
        assert_eq!((stored.status, stored.body.as_deref()), (Some(201), Some(&b"first"[..])));
        assert_eq!((stored.fingerprint.as_str(), stored.created_at), ("f1", NOW));
        db.commit(&cx, idempotency::forget("customer:1", "k1")).await.expect("an answered key stays");
        assert!(lookup().await.is_some());
        db.commit(&cx, idempotency::prune(NOW.plus(Duration::from_secs(1)))).await.expect("prunes");
        assert_eq!(lookup().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_failed_frees_its_key() {
    on_each(async |db| {
        let cx = keyed("k1");
        db.commit(&cx, idempotency::begin(&cx, NOW)).await.expect("begins");
        db.commit(&cx, idempotency::forget("customer:1", "k1")).await.expect("forgets");
        db.commit(&cx, idempotency::begin(&cx, NOW)).await.expect("begins again");
    })
    .await;
}
