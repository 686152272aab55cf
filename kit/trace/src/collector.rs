//! How batches reach the collector: plain HTTP over the client that is in the binary anyway.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::Handle;

/// A collector answers with a few bytes.
const REPLY_BYTES_MAX: usize = 64 << 10;
/// Collectors let a resting connection go sooner or later; ours goes first.
const IDLE_TIME_MAX: Duration = Duration::from_secs(5);

/// The exporter runs on a thread of its own, outside the runtime; each request is a task within it.
#[derive(Debug)]
pub(crate) struct Collector {
    http: Client<HttpConnector, Full<Bytes>>,
    runtime: Handle,
    time_max: Duration,
}

impl Collector {
    pub(crate) fn new(time_max: Duration) -> Collector {
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME_MAX)
            .pool_max_idle_per_host(1)
            .build_http();
        Collector { http, runtime: Handle::current(), time_max }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let exchange = async move {
            let (parts, body) = http.request(request.map(Full::new)).await?.into_parts();
            let body = Limited::new(body, REPLY_BYTES_MAX).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(parts, body))
        };
        let time_max = self.time_max;
        // The clock of the timeout is the runtime's: it must be started within.
        let sent =
            self.runtime.spawn(async move { tokio::time::timeout(time_max, exchange).await }).await??;
        // The exporter itself says only that it was the network.
        sent.inspect_err(|error| tracing::debug!(error, "a batch of spans was not taken"))
    }
}
