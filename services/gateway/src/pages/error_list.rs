//! The pages under docs/errors, compiled in. A test compares this list with the folder.

macro_rules! pages {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/", $code, ".md")))),*]
    };
}

/// Code and text, in alphabetical order.
pub(super) const ERRORS: &[(&str, &str)] = pages! {
    "body_too_large"
    "cross_site_request"
    "forbidden"
    "idempotency_in_progress"
    "idempotency_key_reused"
    "idempotency_outcome_unknown"
    "internal"
    "invalid_request"
    "method_not_allowed"
    "not_found"
    "timeout"
    "too_many_requests"
    "unauthenticated"
    "unavailable"
    "unsupported_media_type"
};
