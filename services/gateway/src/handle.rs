//! The whole path of a request, in the order in which it happens.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use souk_app::http::read_key;
use souk_cache::Cache;
use souk_contract::order::Order;
use souk_rpc::{Context, Error, ErrorKind};
use souk_trace::Here;
use utoipa::openapi::OpenApi;

use crate::access::{self, Credential, Doorkeeper};
use crate::compress::Compressor;
use crate::crowd::{self, Crowd};
use crate::identity::Names;
use crate::leftover::{self, Manner};
use crate::limits::Limits;
use crate::machinery::Numbers;
use crate::routes::{Route, Target};
use crate::stale::Stale;
use crate::storefront::{ExportError, Storefront};
use crate::upstream::{Upstream, Ways, ask_to_the_end};
use crate::visit::{self, Visit};
use crate::{Deps, GatewayConfig, own, reply, sessions};

/// The one public door. Cloning it shares it.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) config: GatewayConfig,
    pub(crate) dev: bool,
    pub(crate) names: Names,
    pub(crate) limits: Limits,
    pub(crate) doorkeeper: Doorkeeper,
    pub(crate) order: Arc<dyn Order>,
    pub(crate) upstreams: Arc<Ways>,
    pub(crate) hsts: Option<HeaderValue>,
    openapi: OpenApi,
    compressor: Compressor,
    crowd: Crowd,
    /// Where the catalog is in another process.
    stale: Option<Stale>,
    numbers: Numbers,
}

impl Gateway {
    pub(crate) fn new(config: GatewayConfig, mut deps: Deps) -> Result<Gateway, ExportError> {
        let hsts = (config.hsts_seconds > 0)
            .then(|| HeaderValue::try_from(format!("max-age={}", config.hsts_seconds)).ok())
            .flatten();
        let ways = Arc::new(Ways::new(deps.upstreams.clone(), config.hop_ms_max));
        let remote = matches!(deps.upstreams.product, Upstream::Remote(_));
        let storefront = deps.shopfront.take().map(|front| Storefront::open(front, deps.dev)).transpose()?;
        let (own, openapi) = own::routes(&config, &deps, Arc::clone(&ways), storefront);
        let shared = Shared {
            dev: deps.dev,
            names: Names::new(&deps.chance),
            limits: Limits::new(&config.limits, deps.redis.as_ref()),
            doorkeeper: Doorkeeper::new(deps.user, deps.clock, &Cache::from(deps.redis)),
            order: deps.order,
            upstreams: Arc::new(Ways::new(deps.upstreams, config.hop_ms_max).with_own(own)),
            hsts,
            openapi,
            compressor: Compressor::new(),
            crowd: Crowd::new(config.in_flight_max),
            stale: if remote { Stale::new(config.stale) } else { None },
            numbers: Numbers::new(),
            config,
        };
        Ok(Gateway { shared: Arc::new(shared) })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The description of the whole API, as `/openapi.json` gives it out.
    pub fn openapi(&self) -> &OpenApi {
        &self.shared.openapi
    }

    /// The gateway as a router, for a listener that puts `ConnectInfo<SocketAddr>` into each request.
    pub fn router(&self) -> Router {
        let gateway = self.clone();
        Router::new().fallback_service(tower::service_fn(move |request: Request<Body>| {
            let gateway = gateway.clone();
            async move { Ok::<_, Infallible>(gateway.handle(request).await) }
        }))
    }

    /// Answers a request. Never fails: whatever goes wrong is an answer too.
    pub async fn handle(&self, mut request: Request<Body>) -> Response<Body> {
        let visit = Visit::begin(&self.shared, &mut request);
        Here::new(Some(visit.trace), &visit.request_id).scope(self.receive(visit, request)).await
    }

    async fn receive(&self, mut visit: Visit<'_>, mut request: Request<Body>) -> Response<Body> {
        let shared = &*self.shared;
        let waits = request.headers().contains_key(header::EXPECT);
        let manner = Manner { version: request.version(), waits };
        let mut body = std::mem::take(request.body_mut());
        let time_max = Duration::from_millis(shared.config.body_ms_max);
        let Some(_inside) = shared.crowd.enter(visit.route) else {
            let mut response = crowd::full().into_response();
            reply::dress(shared, &mut visit, &mut response);
            leftover::part_with(body, manner, &mut response, time_max);
            shared.numbers.count_shed();
            visit.answered(response.status());
            return response;
        };
        // Upstreams are guarded on their own; this keeps a defect of the gateway from cutting the connection.
        let outcome = AssertUnwindSafe(shared.serve(&mut visit, request, &mut body)).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| Err(Error::internal("the gateway panicked")));
        let mut response = outcome.unwrap_or_else(IntoResponse::into_response);
        reply::dress(shared, &mut visit, &mut response);
        leftover::part_with(body, manner, &mut response, time_max);
        shared.numbers.count(&visit, response.status());
        visit.answered(response.status());
        let Some((accepts, uri)) = visit.accepts else { return response };
        // Editors send an admin's ETag back as `If-Match`, which must name the very bytes.
        if visit.route.staff_only && response.headers().contains_key(header::ETAG) {
            return response;
        }
        shared.compressor.compress(&accepts, &uri, response).await
    }
}

impl Shared {
    async fn serve<'s>(
        &'s self,
        visit: &mut Visit<'s>,
        mut request: Request<Body>,
        body: &mut Body,
    ) -> Result<Response<Body>, Error> {
        if let Some(answer) = self.config.cors.preflight(&request) {
            return Ok(answer);
        }
        if let Some(refusal) = refuse_method(&request) {
            return Ok(refusal);
        }
        self.check_length(visit.route, request.headers())?;
        let mut cx = visit.context(self);
        let credential = match visit.route.is_webhook() {
            true => None,
            false => Credential::find(request.headers(), visit.client.plain_loopback)?,
        };
        if let Some(credential) = &credential {
            let identified = self.doorkeeper.identify(visit, &mut cx, credential).await;
            if let Err(refusal) = identified {
                // Trying out tokens is not free.
                self.limit(visit, &cx).await?;
                return Err(refusal);
            }
        }
        self.limit(visit, &cx).await?;
        if let Some(credential) = &credential {
            self.doorkeeper.confirm(visit, &mut cx, credential).await?;
        }
        access::admit(visit, &cx, &self.config.cors, credential.as_ref(), request.headers())?;
        if visit.route.mutation {
            read_key(request.headers())?;
        }
        if visit.route.mutation {
            self.read_body(visit, &mut request, body).await?;
        }
        if visit.route.target != Target::Own {
            visit::strip(request.headers_mut(), visit.route);
        }
        if !visit.route.mutation {
            let response = self.read(visit, cx, request).await?;
            return Ok(if visit.method == Method::OPTIONS { reply::options(response) } else { response });
        }
        let answer = ask_to_the_end(&self.upstreams, visit.route.target, cx.clone(), request).await;
        let mut response = answer?;
        let token = credential.as_ref().map(|credential| credential.token.as_str());
        sessions::conclude(self, visit, &cx, token, &mut response).await;
        Ok(response)
    }

    /// Asks for something that changes nothing. What the catalog said last is better than nothing.
    async fn read(
        &self,
        visit: &Visit<'_>,
        mut cx: Context,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        let target = visit.route.target;
        let Some(stale) = &self.stale else { return self.upstreams.ask(target, cx, request).await };
        let reading = stale.prepare(visit, &request, &mut cx);
        let answer = self.upstreams.ask(target, cx, request).await;
        match reading {
            Some(reading) => stale.conclude(reading, answer).await,
            None => answer,
        }
    }

    async fn limit<'s>(&'s self, visit: &mut Visit<'s>, cx: &Context) -> Result<(), Error> {
        visit.spent = self.limits.take(visit.route.class, &cx.caller, visit.client.ip).await;
        visit.spent.map_or(Ok(()), |spent| spent.check())
    }

    fn body_bytes_max(&self, route: Route) -> usize {
        if route.staff_only { self.config.admin_body_bytes_max } else { self.config.body_bytes_max }
    }

    /// A body that says that it is too large need not be read to be refused.
    fn check_length(&self, route: Route, headers: &HeaderMap) -> Result<(), Error> {
        let Some(length) = headers.get(header::CONTENT_LENGTH) else { return Ok(()) };
        let length = length.to_str().ok().and_then(|text| text.parse::<usize>().ok());
        match length {
            Some(length) if length <= self.body_bytes_max(route) => Ok(()),
            Some(_) => Err(reply::too_large()),
            None => Err(Error::invalid("Content-Length", "format", "is not a number")),
        }
    }

    /// Takes in the whole body before a service is bothered with it, so that a slow client holds up nothing
    /// but itself.
    async fn read_body(
        &self,
        visit: &Visit<'_>,
        request: &mut Request<Body>,
        body: &mut Body,
    ) -> Result<(), Error> {
        if body.is_end_stream() {
            return Ok(());
        }
        let body = std::mem::take(body);
        let whole = Limited::new(body, self.body_bytes_max(visit.route)).collect();
        let time = Duration::from_millis(self.config.body_ms_max);
        let bytes: Bytes = match tokio::time::timeout(time, whole).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(reply::too_large()),
            Ok(Err(_)) => return Err(Error::invalid("", "body", "the body did not arrive whole")),
            Err(_) => return Err(Error::invalid("", "body", "the body did not arrive in time")),
        };
        request.headers_mut().remove(header::TRANSFER_ENCODING);
        *request.body_mut() = Body::from(bytes);
        Ok(())
    }
}

/// 405 for methods that nothing in the shop has, and the answer to `OPTIONS *`.
fn refuse_method(request: &Request<Body>) -> Option<Response<Body>> {
    let known = matches!(
        *request.method(),
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS
    );
    let mut response = if !known {
        Error::new(ErrorKind::MethodNotAllowed, "method_not_allowed", "nothing in the shop takes that method")
            .into_response()
    } else if request.method() == Method::OPTIONS && request.uri().path() == "*" {
        StatusCode::NO_CONTENT.into_response()
    } else {
        return None;
    };
    response.headers_mut().insert(header::ALLOW, reply::METHODS);
    Some(response)
}
