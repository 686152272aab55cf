//! Smaller replies for those who can read them. What is public and has an ETag is compressed once and kept.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use souk_cache::{Cached, Capacity};
use tower::ServiceExt;
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::Predicate;

/// Below that the headers are most of the reply.
const WORTH_BYTES: u64 = 1024;
/// Compressed replies that are kept, in bytes.
const KEPT_BYTES_MAX: u64 = 32 << 20;
/// Larger ones are compressed as they pass.
const KEPT_EACH_BYTES_MAX: u64 = 1 << 20;
const KEPT_FOR: Duration = Duration::from_secs(600);
/// As good as most of the way for a small part of the time.
const QUALITY: CompressionLevel = CompressionLevel::Precise(4);

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const BROTLI: HeaderValue = HeaderValue::from_static("br");

/// Path and query, ETag, encoding: an ETag alone may be a version number that other paths have too.
type Name = (String, HeaderValue, HeaderValue);

pub(crate) struct Compressor {
    kept: Cached<Name, Bytes>,
}

impl Compressor {
    pub(crate) fn new() -> Compressor {
        let weigh = |(path, ..): &Name, bytes: &Bytes| path.len() + bytes.len();
        let capacity = Capacity::Bytes { max: KEPT_BYTES_MAX, weigh };
        Compressor { kept: Cached::local("gateway.compressed", capacity, KEPT_FOR) }
    }

    /// The reply in the best encoding that the client can read, or as it is.
    pub(crate) async fn compress(
        &self,
        accepts: &HeaderValue,
        uri: &Uri,
        response: Response<Body>,
    ) -> Response<Body> {
        if !is_worth_it(&response) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        let Some(encoding) = choose(accepts) else { return Response::from_parts(parts, body) };
        let etag = parts.headers.get(header::ETAG).cloned();
        let small = body.size_hint().exact().is_some_and(|bytes| bytes <= KEPT_EACH_BYTES_MAX);
        let key = etag.clone().filter(|_| small && is_public(&parts.headers));
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.insert(header::CONTENT_ENCODING, encoding.clone());
        if let Some(weak) = etag.as_ref().and_then(weaken) {
            parts.headers.insert(header::ETAG, weak);
        }
        let body = match key {
            None => encode(encoding, body).await,
            Some(etag) => {
                let name = (
                    uri.path_and_query().map_or("", |path| path.as_str()).to_owned(),
                    etag,
                    encoding.clone(),
                );
                let load = async { whole(encode(encoding, body).await).await };
                match self.kept.try_get_with(&name, load).await {
                    Ok(bytes) => Body::from(bytes),
                    Err(error) => {
                        tracing::warn!(error, "a reply could not be compressed");
                        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
                        parts.headers.remove(header::CONTENT_ENCODING);
                        Body::empty()
                    }
                }
            }
        };
        Response::from_parts(parts, body)
    }
}

async fn whole(body: Body) -> Result<Bytes, String> {
    body.collect().await.map(|body| body.to_bytes()).map_err(|error| error.to_string())
}

/// A change of encoding is a change of bytes: the ETag still names the content, but no longer the bytes.
fn weaken(etag: &HeaderValue) -> Option<HeaderValue> {
    if etag.as_bytes().starts_with(b"W/") {
        return None;
    }
    HeaderValue::from_bytes(&[b"W/", etag.as_bytes()].concat()).ok()
}

fn is_public(headers: &HeaderMap) -> bool {
    let says = |text: &str| text.contains("public") && !text.contains("no-store");
    headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok()).is_some_and(says)
}

fn is_worth_it(response: &Response<Body>) -> bool {
    let headers = response.headers();
    response.status() == StatusCode::OK
        && response.body().size_hint().upper().is_none_or(|most| most > WORTH_BYTES)
        && !headers.contains_key(header::CONTENT_ENCODING)
        && headers.get(header::CONTENT_TYPE).is_some_and(|kind| is_text(kind.as_bytes()))
}

/// Pictures and archives are compressed already.
fn is_text(kind: &[u8]) -> bool {
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    (essence.starts_with(b"text/") && essence != b"text/event-stream")
        || essence.ends_with(b"json")
        || essence.ends_with(b"xml")
        || essence == b"application/javascript"
}

/// Brotli, else gzip, unless the client refuses it with `q=0`.
fn choose(accepts: &HeaderValue) -> Option<HeaderValue> {
    let text = accepts.to_str().ok()?;
    let mut gzip = false;
    for part in text.split(',') {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.bytes().all(|b| b"0.".contains(&b)));
        match name.trim() {
            "br" if !refused => return Some(BROTLI),
            "gzip" if !refused => gzip = true,
            _ => {}
        }
    }
    gzip.then_some(GZIP)
}

#[derive(Clone, Copy)]
struct Always;

impl Predicate for Always {
    fn should_compress<B: http_body::Body>(&self, _: &Response<B>) -> bool {
        true
    }
}

/// Streams, so that large replies are never held whole.
async fn encode(encoding: HeaderValue, body: Body) -> Body {
    let mut request = Request::new(());
    request.headers_mut().insert(header::ACCEPT_ENCODING, encoding);
    let mut body = Some(body);
    let plain = tower::service_fn(move |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap_or_default())))
    });
    match Compression::new(plain).quality(QUALITY).compress_when(Always).oneshot(request).await {
        Ok(response) => Body::new(response.into_body()),
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_chooses_the_encoding() {
        let choose = |text: &'static str| super::choose(&HeaderValue::from_static(text));
        assert_eq!(choose("gzip, deflate, br"), Some(BROTLI));
        assert_eq!(choose("gzip;q=1.0, br;q=0"), Some(GZIP));
        assert_eq!(choose("br;q=0.5"), Some(BROTLI));
        assert_eq!(choose("identity"), None);
        assert_eq!(choose("gzip;q=0.000"), None);
    }

    #[test]
    fn only_text_is_compressed() {
        for kind in
            ["text/html; charset=utf-8", "application/json", "application/problem+json", "image/svg+xml"]
        {
            assert!(is_text(kind.as_bytes()), "{kind}");
        }
        for kind in ["image/png", "application/zip", "font/woff2"] {
            assert!(!is_text(kind.as_bytes()), "{kind}");
        }
    }
}
