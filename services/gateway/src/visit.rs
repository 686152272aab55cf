//! One request on its way through: what is known about it before and after its service has answered.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use souk_rpc::{Caller, Context};
use souk_trace::{Span, TraceParent};

use crate::address::Client;
use crate::handle::Shared;
use crate::identity;
use crate::limits::Spent;
use crate::routes::{Class, Route, Target};
use crate::sessions::{self, Ending};

/// Marks requests that come from this machine itself: its monitoring may read the metrics.
#[derive(Clone, Copy)]
pub(crate) struct Local;

pub(crate) struct Visit<'s> {
    pub(crate) route: Route,
    pub(crate) method: Method,
    pub(crate) client: Client,
    pub(crate) request_id: String,
    /// Where its spans belong, recorded or not.
    pub(crate) trace: TraceParent,
    pub(crate) span: Option<Span>,
    pub(crate) started: Instant,
    pub(crate) spent: Option<Spent<'s>>,
    /// The cookie was of no use, or its session has ended.
    pub(crate) clear_cookie: bool,
    /// Only looked at when other origins may call.
    pub(crate) origin: Option<HeaderValue>,
    /// Of a request whose reply may be compressed.
    pub(crate) accepts: Option<(HeaderValue, Uri)>,
    /// The cart of a guest who may be signing in.
    pub(crate) guest_cart: Option<souk_types::CartId>,
    /// Which sessions end if the service agrees.
    pub(crate) ending: Option<Ending>,
}

impl<'s> Visit<'s> {
    pub(crate) fn begin(shared: &'s Shared, request: &mut Request<Body>) -> Visit<'s> {
        let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
        if let Some(host) = host.filter(|_| !request.headers().contains_key(header::HOST))
            && let Ok(host) = HeaderValue::try_from(host)
        {
            // HTTP/2 names the host in the address.
            request.headers_mut().insert(header::HOST, host);
        }
        let (headers, method) = (request.headers(), request.method());
        let path = request.uri().path();
        let route = Route::of(method, path, shared.dev);
        let client = Client::locate(peer(request), headers, &shared.config.trusted_proxies);
        let local = route.target == Target::Own && client.is_local(headers, &shared.config.trusted_proxies);
        let accepts = headers.get(header::ACCEPT_ENCODING).filter(|_| *method == Method::GET);
        let request_id = shared.names.request_id(headers, client.by_trusted_proxy);
        let (trace, span) = trace(shared, route, method, headers, &request_id);
        let visit = Visit {
            route,
            client,
            request_id,
            trace,
            span,
            started: Instant::now(),
            spent: None,
            clear_cookie: false,
            origin: headers.get(header::ORIGIN).filter(|_| !shared.config.cors.is_off()).cloned(),
            accepts: accepts.map(|accepts| (accepts.clone(), request.uri().clone())),
            guest_cart: if route.mutation { sessions::guest_cart(headers) } else { None },
            ending: if route.mutation { Ending::of(method, path) } else { None },
            method: method.clone(),
        };
        if local {
            request.extensions_mut().insert(Local);
        }
        visit
    }

    /// The request as its service will see it; the caller is not known yet.
    pub(crate) fn context(&self, shared: &Shared) -> Context {
        Context {
            caller: Caller::Guest,
            request_id: self.request_id.clone(),
            traceparent: Some(self.trace),
            idempotency: None,
            client_ip: self.client.ip,
            deadline: Some(self.started + shared.upstreams.time_limit(self.route.target)),
            cause: None,
            patient: false,
        }
    }

    /// It has been answered, but for the body.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        let Some(mut span) = self.span.take() else { return };
        span.set("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            span.fail(status.as_str().to_owned());
        }
    }
}

/// The request's place in the client's trace, or in one of its own. Those who watch the shop are not recorded.
fn trace(
    shared: &Shared,
    route: Route,
    method: &Method,
    headers: &HeaderMap,
    request_id: &str,
) -> (TraceParent, Option<Span>) {
    let fresh = shared.names.trace(request_id);
    if route.class == Class::Unlimited {
        return (fresh, None);
    }
    let named = || format!("{method} {}", route.prefix).into();
    let (trace, mut span) = souk_trace::enter(identity::traceparent(headers), fresh, named);
    if let Some(span) = &mut span {
        span.set("http.request.method", method.to_string());
        span.set("souk.request.id", request_id.to_owned());
    }
    (trace, span)
}

impl Route {
    /// Reading what everybody may read.
    pub(crate) fn is_catalog(&self) -> bool {
        self.target == Target::Product && !self.mutation && !self.staff_only
    }
}

fn peer(request: &Request<Body>) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

/// Removes what is said between us and the client only. Services must not see secrets that they do not need,
/// nor `souk-` headers, by which the shop's own processes speak to each other.
pub(crate) fn strip(headers: &mut HeaderMap, route: Route) {
    if !route.is_webhook() {
        headers.remove(header::AUTHORIZATION);
    }
    headers.remove(header::COOKIE);
    while let Some(ours) = headers.keys().find(|name| name.as_str().starts_with("souk-")) {
        let ours: HeaderName = ours.clone();
        headers.remove(ours);
    }
}
