//! What every process says about itself on its internal listener: `/healthz` alive, `/readyz` willing, `/metrics` in
//! numbers. The first two are open to whoever reaches the listener and tell nothing but yes or no; the numbers need
//! the shop's secret (`Authorization: Souk …`).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use souk_app::Worker;
use souk_db::Db;
use souk_gateway::RenderMetrics;
use souk_rpc::InternalSecret;
use tokio_util::sync::CancellationToken;

use crate::wiring::Ready;

/// A database that takes longer has trouble of its own.
const PING_TIME: Duration = Duration::from_secs(1);

/// What the answers depend on.
pub(crate) struct Health {
    pub(crate) closing: CancellationToken,
    pub(crate) dbs: Vec<Db>,
    pub(crate) ready: Vec<Ready>,
    pub(crate) render: RenderMetrics,
    pub(crate) secret: InternalSecret,
}

pub(crate) fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(health))
}

/// A replica that says no is not sent any work; one that is closing says so first of all.
async fn readyz(State(health): State<Arc<Health>>) -> Response {
    let refuse = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    if health.closing.is_cancelled() {
        return refuse("closing\n");
    }
    if !health.ready.iter().all(|is_ready| is_ready()) {
        return refuse("not complete yet\n");
    }
    let pings = futures::future::try_join_all(health.dbs.iter().map(Db::ping));
    match tokio::time::timeout(PING_TIME, pings).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        Ok(Err(_)) | Err(_) => refuse("a database does not answer\n"),
    }
}

async fn metrics(State(health): State<Arc<Health>>, headers: HeaderMap) -> Response {
    if !health.secret.opens(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, (health.render)()).into_response()
}

/// Starts counting; answers what renders the numbers, and the worker that keeps them from piling up.
pub(crate) fn numbers() -> (RenderMetrics, Worker) {
    let Some(metrics) = souk_app::telemetry::metrics() else {
        // This process counts for another shop already, as in tests.
        return (Arc::new(String::new), Worker::new("metrics", |_| async {}));
    };
    let rendered = metrics.clone();
    let upkeep = Worker::every("metrics", Duration::from_secs(5), move || {
        metrics.run_upkeep();
        async { Ok(()) }
    });
    (Arc::new(move || rendered.render()), upkeep)
}
