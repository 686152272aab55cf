//! The one public door of the shop: every request comes in here, is named, limited and signed in, and goes on
//! to the service that answers it.
//!
//! Architecture invariant: a service believes only what the gateway says about a caller. Whatever a client
//! claims about itself in `souk-*` headers, in `X-Forwarded-For` or in a request id is dropped or checked here.
//!
//! `handle.rs` is the whole path of a request, `routes.rs` the table of who answers what.

mod access;
mod address;
mod compress;
mod config;
mod cors;
mod crowd;
mod dead_letters;
mod handle;
mod identity;
mod leftover;
mod limits;
mod machinery;
mod own;
mod pages;
mod reply;
mod routes;
mod sessions;
mod stale;
mod storefront;
mod upstream;
mod visit;

use std::sync::Arc;
use std::time::Duration;

use souk_app::Worker;
use souk_contract::order::Order;
use souk_contract::payment::Payment;
use souk_contract::product::Product;
use souk_contract::user::User;
use souk_redis::Redis;
use souk_types::{Chance, Clock};
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

pub use address::Cidr;
pub use config::{Cors, GatewayConfig, HopTimes, Limits, Origin, StaleConfig, StorefrontConfig};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use handle::Gateway;
pub use storefront::{Export, ExportError, Shopfront};
pub use upstream::{Upstream, Upstreams};

/// What `/metrics` answers: the process's numbers as Prometheus text.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the gateway is given to stand on.
pub struct Deps {
    /// Where each service's public routes are.
    pub upstreams: Upstreams,
    /// Finds out who is behind a token.
    pub user: Arc<dyn User>,
    pub product: Arc<dyn Product>,
    /// Takes over a guest's cart at sign-in.
    pub order: Arc<dyn Order>,
    pub payment: Arc<dyn Payment>,
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The merged description of all services; the gateway adds its own routes.
    pub openapi: OpenApi,
    pub metrics: RenderMetrics,
    /// What the gateways share: rate limits, and which sessions have ended. Without it each is on its own.
    pub redis: Option<Redis>,
    pub clock: Clock,
    pub chance: Chance,
    /// Canceled when the process closes: from then on `/readyz` says no.
    pub closing: CancellationToken,
    /// `souk up --dev`: `/dev/**` is open, and the start page says so loudly.
    pub dev: bool,
    /// The pages of the shop. Without them `/` is a plain page that shows that the shop is there.
    pub shopfront: Option<Shopfront>,
}

/// The gateway, built and not yet listening.
pub struct Built {
    pub gateway: Gateway,
    pub workers: Vec<Worker>,
}

/// Puts the gateway together. Install the metrics recorder before, or its numbers go nowhere.
///
/// # Errors
/// The storefront's files do not fit together.
pub fn build(config: GatewayConfig, deps: Deps) -> Result<Built, ExportError> {
    let gateway = Gateway::new(config, deps)?;
    let shared = Arc::clone(gateway.shared());
    let forget = Worker::new("gateway.limits", move |token| async move {
        shared.limits.keep_small(Duration::from_secs(60), token).await;
    });
    Ok(Built { gateway, workers: vec![forget] })
}
