//! When the shop is full, a service is gone, or the gateway is about to close.

use axum::body::{Body, Bytes};
use futures::stream;
use souk_gateway::Upstreams;

use crate::shop::{Shop, ask, build, get, open, open_with, post, services};

#[tokio::test]
async fn a_full_gateway_turns_people_away_before_it_reads_anything() {
    let shop = open_with(|config| config.in_flight_max = 10);
    let busy: Vec<_> = (0..9)
        .map(|_| {
            let gateway = shop.gateway.clone();
            tokio::spawn(async move { gateway.handle(get("/v1/collections").request()).await })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let never = stream::pending::<Result<Bytes, std::io::Error>>();
    for ask in [get("/v1/products"), ask("POST", "/v1/carts").body(Body::from_stream(never))] {
        let reply = shop.send(ask).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "overloaded"));
        assert_eq!(reply.header("retry-after"), "1");
        assert_eq!(reply.header("ratelimit"), "", "it costs the client nothing");
    }
    assert_eq!(shop.send(get("/healthz")).await.status, 200, "a full shop is not a broken one");
    let paying = shop.send(post("/v1/carts/1/checkout")).await;
    assert_eq!(paying.status, 404, "who pays is let in, as far as this shop of fakes goes");
    for request in busy {
        request.abort();
        let _ = request.await;
    }
    assert_eq!(shop.send(get("/v1/products")).await.status, 200);
}

#[tokio::test]
async fn a_closing_gateway_says_that_it_is_not_ready_and_still_answers() {
    let shop = open();
    assert_eq!(shop.send(get("/readyz")).await.status, 200);
    shop.closing.cancel();
    let reply = shop.send(get("/readyz")).await;
    assert_eq!((reply.status.as_u16(), reply.json()["parts"][0]["code"].as_str()), (503, Some("closing")));
    assert_eq!(shop.send(get("/v1/products")).await.status, 200);
    assert_eq!(shop.send(get("/healthz")).await.status, 200);
}

/// A shop whose catalog was looked at and has gone away since.
async fn without_catalog(seen: &[&str], seconds_max: u64) -> Shop {
    let (product, end, serving) = services::remote_product().await;
    let upstreams = Upstreams { product, ..services::local() };
    let shop = build(|config| config.stale.seconds_max = seconds_max, upstreams, false);
    for path in seen {
        assert_eq!(shop.send(get(path)).await.status, 200);
    }
    end.cancel();
    serving.await.expect("no panic");
    shop
}

#[tokio::test]
async fn a_product_that_was_seen_is_shown_while_the_catalog_is_gone() {
    let shop = without_catalog(&["/v1/products/tee", "/v1/products", "/v1/products/tee?x=1"], 600).await;
    let stale = shop.send(get("/v1/products/tee")).await;
    assert_eq!((stale.status.as_u16(), stale.text()), (200, services::tee_json()));
    assert!(stale.header("cache-status").contains("fwd=stale"), "{stale:?}");
    assert!(stale.header("warning").starts_with("111"));
    assert_eq!(stale.header("age"), "0");
    assert_eq!(stale.header("content-type"), "application/json");
    let again = shop.send(get("/v1/products/tee").with("if-none-match", stale.header("etag"))).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    for unseen in [get("/v1/products/tee?x=2"), get("/v1/products/tee").with("accept", "text/html")] {
        let reply = shop.send(unseen).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "unavailable"));
    }
    let not_public = shop.send(get("/v1/products")).await;
    assert_eq!(not_public.status, 503, "what the catalog did not call public is not kept");
    assert_eq!(
        shop.send(post("/v1/admin/products").bearer("sam")).await.status,
        503,
        "changes need the catalog"
    );
}

#[tokio::test]
async fn what_is_too_old_is_not_shown() {
    let shop = without_catalog(&["/v1/products/tee"], 1).await;
    assert_eq!(shop.send(get("/v1/products/tee")).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(shop.send(get("/v1/products/tee")).await.status, 503);
}
