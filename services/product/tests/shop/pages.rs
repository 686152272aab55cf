//! What everybody reads.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{guest, on_both};

#[tokio::test]
async fn a_page_that_the_client_has_is_not_sent_again() {
    on_both(async |shop| {
        shop.sells("TEE", 1).await;
        let (status, headers, page) = shop.get("/v1/products/tee").await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers["cache-control"].to_str().expect("text").contains("s-maxage"));
        let request = Request::get("/v1/products/tee").header("if-none-match", &headers["etag"]);
        let (status, again, body) = shop.send(request.body(Body::empty()).expect("a request"), guest()).await;
        assert_eq!((status, body), (StatusCode::NOT_MODIFIED, Value::Null));
        assert_eq!(again["etag"], headers["etag"]);
        let by_id = format!("/v1/products/{}", page["id"].as_str().expect("an id"));
        assert_eq!(shop.get(&by_id).await.2, page);
    })
    .await;
}

#[tokio::test]
async fn a_saved_product_is_shown_as_it_is_now() {
    on_both(async |shop| {
        shop.sells("TEE", 1).await;
        let (_, before, _) = shop.get("/v1/products/tee").await;
        let variants = json!([{ "sku": "TEE", "prices": { "EUR": 5 } }]);
        shop.imports(vec![json!({ "key": "TEE", "title": "Tee anew", "variants": variants })]).await;
        let (_, after, page) = shop.get("/v1/products/tee").await;
        assert_eq!(page["title"], "Tee anew");
        assert_ne!(before["etag"], after["etag"]);
    })
    .await;
}

#[tokio::test]
async fn a_sale_shows_in_the_availability_and_not_in_the_page() {
    on_both(async |shop| {
        let tee = shop.sells("TEE", 6).await;
        let (_, before, _) = shop.get("/v1/products/tee").await;
        let status = async || shop.get("/v1/products/tee/availability").await.2["variants"][0].clone();
        assert_eq!(status().await["status"], "in_stock");
        shop.holds(shop.order(), &[(tee, 2)]).await.expect("held");
        assert_eq!(
            (status().await["status"].clone(), status().await["left"].clone()),
            (json!("low_stock"), json!(4))
        );
        shop.holds(shop.order(), &[(tee, 4)]).await.expect("held");
        assert_eq!(status().await["status"], "sold_out");
        let (_, after, _) = shop.get("/v1/products/tee").await;
        assert_eq!(before["etag"], after["etag"]);
        assert_eq!(shop.get("/v1/products").await.2["items"][0]["in_stock"], false);
    })
    .await;
}

#[tokio::test]
async fn pages_of_a_list_neither_skip_nor_repeat_in_any_order() {
    on_both(async |shop| {
        let row = |i: i64| {
            let variants = json!([{ "sku": format!("S{i}"), "prices": { "EUR": i / 3 } }]);
            json!({ "key": i.to_string(), "title": format!("Thing {}", i % 4), "brand": "B", "variants": variants })
        };
        shop.imports((0..11).map(row).collect()).await;
        for sort in ["newest", "title", "price_asc", "price_desc"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/products?sort={sort}&limit=3&brand=B&price_min=0{cursor}");
                let (status, _, page) = shop.get(&path).await;
                assert_eq!(status, StatusCode::OK, "{page}");
                seen.extend(page["items"].as_array().expect("a list").iter().map(|item| item["id"].to_string()));
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 11, "{sort}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 11, "{sort}");
        }
        let (status, _, page) = shop.get("/v1/products?price_min=2&price_max=2&sort=price_asc").await;
        assert_eq!((status, page["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(3)));
        let cursor = shop.get("/v1/products?sort=title&limit=1").await.2["next_cursor"].as_str().map(str::to_owned);
        let path = format!("/v1/products?sort=newest&cursor={}", cursor.expect("there is more"));
        assert_eq!(shop.get(&path).await.0, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    on_both(async |shop| {
        for (path, field) in [
            ("/v1/products?limit=0", "?limit"),
            ("/v1/products?color=red", "?color"),
            ("/v1/products?cursor=zz", "?cursor"),
            ("/v1/products?currency=XXY", "?currency"),
            ("/v1/search?limit=101", "?limit"),
            ("/v1/search?color=red", "?color"),
            ("/v1/search?attribute=red", "?attribute"),
            ("/v1/search?cursor=zz", "?cursor"),
        ] {
            let (status, _, problem) = shop.get(path).await;
            assert_eq!(
                (status, problem["errors"][0]["field"].as_str()),
                (StatusCode::BAD_REQUEST, Some(field)),
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_slug_is_nowhere() {
    on_both(async |shop| {
        shop.sells("TEE", 1).await;
        let places = [
            "/v1/products/X",
            "/v1/products/X/availability",
            "/v1/collections/X",
            "/v1/products?collection=X",
        ];
        for place in places {
            for name in ["%00", "a%00b", "%F0%9F%91%95", "%ff", "..%2ftee"] {
                let path = place.replace('X', name);
                let (status, _, body) = shop.get(&path).await;
                assert!(status.is_client_error(), "{path}: {status} {body}");
            }
        }
    })
    .await;
}
