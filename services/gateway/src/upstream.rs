//! The way to a service: a method call away in one process, a request over the network in another.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use futures::FutureExt;
use http::{HeaderMap, HeaderName, Request, Response, Version, header};
use souk_rpc::{Context, Error, Remote};
use tower::Service;

use crate::config::HopTimes;
use crate::routes::Target;

/// Where the public routes of a service are.
#[derive(Clone)]
pub enum Upstream {
    /// In this process.
    Local(Router),
    /// In another one, behind its internal listener.
    Remote(Remote),
}

/// The services behind the gateway.
#[derive(Clone)]
pub struct Upstreams {
    pub user: Upstream,
    pub product: Upstream,
    pub order: Upstream,
    pub payment: Upstream,
    pub notification: Upstream,
}

/// All ways out of the gateway, its own routes included.
pub(crate) struct Ways {
    services: Upstreams,
    own: Router,
    hop_ms_max: HopTimes,
}

/// For pages that are made here.
const OWN_TIME: Duration = Duration::from_secs(10);

impl Ways {
    /// The gateway has read the body already and limited its length, so that a router's own limit would only
    /// forbid what the configuration allows.
    pub(crate) fn new(services: Upstreams, hop_ms_max: HopTimes) -> Ways {
        let unlimited = |upstream: Upstream| match upstream {
            Upstream::Local(router) => {
                Upstream::Local(router.layer(axum::extract::DefaultBodyLimit::disable()))
            }
            remote => remote,
        };
        let services = Upstreams {
            user: unlimited(services.user),
            product: unlimited(services.product),
            order: unlimited(services.order),
            payment: unlimited(services.payment),
            notification: unlimited(services.notification),
        };
        Ways { services, own: Router::new(), hop_ms_max }
    }

    pub(crate) fn with_own(self, own: Router) -> Ways {
        Ways { own, ..self }
    }

    pub(crate) fn time_limit(&self, target: Target) -> Duration {
        let HopTimes { user, product, order, payment, notification } = self.hop_ms_max;
        match target {
            Target::Own => OWN_TIME,
            Target::User => Duration::from_millis(user),
            Target::Product => Duration::from_millis(product),
            Target::Order => Duration::from_millis(order),
            Target::Payment => Duration::from_millis(payment),
            Target::Notification => Duration::from_millis(notification),
        }
    }

    async fn send(
        &self,
        target: Target,
        cx: Context,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        let upstream = match target {
            Target::Own => return call(&self.own, cx, request).await,
            Target::User => &self.services.user,
            Target::Product => &self.services.product,
            Target::Order => &self.services.order,
            Target::Payment => &self.services.payment,
            Target::Notification => &self.services.notification,
        };
        match upstream {
            Upstream::Local(router) => call(router, cx, request).await,
            Upstream::Remote(remote) => forward(remote, &cx, request).await,
        }
    }

    /// Sends a request and waits for the answer within the time that its context leaves. A panic becomes an error.
    pub(crate) async fn ask(
        &self,
        target: Target,
        cx: Context,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        let time_left = cx.time_left(self.time_limit(target));
        let answer = AssertUnwindSafe(self.send(target, cx, request)).catch_unwind();
        match tokio::time::timeout(time_left, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => Err(panicked(target, &*panic)),
            Err(_) => Err(too_late()),
        }
    }
}

/// Sends a change. It runs to its end even if the client hangs up in the middle, as impatient buyers do:
/// what can be finished now need not be repaired later.
pub(crate) async fn ask_to_the_end(
    ways: &Arc<Ways>,
    target: Target,
    cx: Context,
    request: Request<Body>,
) -> Result<Response<Body>, Error> {
    let time_left = cx.time_left(ways.time_limit(target));
    let ways = Arc::clone(ways);
    let sent = tokio::spawn(souk_trace::carry(async move { ways.send(target, cx, request).await }));
    match tokio::time::timeout(time_left, sent).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(join)) => match join.try_into_panic() {
            Ok(panic) => Err(panicked(target, &*panic)),
            Err(_) => Err(Error::unavailable("the shop is closing")),
        },
        Err(_) => Err(too_late()),
    }
}

fn too_late() -> Error {
    Error::timeout("this part of the shop did not answer in time")
}

fn panicked(target: Target, panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    Error::internal(format_args!("{} panicked: {text}", target.name()))
}

async fn call(router: &Router, cx: Context, mut request: Request<Body>) -> Result<Response<Body>, Error> {
    request.extensions_mut().insert(cx);
    match router.clone().call(request).await {
        Ok(response) => Ok(response.into_response()),
        Err(never) => match never {},
    }
}

async fn forward(remote: &Remote, cx: &Context, mut request: Request<Body>) -> Result<Response<Body>, Error> {
    // What came over HTTP/2 goes on over whatever the peers speak.
    *request.version_mut() = Version::HTTP_11;
    strip_hop_by_hop(request.headers_mut());
    let mut response = remote.forward(cx, request).await?;
    strip_hop_by_hop(response.headers_mut());
    *response.version_mut() = Version::HTTP_11;
    Ok(response)
}

/// Headers that concern one connection only (RFC 9110 §7.6.1).
fn strip_hop_by_hop(headers: &mut HeaderMap) {
    const HOP_BY_HOP: [HeaderName; 8] = [
        header::TRANSFER_ENCODING,
        header::TE,
        header::TRAILER,
        header::UPGRADE,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ];
    if let Some(connection) = headers.remove(header::CONNECTION) {
        for name in connection.to_str().unwrap_or_default().split(',') {
            headers.remove(name.trim());
        }
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}
