//! The pages under docs/errors, compiled in. A test compares this list with the folder.

macro_rules! pages {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/", $code, ".md")))),*]
    };
}

/// Code and text, in alphabetical order.
pub(super) const ERRORS: &[(&str, &str)] = pages! {
    "already_staff"
    "body_too_large"
    "cross_site_request"
    "email_unverified"
    "forbidden"
    "idempotency_in_progress"
    "idempotency_key_reused"
    "idempotency_outcome_unknown"
    "internal"
    "invalid_request"
    "last_owner"
    "limit_reached"
    "mail_text_gone"
    "method_not_allowed"
    "name_taken"
    "not_found"
    "permission_beyond_yours"
    "timeout"
    "token_invalid"
    "too_many_attempts"
    "too_many_mails"
    "too_many_requests"
    "unauthenticated"
    "unavailable"
    "unsupported_media_type"
    "version_stale"
    "weak_password"
    "wrong_credentials"
    "wrong_password"
};
