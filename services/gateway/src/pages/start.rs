//! `/`: shows that the shop is there, with a few of its products and the way to everything else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Limited};
use serde::Serialize;
use serde_json::Value;
use souk_rpc::{Caller, Context, Error};

use crate::own::Own;
use crate::routes::Target;

const SHOWN: &str = "/v1/products?limit=12";
const REPLY_BYTES_MAX: usize = 1 << 20;
/// The page does not wait for a catalog that is slow.
const PRODUCTS_TIME: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Start {
    products: Vec<Tile>,
    dev: bool,
    version: &'static str,
}

/// As much of a product as a tile shows.
#[derive(Debug, PartialEq, Serialize)]
struct Tile {
    title: String,
    href: String,
    price: String,
    initial: String,
}

pub(crate) async fn start(State(own): State<Arc<Own>>, cx: Context) -> Response {
    // What is shown is for everybody, so nobody's own view of the catalog may get onto the page.
    let cx = Context { caller: Caller::Guest, deadline: Some(Instant::now() + PRODUCTS_TIME), ..cx };
    let tiles = match products(&own, cx).await {
        Ok(products) => tiles(&products),
        Err(error) => {
            tracing::warn!(%error, "the start page has no products to show");
            Vec::new()
        }
    };
    let values = Start { products: tiles, dev: own.dev, version: env!("CARGO_PKG_VERSION") };
    let mut response = own.pages.html("start.html", &values);
    let cache = if own.dev { "no-cache" } else { "public, max-age=30" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

async fn products(own: &Own, cx: Context) -> Result<Value, Error> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::from_static(SHOWN);
    let response = own.ways.ask(Target::Product, cx, request).await?;
    let status = response.status();
    if !status.is_success() {
        return Err(Error::unavailable(format!("{SHOWN} answered {status}")));
    }
    let body = Limited::new(response.into_body(), REPLY_BYTES_MAX).collect();
    let body = tokio::time::timeout(PRODUCTS_TIME, body)
        .await
        .map_err(|_| Error::timeout("the products are late"))?;
    let bytes = body.map_err(Error::internal)?.to_bytes();
    serde_json::from_slice(&bytes).map_err(Error::internal)
}

fn tiles(page: &Value) -> Vec<Tile> {
    page["items"].as_array().into_iter().flatten().filter_map(tile).collect()
}

fn tile(product: &Value) -> Option<Tile> {
    let title = product["title"].as_str()?.to_owned();
    let name = product["slug"].as_str().or_else(|| product["id"].as_str())?;
    Some(Tile {
        href: format!("/v1/products/{name}"),
        price: money(&product["price_from"]).unwrap_or_default(),
        initial: title.chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default(),
        title,
    })
}

fn money(value: &Value) -> Option<String> {
    serde_json::from_value::<souk_types::Money>(value.clone()).ok().map(|money| money.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tile_shows_title_and_price() {
        let page = json!({"items": [
            {"title": "ärmel", "slug": "sleeve", "price_from": {"amount": 1999, "currency": "EUR"}},
            {"title": "free", "slug": "free"},
            {"slug": "nameless"},
        ]});
        let tiles = tiles(&page);
        assert_eq!(tiles.len(), 2);
        assert_eq!((tiles[0].price.as_str(), tiles[0].initial.as_str()), ("19.99 EUR", "Ä"));
        assert_eq!(tiles[0].href, "/v1/products/sleeve");
    }
}
