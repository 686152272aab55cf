//! A service in another process, behind the same trait.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rand::RngExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;

use crate::server::write_context;
use crate::{Context, Error, ErrorKind, InternalSecret};

/// How patient a [`Remote`] is.
#[derive(Debug, Clone, Copy)]
pub struct RemoteConfig {
    /// The longest a call may take with all its retries, if the context leaves more.
    pub timeout: Duration,
    /// Tries per call, the first included.
    pub attempts_max: u32,
    /// The largest reply read, in bytes.
    pub reply_bytes_max: usize,
}

impl Default for RemoteConfig {
    fn default() -> RemoteConfig {
        RemoteConfig { timeout: Duration::from_secs(10), attempts_max: 4, reply_bytes_max: 16 << 20 }
    }
}

/// A client for any contract: `Remote` implements each of them.
///
/// Calls that could not be delivered are repeated with growing pauses until the deadline; a budget shared by
/// all calls keeps the repeats below a tenth of the traffic, so that a struggling peer is not finished off.
#[derive(Clone)]
pub struct Remote {
    channel: Channel,
    secret: InternalSecret,
    config: RemoteConfig,
    retry_budget: Arc<RetryBudget>,
}

#[derive(Clone)]
enum Channel {
    Http {
        client: Box<Client<HttpConnector, Body>>,
        base: Arc<str>,
    },
    /// The same requests without a socket, for tests of the wire format.
    InMemory(Router),
}

impl Remote {
    /// Speaks HTTP to `base`, such as `http://127.0.0.1:7404`.
    pub fn http(base: &str, secret: InternalSecret, config: RemoteConfig) -> Result<Remote, Error> {
        let base = base.trim_end_matches('/');
        if base.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).is_none() {
            return Err(Error::invalid(
                "peers",
                "url",
                format!("`{base}` is not a URL such as http://127.0.0.1:7404"),
            ));
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(1)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(64)
            .build(connector);
        Ok(Remote::over(Channel::Http { client: Box::new(client), base: base.into() }, secret, config))
    }

    /// Speaks to a router in this process, through the whole wire format.
    pub fn in_memory(router: Router, secret: InternalSecret) -> Remote {
        Remote::over(Channel::InMemory(router), secret, RemoteConfig::default())
    }

    fn over(channel: Channel, secret: InternalSecret, config: RemoteConfig) -> Remote {
        Remote { channel, secret, config, retry_budget: Arc::default() }
    }

    /// Calls a contract method and repeats the call while it cannot be delivered.
    pub async fn call<Req, Res>(&self, cx: &Context, path: &str, request: &Req) -> Result<Res, Error>
    where
        Req: Serialize + Sync,
        Res: DeserializeOwned,
    {
        let body = Bytes::from(serde_json::to_vec(request).map_err(Error::internal)?);
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(cx, path, body.clone()).await;
            let undelivered = matches!(&outcome, Err(error) if error.kind == ErrorKind::Unavailable);
            if !undelivered || attempt >= self.config.attempts_max || !self.retry_budget.take() {
                return outcome;
            }
            tokio::time::sleep(pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn attempt<Res: DeserializeOwned>(
        &self,
        cx: &Context,
        path: &str,
        body: Bytes,
    ) -> Result<Res, Error> {
        let mut request = Request::new(Body::new(Full::new(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(Error::internal)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let response = self.forward(cx, request).await?;
        let (status, bytes) = (response.status(), self.read(response).await?);
        if status == StatusCode::OK {
            self.retry_budget.deposit();
            return serde_json::from_slice(&bytes)
                .map_err(|e| Error::internal(format_args!("reply of {path}: {e}")));
        }
        Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            Error::unavailable(format!("{path} answered {status} without an error document"))
        }))
    }

    /// Sends a request as it is, under this context, and returns the answer as it comes. No retries: the gateway
    /// forwards clients' requests with it. An address in the request's URI is replaced by the peer's.
    pub async fn forward(&self, cx: &Context, mut request: Request<Body>) -> Result<Response<Body>, Error> {
        let time_left = cx.time_left(self.config.timeout);
        write_context(cx, time_left, request.headers_mut())?;
        request.headers_mut().insert(header::AUTHORIZATION, self.secret.header());
        let sent = async {
            match &self.channel {
                Channel::InMemory(router) => {
                    router.clone().oneshot(request).await.map_err(|never| match never {})
                }
                Channel::Http { client, base } => {
                    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
                    *request.uri_mut() = format!("{base}{path}").parse().map_err(Error::internal)?;
                    let response = client.request(request).await.map_err(|e| unreachable_peer(base, &e))?;
                    Ok(response.map(Body::new))
                }
            }
        };
        match tokio::time::timeout(time_left, sent).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::timeout("another part of the shop did not answer in time")),
        }
    }

    async fn read(&self, response: Response<Body>) -> Result<Bytes, Error> {
        let body = Limited::new(response.into_body(), self.config.reply_bytes_max);
        let read = tokio::time::timeout(self.config.timeout, body.collect()).await;
        let collected = read.map_err(|_| Error::timeout("a reply did not arrive whole in time"))?;
        collected
            .map(|body| body.to_bytes())
            .map_err(|e| Error::unavailable(format!("a reply broke off: {e}")))
    }
}

fn unreachable_peer(base: &str, error: &hyper_util::client::legacy::Error) -> Error {
    tracing::warn!(peer = base, %error, "peer not reached");
    Error::unavailable("another part of the shop cannot be reached right now")
}

/// 25, 75, 225 ms, each ± a half, so that callers do not return in step.
fn pause(attempt: u32) -> Duration {
    let base_ms = 25 * 3u64.pow(attempt.min(6) - 1);
    Duration::from_millis(rand::rng().random_range(base_ms / 2..=base_ms * 3 / 2))
}

/// In tenths of a retry: each success earns one, each retry costs ten.
struct RetryBudget(AtomicI64);

const BUDGET_MAX: i64 = 1_000;

impl Default for RetryBudget {
    fn default() -> RetryBudget {
        RetryBudget(AtomicI64::new(BUDGET_MAX))
    }
}

impl RetryBudget {
    fn deposit(&self) {
        if self.0.load(Ordering::Relaxed) < BUDGET_MAX {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take(&self) -> bool {
        self.0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= 10).then(|| left - 10))
            .is_ok()
    }
}
