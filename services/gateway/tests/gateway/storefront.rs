//! The pages of the shop, as browsers, search engines and caches meet them.

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::response::IntoResponse;
use axum::routing::get as at;
use http::StatusCode;
use serde_json::{Value, json};
use souk_app::http::Json;
use souk_rpc::Error;

use crate::shop::{Reply, Shop, get, open_storefront, post};

/// What somebody may type into any field of the catalog.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><!--{{ 7*7 }}{% raw %}\u{2028}\u{202e}\u{0}";

fn catalog() -> Router {
    let product = |Path(slug): Path<String>| async move {
        let title = match slug.as_str() {
            "tee" => "Everyday Tee",
            "hostile" => HOSTILE,
            "late" => return Error::unavailable("the database is away").into_response(),
            _ => return Error::not_found("product").into_response(),
        };
        let media = if slug == "hostile" {
            json!([{ "url": "javascript:alert(3)", "alt": HOSTILE }])
        } else {
            json!([])
        };
        Json(json!({
            "id": "p1", "slug": slug, "title": title, "description": title, "brand": title, "media": media, "options": [],
            "categories": [{ "title": title, "path": "clothing" }], "attributes": [],
            "variants": [{ "id": "v1", "sku": "TEE", "title": title, "option_values": [],
                "prices": [{ "amount": 1999, "currency": "EUR" }, { "amount": 2500, "currency": "JPY" }] }],
        }))
        .into_response()
    };
    let availability = || async {
        Json(
            json!({ "product_id": "p1", "variants": [{ "variant_id": "v1", "sku": "TEE", "status": "in_stock" }] }),
        )
    };
    let summary = json!({ "id": "p2", "slug": "mug", "title": HOSTILE, "in_stock": true, "created_at": "2026-01-01T00:00:00Z" });
    let (listed, found) = (json!({ "items": [summary] }), summary);
    let search = move |RawQuery(query): RawQuery| async move {
        if query.unwrap_or_default().contains("cursor=broken") {
            return Error::invalid("?cursor", "cursor", "is not one of ours").into_response();
        }
        Json(json!({ "items": [found], "total": 1, "facets": { "brands": [], "categories": [], "attributes": [] } })).into_response()
    };
    let categories = |RawQuery(query): RawQuery| async move {
        let items = match query.unwrap_or_default() {
            query if query.contains("path=clothing") => json!([{ "title": "Clothing", "path": "clothing" }]),
            query if query.contains("path=") => return Error::not_found("category").into_response(),
            _ => json!([{ "title": HOSTILE, "path": "clothing" }]),
        };
        Json(json!({ "items": items })).into_response()
    };
    Router::new()
        .route("/v1/products", at(move || async move { Json(listed) }))
        .route("/v1/products/{slug}", at(product))
        .route("/v1/products/{slug}/availability", at(availability))
        .route("/v1/search", at(search))
        .route("/v1/categories", at(categories))
        .route("/v1/collections/{slug}", at(|| async { Error::not_found("collection") }))
}

fn shop() -> Shop {
    open_storefront(catalog(), false)
}

/// The page's own data, and the data for search engines.
fn data(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    let scripts = text.split("<script type=\"application/").skip(1);
    let parsed = scripts.map(|rest| {
        let (_, rest) = rest.split_once('>').expect("an open tag");
        let (json, _) = rest.split_once("</script>").expect("a closed one");
        serde_json::from_str(json).expect("JSON")
    });
    parsed.collect()
}

#[tokio::test]
async fn a_product_is_there_for_readers_without_scripts_for_search_engines_and_for_the_app() {
    let reply = shop().send(get("/products/tee")).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let text = reply.text();
    for part in [
        "<title>product Everyday Tee · Souk &amp; Söhne</title>",
        r#"<link rel="canonical" href="https://shop.example/products/tee"/>"#,
        r#"hreflang="de" href="https://shop.example/de/products/tee"/>"#,
        "<h1>Everyday Tee</h1>",
        "<p>€19.99</p>",
        "<p>in_stock</p>",
        r#"<img src="/art/tee.svg""#,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let data = data(&reply);
    assert_eq!(data[0]["@type"], "Product");
    assert_eq!(data[0]["offers"][0]["price"], "19.99");
    assert_eq!(data[0]["offers"][0]["availability"], "https://schema.org/InStock");
    assert_eq!(data[1]["@type"], "BreadcrumbList");
    let page = data.last().expect("the page's own");
    assert_eq!(
        (&page["kind"], &page["product"]["slug"], &page["currency"]),
        (&json!("product"), &json!("tee"), &json!("EUR"))
    );
}

#[tokio::test]
async fn prices_are_written_as_each_language_writes_them() {
    let shop = shop();
    assert!(shop.send(get("/de/products/tee")).await.text().contains("<p>19,99\u{a0}€</p>"));
    let yen = shop.send(get("/products/tee?currency=JPY")).await;
    assert_eq!(data(&yen)[0]["offers"][0]["price"], "2500");
    assert_eq!(
        data(&shop.send(get("/products/tee?currency=XXX")).await).last().expect("its own")["currency"],
        "EUR"
    );
}

#[tokio::test]
async fn nothing_that_anybody_types_becomes_part_of_a_page() {
    let shop = shop();
    let typed = "%3C/script%3E%3Cimg%20src=x%20onerror=alert(4)%3E%22onload=%22";
    for path in [
        "/products/hostile",
        "/",
        "/products",
        "/categories/clothing",
        &format!("/search?q={typed}"),
        &format!("/{typed}"),
    ] {
        let reply = shop.send(get(path)).await;
        let text = reply.text();
        for harm in
            ["<script>alert", "<img src=x", "onerror=alert(2)>\"", "javascript:alert(3)\"", "<!--{{", "\0"]
        {
            // The app's data holds the text as JSON, in which it is written otherwise.
            assert!(!text.contains(harm) || harm.starts_with("javascript"), "{path}: {harm} in {text}");
        }
        assert!(!text.contains("src=\"javascript:") && !text.contains(">49<"), "{path}: {text}");
        assert!(data(&reply).last().is_some_and(|page| page["kind"].is_string()), "{path}");
        let policy = reply.header("content-security-policy").to_owned();
        assert!(
            policy.contains("script-src 'self' 'sha256-") && !policy.contains("unsafe-inline"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn caches_keep_the_catalog_and_never_what_is_somebodys_own() {
    let shop = shop();
    let reply = shop.send(get("/products/tee")).await;
    assert_eq!(reply.header("cache-control"), "public, max-age=0, s-maxage=10, stale-while-revalidate=60");
    let again = shop.send(get("/products/tee").with("if-none-match", reply.header("etag"))).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for path in [
        "/cart",
        "/checkout",
        "/checkout/confirmation?order=1",
        "/orders",
        "/orders/AB12",
        "/account/orders",
        "/login",
        "/register",
        "/forgot-password",
        "/reset-password?token=x",
        "/verify?token=x",
        "/de/account",
    ] {
        let reply = shop.send(get(path)).await;
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (StatusCode::OK, "private, no-store"),
            "{path}"
        );
        assert!(reply.text().contains(r#"<meta name="robots" content="noindex"/>"#), "{path}");
        assert!(!reply.text().contains("token=x"), "{path} repeats what is secret");
    }
    let file = shop.send(get("/_next/static/app.js")).await;
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(file.header("content-type"), "text/javascript; charset=utf-8");
}

#[tokio::test]
async fn what_is_not_there_is_a_404_that_people_can_read_and_what_is_away_a_503() {
    let shop = shop();
    for path in [
        "/products/gone",
        "/categories/gone",
        "/collections/gone",
        "/pages/gone",
        "/nothing",
        "/de/nothing",
        "/account/x",
    ] {
        let reply = shop.send(get(path)).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (StatusCode::NOT_FOUND, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(reply.text().contains("noindex"), "{path}");
    }
    let late = shop.send(get("/products/late")).await;
    assert_eq!(
        (late.status, late.header("cache-control")),
        (StatusCode::SERVICE_UNAVAILABLE, "private, no-store")
    );
    assert_eq!(shop.send(get("/v1/nothing")).await.code(), "not_found");
    assert_eq!(shop.send(post("/products/tee")).await.code(), "not_found");
}

#[tokio::test]
async fn there_is_one_address_for_each_page() {
    let shop = shop();
    for (path, to) in [
        ("/products/tee/", "/products/tee"),
        ("/en/cart", "/cart"),
        ("/products/Tee?currency=JPY", "/products/tee?currency=JPY"),
    ] {
        let reply = shop.send(get(path)).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::MOVED_PERMANENTLY, to), "{path}");
    }
    let reply = shop.send(get("/products?cursor=broken")).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::FOUND, "/products"));
}

#[tokio::test]
async fn programs_find_what_they_look_for() {
    let shop = shop();
    let map = shop.send(get("/sitemap.xml")).await;
    assert_eq!(map.header("content-type"), "application/xml");
    for url in ["/products/mug", "/categories/clothing", "/pages/about", "/de"] {
        assert!(
            map.text().contains(&format!("<loc>https://shop.example{url}</loc>")),
            "{url}: {}",
            map.text()
        );
    }
    assert!(shop.send(get("/robots.txt")).await.text().contains("Sitemap: https://shop.example/sitemap.xml"));
    assert!(shop.send(get("/llms.txt")).await.text().contains("https://shop.example/openapi.json"));
    assert!(shop.send(get("/art/tee.svg")).await.text().starts_with("<svg "));
    let document =
        shop.send(get("/storefront/document.json?path=%2Fde%2Fproducts%2Ftee%3Fcurrency%3DJPY")).await.json();
    assert_eq!(
        (&document["locale"], &document["currency"], &document["path"]),
        (&json!("de"), &json!("JPY"), &json!("/products/tee"))
    );
}

#[tokio::test]
async fn stripe_is_let_in_only_where_it_is_paid_with() {
    assert!(!shop().send(get("/checkout")).await.header("content-security-policy").contains("stripe"));
    let shop = open_storefront(catalog(), true);
    assert!(
        shop.send(get("/checkout")).await.header("content-security-policy").contains("https://js.stripe.com")
    );
}
