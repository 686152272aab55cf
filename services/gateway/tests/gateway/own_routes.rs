//! What the gateway answers itself.

use std::sync::atomic::Ordering;

use crate::shop::{ask, get, open, post, services};
use serde_json::json;
use souk_gateway::{Upstream, Upstreams};
use souk_rpc::{InternalSecret, Remote, RemoteConfig};

#[tokio::test]
async fn the_start_page_shows_products_and_nothing_from_elsewhere() {
    let reply = open().send(get("/")).await;
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    let page = reply.text();
    assert!(page.contains("Tee &lt;b&gt;") && page.contains("19.99 EUR"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"));
    assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(!page.contains("/dev/mailbox"));
    let dev = crate::shop::build(|_| {}, services::local(), true).send(get("/")).await.text();
    assert!(dev.contains("This is development mode") && dev.contains("/dev/mailbox"));
}

#[tokio::test]
async fn the_start_page_is_there_even_without_a_catalog() {
    let upstreams = Upstreams { product: Upstream::Local(axum::Router::new()), ..services::local() };
    let reply = crate::shop::build(|_| {}, upstreams, false).send(get("/")).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("nothing on the shelves"));
}

#[tokio::test]
async fn the_reference_is_made_from_the_merged_description() {
    let shop = open();
    let page = shop.send(get("/docs")).await.text();
    for part in [
        "id=\"create_cart\"",
        "curl -X POST &quot;$SHOP&#x2f;v1&#x2f;carts&quot;",
        "&quot;currency&quot;: &quot;EUR&quot;",
        "href=\"#schema-NewCart\"",
        "ISO 4217 &lt;code&gt;.",
        "<code>id</code>",
        "id=\"list_dead_letters\"",
        "id=\"schema-Problem\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(!page.contains("<script") && !page.contains("style=\""));
    let style = shop.send(get("/docs/style.css")).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_description_is_whole_and_has_an_etag() {
    let shop = open();
    let reply = shop.send(get("/openapi.json")).await;
    let api = reply.json();
    assert_eq!(api["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    assert_eq!(api["info"]["title"], "souk");
    assert!(api["paths"]["/v1/carts"]["post"].is_object());
    assert!(api["paths"]["/v1/admin/dead-letters"]["get"].is_object());
    assert!(api["components"]["securitySchemes"]["cookie"].is_object());
    assert!(api["components"]["schemas"]["Problem"].is_object());
    let again = shop.send(get("/openapi.json").with("if-none-match", reply.header("etag"))).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn every_error_code_leads_to_its_page() {
    let shop = open();
    let problem = shop.send(get("/nowhere")).await.json();
    let page = shop.send(get(problem["type"].as_str().expect("a link"))).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<h1>not_found</h1>"));
    assert!(shop.send(get("/docs/errors")).await.text().contains("/docs/errors/not_found"));
    let missing = shop.send(get("/docs/errors/%3Cscript%3E")).await;
    assert_eq!(missing.status, 404);
    assert!(!missing.text().contains("<script"));
}

#[tokio::test]
async fn ready_means_that_every_part_answers() {
    let shop = open();
    assert_eq!(shop.send(get("/healthz")).await.json(), json!({"status": "ok"}));
    assert_eq!(shop.send(get("/readyz")).await.json()["ready"], true);
    shop.people.down.store(1, Ordering::SeqCst);
    let reply = shop.send(get("/readyz")).await;
    assert_eq!(reply.status, 503);
    let parts = reply.json()["parts"].clone();
    assert_eq!(parts[0], json!({"name": "user", "ready": false, "code": "unavailable"}));
    assert_eq!(parts[1], json!({"name": "product", "ready": true}));
    assert_eq!(shop.send(get("/healthz")).await.status, 200, "alive all the same");
}

#[tokio::test]
async fn staff_read_and_settle_dead_letters() {
    let shop = open();
    let list = shop.send(get("/v1/admin/dead-letters?consumer=order").bearer("sam")).await;
    assert_eq!(list.json()["items"][0]["event"], crate::shop::DEAD.to_string());
    assert_eq!(shop.send(get("/v1/admin/dead-letters").bearer("key")).await.status, 403);
    let name = json!({"consumer": "order", "event": crate::shop::DEAD}).to_string();
    for path in ["/v1/admin/dead-letters/redrive", "/v1/admin/dead-letters/discard"] {
        assert_eq!(shop.send(post(path).bearer("sam").body(name.clone())).await.status, 204);
        let other = json!({"consumer": "payment", "event": crate::shop::DEAD}).to_string();
        assert_eq!(shop.send(post(path).bearer("sam").body(other)).await.status, 404);
    }
}

#[tokio::test]
async fn a_dead_letter_that_cannot_be_named_is_refused() {
    let shop = open();
    for query in ["limit=0", "limit=101", "limit=x", "consumer=", "consumer=A", "color=red"] {
        let reply = shop.send(get(&format!("/v1/admin/dead-letters?{query}")).bearer("sam")).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "invalid_request"), "{query}");
    }
    let reply = shop.send(post("/v1/admin/dead-letters/redrive").bearer("sam").body("{}")).await;
    assert_eq!(reply.json()["errors"][0]["rule"], "required");
}

#[tokio::test]
async fn a_service_in_another_process_answers_alike() {
    let shop = crate::shop::build(
        |_| {},
        Upstreams { product: services::remote_product().await.0, ..services::local() },
        false,
    );
    let seen = shop
        .seen(
            get("/v1/search")
                .bearer("ada")
                .with("connection", "x-hop")
                .with("x-hop", "1")
                .with("souk-context", "{}"),
        )
        .await;
    assert_eq!(seen["cx"]["caller"]["user"], crate::shop::ADA.to_string());
    assert_eq!(seen["headers"].get("x-hop"), None);
    let tee = shop.send(get("/v1/products/tee")).await;
    assert_eq!(tee.text(), services::tee_json());
    assert_eq!(tee.header("content-length"), tee.body.len().to_string());
    let again = shop.send(get("/v1/products/tee").with("if-none-match", tee.header("etag"))).await;
    assert_eq!(again.status, 304);
    let posted = shop.seen(post("/v1/admin/products").bearer("sam").body("{\"a\":1}")).await;
    assert_eq!(posted["bytes"], 7);
    assert_eq!(shop.send(ask("DELETE", "/v1/products")).await.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_service_that_is_gone_is_unavailable() {
    let secret = InternalSecret::new("between us");
    let gone = Remote::http("http://127.0.0.2:9", secret, RemoteConfig::default()).expect("a URL");
    let upstreams = Upstreams { product: Upstream::Remote(gone), ..services::local() };
    let reply = crate::shop::build(|_| {}, upstreams, false).send(get("/v1/products")).await;
    assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "unavailable"));
    assert_eq!(reply.header("retry-after"), "1");
}
