//! A service in other processes, behind the same trait. One [`Remote`] stands for all replicas of a role.
//!
//! `course.rs` is the way of a request: which replica, how long, and what is done again when no answer comes.

mod attempt;
mod budget;
mod course;
mod endpoint;
mod errand;
mod numbers;
mod pool;
mod probe;
mod tracked;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_trace::SpanKind;
use tower::ServiceExt;

use crate::server::write_context;
use crate::{Context, Error, InternalSecret, traced};
use errand::{Errand, Manner};
use pool::Pool;

/// How patient a [`Remote`] is.
#[derive(Debug, Clone, Copy)]
pub struct RemoteConfig {
    /// The longest a request may take with all its retries; less when the context's deadline comes before.
    pub timeout: Duration,
    /// Tries per request, the first included.
    pub attempts_max: u32,
    /// After how long without an answer a replica is asked whether it is alive, so that another one may be tried; at
    /// the most a quarter of the time that is left. A replica that says so is waited for, however slow it is.
    pub patience: Duration,
    /// The largest reply to a contract call, in bytes.
    pub reply_bytes_max: usize,
}

impl Default for RemoteConfig {
    fn default() -> RemoteConfig {
        RemoteConfig {
            timeout: Duration::from_secs(30),
            attempts_max: 4,
            patience: Duration::from_millis(500),
            reply_bytes_max: 16 << 20,
        }
    }
}

/// A client for any contract: `Remote` implements each of them. Cloning it shares what it knows of the replicas.
#[derive(Clone)]
pub struct Remote {
    role: Arc<str>,
    channel: Channel,
    secret: InternalSecret,
    config: RemoteConfig,
}

#[derive(Clone)]
enum Channel {
    Http(Arc<Pool>),
    /// The same requests without a socket, for tests of the wire format.
    InMemory(Router),
}

impl Remote {
    /// Speaks HTTP to `base`, such as `http://127.0.0.1:7404`.
    pub fn http(base: &str, secret: InternalSecret, config: RemoteConfig) -> Result<Remote, Error> {
        Remote::pool("peer", &[base], secret, config)
    }

    /// Speaks HTTP to the replicas of `role` at `bases`. The role is the label of the metrics, so the metrics recorder
    /// must be installed before.
    pub fn pool<S: AsRef<str>>(
        role: &str,
        bases: &[S],
        secret: InternalSecret,
        config: RemoteConfig,
    ) -> Result<Remote, Error> {
        let pool = Pool::new(role, bases)?;
        Ok(Remote { role: role.into(), channel: Channel::Http(Arc::new(pool)), secret, config })
    }

    /// Speaks to a router in this process, through the whole wire format.
    pub fn in_memory(router: Router, secret: InternalSecret) -> Remote {
        let channel = Channel::InMemory(router);
        Remote { role: "peer".into(), channel, secret, config: RemoteConfig::default() }
    }

    /// Calls a contract method; repeats the call, at another replica where there is one, while no answer comes.
    pub async fn call<Req, Res>(&self, cx: &Context, path: &str, request: &Req) -> Result<Res, Error>
    where
        Req: Serialize + Sync,
        Res: DeserializeOwned,
    {
        let body = Bytes::from(serde_json::to_vec(request).map_err(Error::internal)?);
        let json = HeaderValue::from_static("application/json");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        let path = path.parse().map_err(Error::internal)?;
        let errand = Errand { manner: Manner::Call, method: Method::POST, path, headers, body };
        let response = self.send(cx, errand).await?;
        let status = response.status();
        let reply = Limited::new(response.into_body(), self.config.reply_bytes_max).collect().await;
        let bytes = reply.map_err(|e| Error::unavailable(format!("a reply broke off: {e}")))?.to_bytes();
        if status == StatusCode::OK {
            return serde_json::from_slice(&bytes).map_err(Error::internal);
        }
        Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            Error::unavailable(format!("a peer answered {status} without an error document"))
        }))
    }

    /// Sends a client's request under this context and returns the answer as it comes. GET and HEAD are repeated at
    /// another replica when no answer came; a change only when it was never sent, since it may have been done.
    /// An address in the request's URI is replaced by the peer's.
    pub async fn forward(&self, cx: &Context, request: Request<Body>) -> Result<Response<Body>, Error> {
        let (parts, body) = request.into_parts();
        // Whoever forwards has the body in memory already and has limited it.
        let body = body.collect().await.map_err(|e| Error::invalid("", "body", e.to_string()))?.to_bytes();
        let manner = match parts.method {
            Method::GET | Method::HEAD | Method::OPTIONS => Manner::Read,
            _ => Manner::Change,
        };
        let path =
            parts.uri.path_and_query().cloned().unwrap_or_else(|| http::uri::PathAndQuery::from_static("/"));
        self.send(cx, Errand { manner, method: parts.method, path, headers: parts.headers, body }).await
    }

    /// The span of a request holds all its attempts.
    async fn send(&self, cx: &Context, errand: Errand) -> Result<Response<Body>, Error> {
        let Some((mut span, cx)) = cx.span(SpanKind::Client, || self.span_name(&errand)) else {
            return self.deliver(cx, errand).await;
        };
        let answer = span.scope(self.deliver(&cx, errand)).await;
        match &answer {
            Ok(response) => traced::answered(&mut span, response.status()),
            Err(error) => traced::fail(&mut span, error),
        }
        answer
    }

    /// A path that a client chose may hold a secret, and names would be without number.
    fn span_name(&self, errand: &Errand) -> Cow<'static, str> {
        match errand.manner {
            Manner::Call => traced::name("", Some(errand.path.path())),
            Manner::Read | Manner::Change => format!("{} {}", errand.method, self.role).into(),
        }
    }

    async fn deliver(&self, cx: &Context, mut errand: Errand) -> Result<Response<Body>, Error> {
        write_context(cx, &mut errand.headers)?;
        errand.headers.insert(header::AUTHORIZATION, self.secret.header());
        let time_left = cx.time_left(self.config.timeout);
        match &self.channel {
            Channel::Http(pool) => course::run(pool, &errand, time_left, &self.config).await,
            Channel::InMemory(router) => {
                let request = errand.request(None, time_left)?;
                match tokio::time::timeout(time_left, router.clone().oneshot(request)).await {
                    Ok(Ok(response)) => Ok(response),
                    Ok(Err(never)) => match never {},
                    Err(_) => Err(too_late()),
                }
            }
        }
    }
}

fn too_late() -> Error {
    Error::timeout("another part of the shop did not answer in time")
}
