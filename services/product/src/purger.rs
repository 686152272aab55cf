//! Tells the caches in front of the shop that a page is old: `PURGE /v1/products/everyday-tee`, as nginx, Varnish and
//! Squid understand it. A cache keeps a page once per encoding, so each is named by its `Accept-Encoding`.

use std::str::FromStr;
use std::time::Duration;

use axum::body::Body;
use futures::future::join_all;
use futures::stream::{self, TryStreamExt};
use http::{Method, Request, StatusCode, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::{Deserialize, Deserializer};
use souk_rpc::Error;

/// What the gateway compresses with, and nothing.
const ENCODINGS: [&str; 3] = ["", "gzip", "br"];
/// Requests under way to one cache.
const AT_ONCE: usize = 8;
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Where a cache takes `PURGE`, such as `http://10.0.0.5:8079`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheUrl(String);

impl FromStr for CacheUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<CacheUrl, String> {
        let base = text.trim_end_matches('/');
        let is_host = base.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("http") && uri.host().is_some() && matches!(uri.path(), "" | "/")
        });
        if is_host && !base.contains('?') {
            return Ok(CacheUrl(base.to_owned()));
        }
        Err(format!("`{text}` is not the address of a cache, such as http://10.0.0.5:8079"))
    }
}

impl<'de> Deserialize<'de> for CacheUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CacheUrl, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A client of every cache in front of the shop.
#[derive(Clone)]
pub(crate) struct Purger {
    client: Client<HttpConnector, Body>,
    caches: Vec<CacheUrl>,
}

impl Purger {
    pub(crate) fn new(caches: Vec<CacheUrl>) -> Purger {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(1)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(AT_ONCE)
            .build(connector);
        Purger { client, caches }
    }

    /// Nobody is in front of the shop.
    pub(crate) fn is_idle(&self) -> bool {
        self.caches.is_empty()
    }

    /// Removes the paths from every cache. One that does not answer does not keep the others from being told; the error
    /// is then the first one's, and repeating it all changes nothing.
    pub(crate) async fn purge(&self, paths: &[String]) -> Result<(), Error> {
        let told = self.caches.iter().map(|cache| self.purge_at(cache, paths));
        join_all(told).await.into_iter().collect()
    }

    async fn purge_at(&self, CacheUrl(base): &CacheUrl, paths: &[String]) -> Result<(), Error> {
        let pages = paths.iter().flat_map(|path| ENCODINGS.map(|encoding| (path, encoding)));
        let requests = stream::iter(pages.map(Ok));
        requests
            .try_for_each_concurrent(AT_ONCE, |(path, encoding)| async move {
                let sent = tokio::time::timeout(ANSWERS_WITHIN, self.send(base, path, encoding)).await;
                sent.unwrap_or_else(|_| Err(Error::timeout(format!("{base} does not answer"))))
            })
            .await
    }

    async fn send(&self, base: &str, path: &str, encoding: &str) -> Result<(), Error> {
        let purge = Method::from_bytes(b"PURGE").map_err(Error::internal)?;
        let request = Request::builder()
            .method(purge)
            .uri(format!("{base}{path}"))
            .header(header::ACCEPT_ENCODING, encoding)
            .body(Body::empty())
            .map_err(Error::internal)?;
        let response = self.client.request(request).await;
        let response = response.map_err(|error| Error::unavailable(format!("{base}: {error}")))?;
        let status = response.status();
        // Read to the end, or the connection is not used again.
        let _ = axum::body::to_bytes(Body::new(response.into_body()), 64 << 10).await;
        // 404 and 412 say that it was not kept, which is what we want.
        if status.is_success() || matches!(status, StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED) {
            return Ok(());
        }
        Err(Error::unprocessable("purge_refused", format!("{base} answers PURGE with {status}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_named_by_its_host() {
        for good in ["http://10.0.0.5:8079", "http://nginx/", "http://[::1]:80"] {
            assert!(good.parse::<CacheUrl>().is_ok(), "{good}");
        }
        for wrong in ["", "nginx:80", "https://nginx", "http://nginx/purge", "http://", "http://a?b"] {
            assert!(wrong.parse::<CacheUrl>().is_err(), "{wrong}");
        }
    }
}
