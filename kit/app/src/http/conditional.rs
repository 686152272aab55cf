//! Conditional requests: what a client has already is not sent again.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

/// A strong validator over the bytes: the first 16 hexadecimal digits of their SHA-256, in quotes.
pub fn etag_of(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hex}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// JSON bytes that were prepared before, or 304 when `If-None-Match` names them (RFC 9110 §13.1.2).
pub fn ready_bytes(
    request: &HeaderMap,
    bytes: Bytes,
    etag: &HeaderValue,
    cache_control: &'static str,
) -> Response {
    let cache_control = HeaderValue::from_static(cache_control);
    let fresh = request.get_all(header::IF_NONE_MATCH).iter().any(|seen| names_etag(seen, etag));
    let mut response =
        if fresh { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(Body::from(bytes)) };
    let headers = response.headers_mut();
    if !fresh {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(header::ETAG, etag.clone());
    headers.insert(header::CACHE_CONTROL, cache_control);
    response
}

/// Whether an `If-None-Match` names the ETag: the weak comparison.
pub fn names_etag(seen: &HeaderValue, etag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let (Ok(seen), Ok(etag)) = (seen.to_str(), etag.to_str()) else { return false };
    seen.trim() == "*" || seen.split(',').any(|tag| opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_has_the_bytes_gets_304() {
        let etag = etag_of(b"{}");
        let mut request = HeaderMap::new();
        let reply =
            |request: &HeaderMap| ready_bytes(request, Bytes::from_static(b"{}"), &etag, "no-cache").status();
        assert_eq!(reply(&request), StatusCode::OK);
        let weak = format!("\"x\", W/{}", etag.to_str().expect("ASCII"));
        request.insert(header::IF_NONE_MATCH, HeaderValue::try_from(weak).expect("a header"));
        assert_eq!(reply(&request), StatusCode::NOT_MODIFIED);
    }
}
