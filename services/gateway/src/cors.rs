//! Which pages may call the API from a browser, and which requests only look as if the user wanted them.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use axum::body::Body;

use crate::config::{Cors, Origin};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, if-match, if-none-match, souk-cart, traceparent",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, souk-cart, x-request-id",
);
/// Browsers keep a preflight's answer for two hours at the most.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

impl Cors {
    pub(crate) fn is_off(&self) -> bool {
        self.origins.is_empty() && !self.any_origin
    }

    fn knows(&self, origin: &HeaderValue) -> bool {
        self.origins.iter().map(Origin::value).any(|known| known == origin)
    }

    /// The answer to a browser that asks before it sends the real request.
    pub(crate) fn preflight(&self, request: &Request<Body>) -> Option<Response<Body>> {
        let headers = request.headers();
        let asks = request.method() == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let known = headers.get(header::ORIGIN).is_some_and(|origin| self.any_origin || self.knows(origin));
        if known {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Some(response)
    }

    /// Lets the page at `origin` read the reply.
    pub(crate) fn tell(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        let Some(origin) = origin else { return };
        if self.knows(&origin) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        } else if self.any_origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            return;
        }
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /// Whether a change that comes with a cookie was sent by a page of ours. Browsers add the cookie to
    /// whatever any page makes them send, so the page must show itself: unknown counts as foreign.
    pub(crate) fn is_same_site(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(header::ORIGIN);
        if origin.is_some_and(|origin| self.knows(origin)) {
            return true;
        }
        if let Some(site) = headers.get(FETCH_SITE) {
            return site == "same-origin";
        }
        let host_of = |origin: &HeaderValue| {
            let text = origin.to_str().ok()?;
            text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).map(str::to_owned)
        };
        match (origin.and_then(host_of), headers.get(header::HOST)) {
            (Some(origin), Some(host)) => host.as_bytes().eq_ignore_ascii_case(origin.as_bytes()),
            _ => false,
        }
    }
}
