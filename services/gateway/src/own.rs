//! What the gateway answers itself: its pages, its health, and the dead letters of all services.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use souk_app::http::method_not_allowed;
use souk_contract::order::Order;
use souk_contract::payment::Payment;
use souk_contract::product::Product;
use souk_contract::user::User;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::pages::Pages;
use crate::storefront::{self, Storefront};
use crate::upstream::Ways;
use crate::{DeadLetters, Deps, GatewayConfig, RenderMetrics, dead_letters, machinery, pages};

/// What these routes stand on.
pub(crate) struct Own {
    pub(crate) dev: bool,
    pub(crate) ready_ms_max: u64,
    pub(crate) user: Arc<dyn User>,
    pub(crate) product: Arc<dyn Product>,
    pub(crate) order: Arc<dyn Order>,
    pub(crate) payment: Arc<dyn Payment>,
    pub(crate) dead_letters: Arc<dyn DeadLetters>,
    pub(crate) metrics: RenderMetrics,
    pub(crate) closing: CancellationToken,
    pub(crate) ways: Arc<Ways>,
    pub(crate) pages: Pages,
    pub(crate) storefront: Option<Storefront>,
}

/// The gateway's own routes, and the description of the whole API with them.
pub(crate) fn routes(
    config: &GatewayConfig,
    deps: &Deps,
    ways: Arc<Ways>,
    storefront: Option<Storefront>,
) -> (Router, OpenApi) {
    let described = OpenApiRouter::new()
        .routes(routes!(machinery::healthz))
        .routes(routes!(machinery::readyz))
        .routes(routes!(machinery::metrics))
        .routes(routes!(pages::openapi_json))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::redrive))
        .routes(routes!(dead_letters::discard));
    let (described, own_api) = described.split_for_parts();
    let openapi = pages::api::whole(deps.openapi.clone(), own_api);
    let own = Own {
        dev: deps.dev,
        ready_ms_max: config.ready_ms_max,
        user: Arc::clone(&deps.user),
        product: Arc::clone(&deps.product),
        order: Arc::clone(&deps.order),
        payment: Arc::clone(&deps.payment),
        dead_letters: Arc::clone(&deps.dead_letters),
        metrics: Arc::clone(&deps.metrics),
        closing: deps.closing.clone(),
        ways,
        pages: Pages::new(&openapi),
        storefront,
    };
    // The storefront has a page of its own there.
    let described = match &own.storefront {
        Some(_) => described,
        None => described.route("/", get(pages::start::start)),
    };
    let router = described
        .route("/docs", get(pages::docs))
        .route("/docs/style.css", get(pages::style))
        .route("/docs/errors", get(pages::errors::index))
        .route("/docs/errors/{code}", get(pages::errors::page))
        .fallback(storefront::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::new(own));
    (router, openapi)
}
