//! For those who watch the shop: alive, ready, and in numbers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use metrics::{Counter, Histogram, counter, histogram};
use serde::Serialize;
use souk_app::http::{Json, Problems};
use souk_contract::Done;
use souk_rpc::{Context, Error, Permission};
use utoipa::ToSchema;

use crate::own::Own;
use crate::routes::Target;
use crate::visit::{Local, Visit};

const CLASSES: [&str; 6] = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// Requests and their times, by who answered. The handles are made once: looking one up costs more than counting.
pub(crate) struct Numbers {
    requests: Vec<[Counter; CLASSES.len()]>,
    seconds: Vec<Histogram>,
    shed: Counter,
}

impl Numbers {
    pub(crate) fn new() -> Numbers {
        let requests = |target: Target| {
            CLASSES.map(|class| {
                counter!("souk_gateway_requests_total", "service" => target.name(), "status" => class)
            })
        };
        let seconds = |target: Target| histogram!("souk_gateway_request_seconds", "service" => target.name());
        Numbers {
            requests: Target::ALL.into_iter().map(requests).collect(),
            seconds: Target::ALL.into_iter().map(seconds).collect(),
            shed: counter!("souk_gateway_shed_total"),
        }
    }

    /// Somebody found the shop full. Counted and not logged: there would be as many lines as requests.
    pub(crate) fn count_shed(&self) {
        self.shed.increment(1);
    }

    pub(crate) fn count(&self, visit: &Visit<'_>, status: StatusCode) {
        let (target, class) = (visit.route.target as usize, usize::from(status.as_u16() / 100));
        let time = visit.started.elapsed();
        if let (Some(requests), Some(seconds)) = (self.requests.get(target), self.seconds.get(target)) {
            requests[class.min(CLASSES.len() - 1)].increment(1);
            seconds.record(time);
        }
        if status.is_server_error() {
            let service = visit.route.target.name();
            tracing::warn!(request.id = visit.request_id, %status, service, method = %visit.method, "request failed");
        } else {
            tracing::debug!(request.id = visit.request_id, %status, ?time, "request answered");
        }
    }
}

/// Alive; says nothing about the parts behind.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether this process is alive
///
/// Answers as long as the process can answer anything. Restart it when this fails.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", operation_id = "get_health",
    responses((status = 200, body = Alive, description = "Alive."), Problems)
)]
pub(crate) async fn healthz() -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// What each part of the shop says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Every part answers.
    ready: bool,
    parts: Vec<Part>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Part {
    #[schema(example = "order")]
    name: &'static str,
    ready: bool,
    /// The error's code, when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "unavailable")]
    code: Option<String>,
}

impl Part {
    /// The gateway itself is about to end.
    fn closing() -> Part {
        Part { name: Target::Own.name(), ready: false, code: Some("closing".to_owned()) }
    }
}

/// Whether the shop can serve
///
/// Asks every part that keeps something. Send no traffic here while this fails: it does so before the process ends.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "get_readiness",
    responses(
        (status = 200, body = Readiness, description = "Every part answers."),
        (status = 503, body = Readiness, description = "Some part does not."),
        Problems,
    )
)]
pub(crate) async fn readyz(State(own): State<Arc<Own>>, cx: Context) -> Response {
    if own.closing.is_cancelled() {
        return not_ready(Readiness { ready: false, parts: vec![Part::closing()] });
    }
    let limit = Duration::from_millis(own.ready_ms_max);
    let cx = Context { deadline: Some(Instant::now() + limit), ..cx };
    let part = async |name, ping: Result<Result<Done, Error>, tokio::time::error::Elapsed>| {
        let code = match ping {
            Ok(Ok(Done {})) => None,
            Ok(Err(error)) => Some(error.code.into_owned()),
            Err(_) => Some("timeout".to_owned()),
        };
        Part { name, ready: code.is_none(), code }
    };
    let (user, product, order, payment) = tokio::join!(
        tokio::time::timeout(limit, own.user.ping(&cx, Done {})),
        tokio::time::timeout(limit, own.product.ping(&cx, Done {})),
        tokio::time::timeout(limit, own.order.ping(&cx, Done {})),
        tokio::time::timeout(limit, own.payment.ping(&cx, Done {})),
    );
    let parts = vec![
        part("user", user).await,
        part("product", product).await,
        part("order", order).await,
        part("payment", payment).await,
    ];
    if parts.iter().all(|part| part.ready) {
        return Json(Readiness { ready: true, parts }).into_response();
    }
    not_ready(Readiness { ready: false, parts })
}

fn not_ready(readiness: Readiness) -> Response {
    let mut response = Json(readiness).into_response();
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

/// The process in numbers
///
/// Prometheus text. Open to this machine, to the configured proxies themselves and to `system:read`.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "get_metrics",
    responses((status = 200, body = String, content_type = "text/plain", description = "Prometheus text."), Problems),
    security((), ("bearer" = []), ("cookie" = []))
)]
pub(crate) async fn metrics(
    State(own): State<Arc<Own>>,
    local: Option<axum::Extension<Local>>,
    cx: Context,
) -> Result<Response, Error> {
    if local.is_none() {
        cx.require(Permission::SystemRead)?;
    }
    let mut response = Response::new(Body::from((own.metrics)()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
