//! Two replicas of the service on one database, each with a search index of its own.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use souk_app::Kit;
use souk_bus::Processor;
use souk_db::{Db, Dialect, args};
use souk_product::ProductConfig;
use souk_rpc::Context;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::support::{Shop, eventually, guest, on_both};

/// Another process of the service, but for the relay: one is enough.
struct Replica {
    app: Router,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Replica {
    fn start(shop: &Shop, index: &Path) -> Replica {
        let kit = Kit {
            db: shop.db.clone(),
            redis: None,
            clock: shop.clock.clone(),
            chance: shop.chance.clone(),
            dev: false,
        };
        let built = souk_product::build(ProductConfig::default(), kit, index.to_owned());
        let stop = CancellationToken::new();
        let mut tasks = Vec::new();
        for consumer in built.service.consumers {
            tasks.push(Processor::new(consumer, shop.clock.clone()).spawn(stop.clone()));
        }
        for worker in built.service.workers {
            tasks.push(tokio::spawn((worker.run)(stop.clone())));
        }
        let (app, _) = built.service.public.split_for_parts();
        Replica { app, stop, tasks }
    }

    async fn finds(&self, word: &str) -> u64 {
        let request = Request::get(format!("/v1/search?q={word}")).body(Body::empty());
        let mut request = request.expect("a request");
        request.extensions_mut().insert(guest());
        let response = self.app.clone().oneshot(request).await.expect("infallible");
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let found: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        found["total"].as_u64().unwrap_or(0)
    }

    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("no panic");
        }
    }
}

/// Replicas need PostgreSQL: a SQLite file has one owner.
fn has_replicas(db: &Db) -> bool {
    db.dialect() == Dialect::Postgres
}

async fn found_at_the_first(shop: &Shop, word: &str) -> bool {
    shop.get(&format!("/v1/search?q={word}")).await.2["total"] == 1
}

#[tokio::test]
async fn what_is_saved_or_removed_is_known_to_every_replica_within_a_second() {
    on_both(async |shop| {
        if !has_replicas(&shop.db) {
            return;
        }
        shop.sells("ANCHOR", 1).await;
        let folder = tempfile::tempdir().expect("a folder");
        let other = Replica::start(&shop, folder.path());
        eventually(async || other.finds("anchor").await == 1).await;
        for word in ["kettle", "lantern", "compass"] {
            let begun = Instant::now();
            shop.sells(word, 1).await;
            while !found_at_the_first(&shop, word).await || other.finds(word).await != 1 {
                assert!(begun.elapsed() < Duration::from_secs(10), "`{word}` is not found everywhere");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            println!("`{word}` is found everywhere after {:?}", begun.elapsed());
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        }
        let id = shop.get("/v1/products/kettle").await.2["id"].clone();
        let path = format!("/v1/admin/products/{}", id.as_str().expect("an id"));
        shop.staff("DELETE", &path, json!(null)).await;
        eventually(async || !found_at_the_first(&shop, "kettle").await && other.finds("kettle").await == 0)
            .await;
        other.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_was_away_catches_up_or_fills_its_index_anew() {
    on_both(async |shop| {
        if !has_replicas(&shop.db) {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        shop.sells("ANCHOR", 1).await;
        let other = Replica::start(&shop, folder.path());
        eventually(async || other.finds("anchor").await == 1).await;
        other.end().await;

        shop.sells("KETTLE", 1).await;
        let waiting = "select count(*) from index_todo";
        eventually(async || {
            let count = shop.db.read_one(waiting, args![], |row| row.get::<i64>(0)).await;
            count.expect("a read") == Some(1)
        })
        .await;
        let other = Replica::start(&shop, folder.path());
        eventually(async || other.finds("kettle").await == 1).await;
        other.end().await;

        // Away for so long that the others have forgotten it: nobody noted what it missed.
        let forget = souk_db::Statement::new("test.forget", "delete from index_replica", args![]);
        shop.db.commit(&Context::system("test"), forget).await.expect("forgotten");
        shop.sells("LANTERN", 1).await;
        eventually(async || found_at_the_first(&shop, "lantern").await).await;
        let other = Replica::start(&shop, folder.path());
        eventually(async || other.finds("lantern").await == 1 && other.finds("anchor").await == 1).await;
        other.end().await;
    })
    .await;
}
