//! One closed error for every transport. It crosses the wire whole and is mapped to HTTP here and nowhere else.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

/// What went wrong, in the terms that decide what a caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request cannot be read, or breaks a rule that needs no state to check.
    Invalid,
    Unauthenticated,
    /// The payment provider said no.
    PaymentDeclined,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    /// It lost a race, or the thing is in a state that does not allow it.
    Conflict,
    Gone,
    PreconditionFailed,
    TooLarge,
    UnsupportedMediaType,
    /// Readable, but refused by a rule of the shop.
    Unprocessable,
    PreconditionRequired,
    TooManyRequests,
    Internal,
    /// Try again: a part is down or overloaded. Nothing was changed, or repeating is safe.
    Unavailable,
    Timeout,
}

impl ErrorKind {
    pub const fn status(self) -> StatusCode {
        match self {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::PaymentDeclined => StatusCode::PAYMENT_REQUIRED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            ErrorKind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Gone => StatusCode::GONE,
            ErrorKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            ErrorKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Whether the same request may succeed a moment later.
    pub const fn is_transient(self) -> bool {
        matches!(self, ErrorKind::Unavailable | ErrorKind::Timeout)
    }
}

/// Stands among the extensions of a response that says [`Error::outcome_unknown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeUnknown;

/// One field of the request that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path from the body's root, such as `lines[0].quantity`; `?limit` for a query parameter.
    pub field: String,
    /// The broken rule's stable name, such as `range` or `unknown_field`.
    pub rule: String,
    pub detail: String,
}

/// An error any service may answer. `code` is stable and documented under docs/errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Error {
    pub kind: ErrorKind,
    pub code: Cow<'static, str>,
    pub detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Error {
    pub fn new(kind: ErrorKind, code: &'static str, detail: impl Into<String>) -> Error {
        Error {
            kind,
            code: Cow::Borrowed(code),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_ms: None,
        }
    }

    /// A request that breaks the rule `rule` at `field`.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>, detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Invalid, "invalid_request", "the request breaks a rule; see `errors`")
            .with_field(field, rule, detail)
    }

    /// Several broken rules at once. Callers make sure that there is at least one.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Error {
        let error =
            Error::new(ErrorKind::Invalid, "invalid_request", "the request breaks a rule; see `errors`");
        Error { errors, ..error }
    }

    /// `what` is the field's word for it: "no such order".
    pub fn not_found(what: &str) -> Error {
        Error::new(ErrorKind::NotFound, "not_found", format!("no such {what}"))
    }

    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Conflict, code, detail)
    }

    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unprocessable, code, detail)
    }

    pub fn unauthenticated() -> Error {
        Error::new(ErrorKind::Unauthenticated, "unauthenticated", "sign in first")
    }

    pub fn forbidden(detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Forbidden, "forbidden", detail)
    }

    /// A part that is needed does not answer; the caller may try again.
    pub fn unavailable(detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unavailable, "unavailable", detail).with_retry_after(Duration::from_secs(1))
    }

    pub fn timeout(detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Timeout, "timeout", detail)
    }

    /// Whether it was done, nobody can say: a repetition is safe only where it changes nothing.
    pub fn outcome_unknown(detail: impl Into<String>) -> Error {
        Error::new(ErrorKind::Timeout, "outcome_unknown", detail)
    }

    /// A defect of ours. The detail is logged here and not shown to clients.
    pub fn internal(detail: impl std::fmt::Display) -> Error {
        tracing::error!(error = %detail, "internal error");
        Error::new(ErrorKind::Internal, "internal", "something is broken on our side; it has been logged")
    }

    #[must_use]
    pub fn with_field(
        mut self,
        field: impl Into<String>,
        rule: impl Into<String>,
        detail: impl Into<String>,
    ) -> Error {
        self.errors.push(FieldError { field: field.into(), rule: rule.into(), detail: detail.into() });
        self
    }

    /// The same about a part of a larger request: each field is found at `field` of it.
    #[must_use]
    pub fn within(mut self, field: &str) -> Error {
        for error in &mut self.errors {
            error.field = match error.field.as_str() {
                "" => field.to_owned(),
                inner => format!("{field}.{inner}"),
            };
        }
        self
    }

    #[must_use]
    pub fn with_retry_after(self, after: Duration) -> Error {
        Error { retry_after_ms: Some(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)), ..self }
    }

    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// As clients see it.
    pub fn problem(&self) -> Problem {
        let status = self.kind.status();
        Problem {
            kind: format!("/docs/errors/{}", self.code),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_string(),
            errors: self.errors.clone(),
        }
    }
}

/// An error as a client sees it: RFC 9457 `application/problem+json`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Where the error is explained.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    pub detail: String,
    /// Stable; decide by this one.
    pub code: String,
    /// The fields that break a rule, if it is about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (self.kind.status(), body).into_response();
        if self.code == "outcome_unknown" {
            response.extensions_mut().insert(OutcomeUnknown);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after_ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after_ms.div_ceil(1000)));
        }
        if self.kind == ErrorKind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
