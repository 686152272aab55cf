//! Search: the index follows the catalog.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use souk_app::Kit;
use souk_contract::product::SearchProducts;
use souk_product::ProductConfig;
use souk_rpc::Context;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::support::{eventually, guest, on_both};

#[tokio::test]
async fn what_is_saved_is_found_and_what_is_removed_is_not() {
    on_both(async |shop| {
        let row = |i: usize, color: &str| {
            let variants = json!([{ "sku": format!("K{i}"), "prices": { "EUR": 100 * i }, "stock": { "main": 1 } }]);
            json!({
                "key": i.to_string(), "title": format!("{color} kettle"), "brand": "Boil", "category": ["Kitchen"],
                "attributes": { "Color": color }, "variants": variants
            })
        };
        shop.imports(vec![row(1, "red"), row(2, "red"), row(3, "blue")]).await;
        eventually(async || shop.get("/v1/search?q=kettle").await.2["total"] == 3).await;
        let (status, _, found) = shop.get("/v1/search?q=kettle&attribute=Color:red&category=kitchen&price_max=150").await;
        assert_eq!((status, found["total"].as_u64()), (StatusCode::OK, Some(1)));
        assert_eq!(found["items"][0]["price_from"]["amount"], 100);
        assert_eq!(found["items"][0]["in_stock"], true);
        let (_, _, found) = shop.get("/v1/search?q=kettle&brand=Boil").await;
        assert_eq!(found["facets"]["categories"][0], json!({ "titles": ["Kitchen"], "path": "kitchen", "count": 3 }));
        let id = shop.get("/v1/products/blue-kettle").await.2["id"].clone();
        let path = format!("/v1/admin/products/{}", id.as_str().expect("an id"));
        assert_eq!(shop.staff("DELETE", &path, json!(null)).await.0, StatusCode::NO_CONTENT);
        eventually(async || shop.get("/v1/search?q=kettle").await.2["total"] == 2).await;
    })
    .await;
}

#[tokio::test]
async fn hits_show_the_price_and_stock_of_the_store() {
    on_both(async |shop| {
        let tee = shop.sells("TEE", 1).await;
        eventually(async || shop.get("/v1/search?q=tee").await.2["total"] == 1).await;
        shop.holds(shop.order(), &[(tee, 1)]).await.expect("held");
        assert_eq!(shop.get("/v1/search?q=tee").await.2["items"][0]["in_stock"], false);
    })
    .await;
}

#[tokio::test]
async fn a_lost_index_is_rebuilt_from_the_database() {
    on_both(async |shop| {
        for sku in ["TEE", "HAT"] {
            shop.sells(sku, 1).await;
        }
        let kit = Kit {
            db: shop.db.clone(),
            redis: None,
            clock: shop.clock.clone(),
            chance: shop.chance.clone(),
            dev: false,
        };
        let empty = tempfile::tempdir().expect("a folder");
        let built = souk_product::build(ProductConfig::default(), kit, empty.path().to_owned());
        let stop = CancellationToken::new();
        let worker = built.service.workers.into_iter().find(|worker| worker.name == "product.keep_index");
        let rebuilding = tokio::spawn((worker.expect("the worker").run)(stop.clone()));
        let (app, _) = built.service.public.split_for_parts();
        eventually(async || {
            let mut request = Request::get("/v1/search?q=hat").body(Body::empty()).expect("a request");
            request.extensions_mut().insert(guest());
            let response = app.clone().oneshot(request).await.expect("infallible");
            let body = response.into_body().collect().await.expect("a body").to_bytes();
            serde_json::from_slice::<serde_json::Value>(&body).expect("JSON")["total"] == 1
        })
        .await;
        stop.cancel();
        rebuilding.await.expect("no panic");
    })
    .await;
}

#[tokio::test]
async fn what_a_search_finds_is_told_by_the_keys_of_the_import() {
    on_both(async |shop| {
        shop.sells("KETTLE", 1).await;
        let ask = async |text: &str, limit| {
            let request = SearchProducts { text: text.to_owned(), limit };
            shop.product.search_products(&Context::system("test"), request).await
        };
        eventually(async || {
            let found = ask("kettle", 10).await.expect("an answer");
            found.complete && found.products.len() == 1
        })
        .await;
        let found = ask("ketle", 10).await.expect("an answer");
        assert_eq!(found.products[0].import_key.as_deref(), Some("KETTLE"));
        assert_eq!(found.repaired.as_deref(), Some("kettle"));
        let refused = ask(&"k".repeat(501), 101).await.expect_err("too long, too many");
        let fields: Vec<_> = refused.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["text", "limit"]);
    })
    .await;
}

#[tokio::test]
async fn a_shopper_who_mistypes_is_told_what_was_searched_for_instead() {
    on_both(async |shop| {
        shop.sells("Copper kettle", 1).await;
        eventually(async || shop.get("/v1/search?q=kettle").await.2["total"] == 1).await;
        let (_, _, found) = shop.get("/v1/search?q=coper%20ketle").await;
        assert_eq!((&found["repaired"], &found["total"]), (&json!("copper kettle"), &json!(1)));
        assert!(shop.get("/v1/search?q=kettles").await.2.get("repaired").is_none());
    })
    .await;
}
