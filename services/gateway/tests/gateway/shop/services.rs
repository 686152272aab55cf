//! Fake services: most of them tell what they were sent.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use souk_app::http::{etag_of, fallback, method_not_allowed, ready_bytes};
use souk_app::serve::{Limits, serve};
use souk_gateway::{Upstream, Upstreams};
use souk_rpc::{Context, Error, InternalSecret, Remote, RemoteConfig, believe_context};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

pub fn local() -> Upstreams {
    Upstreams {
        user: Upstream::Local(user()),
        product: Upstream::Local(product()),
        order: Upstream::Local(manners(
            Router::new().route("/v1/carts", post(echo)).route("/v1/me/cart", get(echo)),
        )),
        payment: Upstream::Local(manners(
            Router::new().route("/v1/payments/webhooks/{provider}", post(echo)),
        )),
        notification: Upstream::Local(manners(Router::new().route("/dev/mailbox", get(echo)))),
    }
}

fn manners(router: Router) -> Router {
    router.fallback(fallback).method_not_allowed_fallback(method_not_allowed)
}

/// What arrived, as JSON.
async fn echo(cx: Context, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let headers: serde_json::Map<String, serde_json::Value> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default())))
        .collect();
    let seen = json!({"cx": cx, "headers": headers, "bytes": body.len(), "in_time": cx.deadline.is_some()});
    souk_app::http::Json(seen).into_response()
}

pub fn product() -> Router {
    let router = Router::new()
        .route("/v1/products", get(products))
        .route("/v1/products/{id}", get(tee))
        .route("/v1/search", get(echo))
        .route("/v1/categories", get(panics).post(panics))
        .route("/v1/collections", get(slow))
        .route("/v1/admin/products", get(echo).post(echo))
        // A router without manners of its own.
        .route("/v1/admin/stock", get(|| async { StatusCode::NOT_FOUND }));
    manners(router)
}

/// The product service in another process: behind a socket and the shop's secret. Ends when the token is canceled.
pub async fn remote_product() -> (Upstream, CancellationToken, JoinHandle<()>) {
    let secret = InternalSecret::new("between us");
    let router = product().layer(from_fn_with_state(secret.clone(), believe_context));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let end = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, router, Limits::default(), end.clone()));
    let remote = Remote::http(&url, secret, RemoteConfig::default()).expect("a URL");
    (Upstream::Remote(remote), end, serving)
}

async fn products() -> Response {
    let page = json!({"items": [
        {"title": "Tee <b>", "slug": "tee", "price_from": {"amount": 1999, "currency": "EUR"}},
    ]});
    souk_app::http::Json(page).into_response()
}

/// Public bytes of 4 kB with an ETag, as the catalog makes them.
async fn tee(headers: HeaderMap) -> Response {
    let bytes = Bytes::from(tee_json());
    let etag = etag_of(&bytes);
    ready_bytes(&headers, bytes, &etag, "public, max-age=60")
}

pub fn tee_json() -> String {
    json!({"title": "Tee", "description": "soft ".repeat(800)}).to_string()
}

async fn panics() -> Response {
    panic!("a defect of the catalog");
}

async fn slow() -> Response {
    tokio::time::sleep(Duration::from_secs(60)).await;
    StatusCode::OK.into_response()
}

fn user() -> Router {
    let session = |token: &'static str, status: StatusCode| async move {
        let mut response = status.into_response();
        response.headers_mut().insert("souk-set-session", HeaderValue::from_static(token));
        response
    };
    let router = Router::new()
        .route("/v1/me", get(echo).patch(echo))
        .route(
            "/v1/sessions",
            post(move || session("ada", StatusCode::CREATED)).delete(|| async { StatusCode::NO_CONTENT }),
        )
        .route("/v1/sessions/current", delete(move || session("", StatusCode::NO_CONTENT)))
        .route("/v1/users", post(|| async { Err::<(), _>(Error::conflict("taken", "taken")) }));
    manners(router)
}

/// A piece of a service's description.
pub fn openapi() -> OpenApi {
    let json = json!({
        "openapi": "3.1.0",
        "info": {"title": "one of the services", "version": "9"},
        "paths": {"/v1/carts": {"post": {
            "tags": ["carts"], "operationId": "create_cart", "summary": "Start a cart",
            "description": "Returns it with `id`.",
            "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false,
                "schema": {"type": "string", "minLength": 16, "example": "0123456789abcdef"}}],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewCart"}}}},
            "responses": {"201": {"description": "The cart.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewCart"}}}}},
        }}},
        "components": {"schemas": {"NewCart": {"type": "object", "required": ["currency"], "properties": {
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "example": "EUR", "description": "ISO 4217 <code>."},
        }}}},
    });
    serde_json::from_value(json).expect("OpenAPI")
}
