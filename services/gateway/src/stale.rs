//! The last good answers of the catalog, for when its service cannot be reached (`stale-if-error`, RFC 5861): people
//! go on looking around, and checkout decides on live data as ever.
//!
//! Only what the product service itself calls public is kept, and nothing about stock, which has to be true now. The
//! memory belongs to this process and needs no invalidation: it is asked only when nobody else answers. A catalog in
//! the same process cannot be out of reach, so there it is off.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use souk_app::http::names_etag;
use souk_rpc::{Context, Error};

use crate::config::StaleConfig;
use crate::visit::Visit;

/// Larger answers are not kept.
const EACH_BYTES_MAX: u64 = 256 << 10;
/// A popular page is not written down anew for each who looks at it; its age is told in seconds anyway.
const FRESH: Duration = Duration::from_secs(1);
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// RFC 9211, and beside it what older clients know.
const STATUS: HeaderValue = HeaderValue::from_static("souk; fwd=stale; detail=stale-if-error");
const WARNING: HeaderValue = HeaderValue::from_static("111 souk \"Revalidation Failed\"");
/// Headers that belong to the bytes.
const KEPT_HEADERS: [HeaderName; 5] =
    [header::CONTENT_TYPE, header::ETAG, header::CACHE_CONTROL, header::VARY, header::CONTENT_LANGUAGE];

pub(crate) struct Stale {
    kept: moka::sync::Cache<String, Kept>,
    patience: Duration,
}

#[derive(Clone)]
struct Kept {
    headers: HeaderMap,
    bytes: Bytes,
    at: Instant,
}

/// A request whose answer may be kept: by what it is found again, and what its client has already.
pub(crate) struct Reading {
    name: String,
    seen: Option<HeaderValue>,
    kept: Option<Kept>,
}

impl Stale {
    /// `None` when it is turned off.
    pub(crate) fn new(config: StaleConfig) -> Option<Stale> {
        if config.megabytes == 0 || config.seconds_max == 0 {
            return None;
        }
        let weigh = |name: &String, kept: &Kept| {
            // The headers are about as large everywhere.
            u32::try_from(name.len() + kept.bytes.len() + 512).unwrap_or(u32::MAX)
        };
        let kept = moka::sync::Cache::builder()
            .name("gateway.stale")
            .max_capacity(config.megabytes << 20)
            .weigher(weigh)
            .time_to_live(Duration::from_secs(config.seconds_max))
            .build();
        Some(Stale { kept, patience: Duration::from_millis(config.patience_ms) })
    }

    /// Looks at a request before it is sent. With an answer in hand, the catalog gets less time for a better one.
    pub(crate) fn prepare(
        &self,
        visit: &Visit<'_>,
        request: &Request<Body>,
        cx: &mut Context,
    ) -> Option<Reading> {
        let path = request.uri().path_and_query()?.as_str();
        if visit.method != Method::GET
            || !visit.route.is_catalog()
            || request.uri().path().ends_with("/availability")
        {
            return None;
        }
        let header = |name| request.headers().get(name);
        let accept = header(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = format!("{path} {accept}");
        let kept = self.kept.get(&name);
        if kept.is_some() {
            let soon = Instant::now() + self.patience;
            cx.deadline = Some(cx.deadline.map_or(soon, |deadline| deadline.min(soon)));
        }
        Some(Reading { name, seen: header(header::IF_NONE_MATCH).cloned(), kept })
    }

    /// Keeps a good answer, and replaces a bad one by the last good one if there is any.
    pub(crate) async fn conclude(
        &self,
        reading: Reading,
        answer: Result<Response<Body>, Error>,
    ) -> Result<Response<Body>, Error> {
        match answer {
            Ok(response) if response.status() == StatusCode::OK => self.keep(reading, response).await,
            Ok(response) if !is_failure(response.status()) => Ok(response),
            Err(error) if !error.is_transient() => Err(error),
            failure => reading.kept.as_ref().map_or(failure, |kept| {
                metrics::counter!("souk_gateway_stale_total").increment(1);
                Ok(kept.again(reading.seen.as_ref()))
            }),
        }
    }

    async fn keep(&self, reading: Reading, response: Response<Body>) -> Result<Response<Body>, Error> {
        let small = response.body().size_hint().exact().is_some_and(|bytes| bytes <= EACH_BYTES_MAX);
        if !small || !is_public(response.headers()) {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let etag = parts.headers.get(header::ETAG);
        let same = |kept: &Kept| etag.is_some() && kept.headers.get(header::ETAG) == etag;
        if let Some(kept) = reading.kept.as_ref().filter(|kept| same(kept)) {
            if kept.at.elapsed() >= FRESH {
                self.kept.insert(reading.name, Kept { at: Instant::now(), ..kept.clone() });
            }
            return Ok(Response::from_parts(parts, body));
        }
        let bytes = match (body.collect().await, &reading.kept) {
            (Ok(body), _) => body.to_bytes(),
            (Err(_), Some(kept)) => return Ok(kept.again(reading.seen.as_ref())),
            (Err(error), None) => return Err(Error::unavailable(format!("a reply broke off: {error}"))),
        };
        let of_bytes = |name: HeaderName| Some((name.clone(), parts.headers.get(&name)?.clone()));
        let headers = KEPT_HEADERS.into_iter().filter_map(of_bytes).collect();
        self.kept.insert(reading.name, Kept { headers, bytes: bytes.clone(), at: Instant::now() });
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }
}

impl Kept {
    /// The answer as it was, saying that it is old; 304 for a client that has it.
    fn again(&self, seen: Option<&HeaderValue>) -> Response<Body> {
        let has_it = match (seen, self.headers.get(header::ETAG)) {
            (Some(seen), Some(etag)) => names_etag(seen, etag),
            _ => false,
        };
        let mut response = Response::new(if has_it { Body::empty() } else { Body::from(self.bytes.clone()) });
        *response.headers_mut() = self.headers.clone();
        if has_it {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
        let headers = response.headers_mut();
        headers.insert(header::AGE, self.at.elapsed().as_secs().into());
        headers.insert(header::WARNING, WARNING);
        headers.insert(CACHE_STATUS, STATUS);
        response
    }
}

fn is_failure(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

fn is_public(headers: &HeaderMap) -> bool {
    let says = |text: &str| text.contains("public") && !text.contains("no-store");
    headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).is_some_and(says)
}
