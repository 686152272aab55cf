//! How every reply leaves the shop: with the headers that keep browsers and caches from doing harm.

use axum::body::Body;
use axum::response::IntoResponse;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use souk_rpc::{Error, ErrorKind};

use crate::handle::Shared;
use crate::identity::REQUEST_ID;
use crate::sessions;
use crate::visit::Visit;

const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const REFERRER: HeaderValue = HeaderValue::from_static("strict-origin-when-cross-origin");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// What is not a page has nothing to load and nobody to be framed by.
const CSP: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// A page that does not say what it needs may have its own styles and pictures. It may send forms anywhere:
/// `form-action` would also forbid that a bank's page leads back to the shop.
const PAGE_CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
     frame-ancestors 'none'",
);
pub(crate) const METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// How many headers we add at the most, so that the map grows once.
const ADDED_MAX: usize = 12;

/// Adds what every reply carries.
pub(crate) fn dress(shared: &Shared, visit: &mut Visit<'_>, response: &mut Response<Body>) {
    if response.status().as_u16() >= 400 {
        explain(response);
    } else if visit.method == Method::OPTIONS {
        allow_options(response);
    }
    let headers = response.headers_mut();
    headers.reserve(ADDED_MAX);
    headers.remove(sessions::SET_SESSION);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.insert(header::REFERRER_POLICY, REFERRER);
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = if is_page(headers) { PAGE_CSP } else { CSP };
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, PRIVATE);
    }
    if let Some(spent) = visit.spent {
        spent.tell(headers);
    }
    if let Some(hsts) = shared.hsts.as_ref().filter(|_| visit.client.https) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts.clone());
    }
    if visit.clear_cookie {
        sessions::clear_cookie(headers, visit.client.plain_loopback);
    }
    if !shared.config.cors.origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    shared.config.cors.tell(visit.origin.take(), headers);
    if let Ok(request_id) = HeaderValue::from_str(&visit.request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// An `OPTIONS` that a router refused, but not without telling what it takes, is answered.
fn allow_options(response: &mut Response<Body>) {
    if !response.headers().contains_key(header::ALLOW) && response.status() != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::ALLOW, METHODS);
    }
}

/// Errors that a router made by itself, without a problem document, get one.
fn explain(response: &mut Response<Body>) {
    let bare = match response.headers().get(header::CONTENT_TYPE) {
        None => true,
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    };
    let Some(error) = from_status(response.status()).filter(|_| bare) else { return };
    let problem = error.into_response();
    let (parts, body) = problem.into_parts();
    *response.body_mut() = body;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
}

fn from_status(status: StatusCode) -> Option<Error> {
    let error = match status {
        StatusCode::BAD_REQUEST => Error::invalid("", "request", "this request cannot be read"),
        StatusCode::NOT_FOUND => Error::not_found("path; /openapi.json lists what there is"),
        StatusCode::METHOD_NOT_ALLOWED => Error::new(
            ErrorKind::MethodNotAllowed,
            "method_not_allowed",
            "this path does not take that method",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::new(
            ErrorKind::UnsupportedMediaType,
            "unsupported_media_type",
            "send the body as `Content-Type: application/json`",
        ),
        StatusCode::INTERNAL_SERVER_ERROR => Error::internal("a reply of 500 without a problem document"),
        StatusCode::SERVICE_UNAVAILABLE => {
            Error::unavailable("this part of the shop is not available right now")
        }
        _ => return None,
    };
    Some(error)
}

pub(crate) fn too_large() -> Error {
    Error::new(ErrorKind::TooLarge, "body_too_large", "the body is larger than this endpoint takes")
}

/// The answer to `OPTIONS`: the router's refusal, turned into what it says.
pub(crate) fn options(response: Response<Body>) -> Response<Body> {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let mut allow =
        response.headers().get(header::ALLOW).map(|allow| allow.as_bytes().to_vec()).unwrap_or_default();
    allow.extend_from_slice(if allow.is_empty() { b"OPTIONS" } else { b", OPTIONS" });
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allow) = HeaderValue::from_bytes(&allow) {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}
