//! `Idempotency-Key`: a mutation that is sent twice takes effect once, and both get the same bytes.
//!
//! The key is claimed before the handler runs and the reply is stored after it. If the process dies in
//! between, nobody can know whether the first request took effect, so the key stays claimed and a repeat
//! is answered 409 `idempotency_outcome_unknown`: reading the resource tells. So it is when a database went away
//! in the middle of a commit. Checkout does better and stores its reply in the batch that places the order.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;
use sha2::{Digest, Sha256};
use souk_db::{Db, DbError, idempotency};
use souk_rpc::{Caller, Context, Error, ErrorKind, Idempotency, OutcomeUnknown};
use souk_types::Clock;
use tracing::Instrument;

/// The header by which a client names an attempt.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Bodies that are larger are refused before anything is claimed.
const BODY_BYTES_MAX: usize = 8 << 20;
/// A request that has not answered by then has died.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// Where the middleware keeps its records: the service's own database.
#[derive(Clone)]
pub struct IdempotencyState {
    pub db: Db,
    pub clock: Clock,
}

/// Middleware for the mutating routes of a service.
pub async fn idempotent(State(state): State<IdempotencyState>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    run_once(&state, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn run_once(state: &IdempotencyState, request: Request, next: Next) -> Result<Response, Error> {
    let Some(key) = read_key(request.headers())?.map(str::to_owned) else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| unreadable(&error))?;
    let cx = parts.extensions.get::<Context>().cloned().ok_or_else(|| Error::internal("no context"))?;
    let attempt = identify(&cx, &parts, &body, &key);
    let cx = Context { idempotency: Some(attempt.clone()), ..cx };
    match state.db.commit(&cx, idempotency::begin(&cx, state.clock.now())).await {
        Ok(_) => {}
        Err(DbError::IdempotencyConflict) => return replay(state, &attempt).await,
        Err(error) => return Err(error.into()),
    }
    parts.extensions.insert(cx);
    let request = Request::from_parts(parts, Body::from(body));
    let db = state.db.clone();
    // A task of its own: when the client hangs up the request is finished all the same, so that its repeat is
    // told what came of it.
    let work = async move {
        let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let response = handled.unwrap_or_else(|_| Error::internal("a handler panicked").into_response());
        keep(&db, &attempt, response).await
    };
    tokio::spawn(souk_trace::carry(work.in_current_span()))
        .await
        .unwrap_or_else(|error| Err(Error::internal(error)))
}

fn unreadable(error: &axum::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            let detail = "the body is larger than this endpoint takes";
            return Error::new(ErrorKind::TooLarge, "body_too_large", detail);
        }
        cause = error.source();
    }
    Error::invalid("", "body", "the body did not arrive whole")
}

/// Stores the reply that a repeat will get; one that tells of a passing trouble is not worth keeping.
///
/// The request has had its effect: neither its deadline nor a database that fails now changes what is answered.
async fn keep(db: &Db, attempt: &Idempotency, response: Response) -> Result<Response, Error> {
    let cx = Context::system("idempotency");
    let status = response.status();
    if response.extensions().get::<OutcomeUnknown>().is_some() {
        // A repeat under a freed key might do it a second time.
        return Ok(response);
    }
    let Idempotency { scope, key, .. } = attempt;
    let final_word = status.is_success()
        || status.is_redirection()
        || matches!(status, StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY);
    if !final_word {
        if let Err(error) = db.commit(&cx, idempotency::forget(scope, key)).await {
            tracing::warn!(%error, "an idempotency key stays taken");
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes =
        to_bytes(body, BODY_BYTES_MAX).await.map_err(|e| Error::internal(format_args!("own reply: {e}")))?;
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    let reply = idempotency::store_reply(scope, key, status.as_u16(), content_type, bytes.to_vec());
    if let Err(error) = db.commit(&cx, reply).await {
        tracing::warn!(%error, "a reply is not kept: a repeat will be told that its outcome is unknown");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

async fn replay(state: &IdempotencyState, attempt: &Idempotency) -> Result<Response, Error> {
    let in_progress = || {
        Error::conflict("idempotency_in_progress", "the first request with this key is still at work")
            .with_retry_after(Duration::from_secs(1))
    };
    // The first attempt may have been forgotten between our claim and this look.
    let first =
        idempotency::lookup(&state.db, &attempt.scope, &attempt.key).await?.ok_or_else(in_progress)?;
    if first.fingerprint != attempt.fingerprint {
        return Err(reused());
    }
    let Some(status) = first.status else {
        if state.clock.now().since(first.created_at) < ANSWERS_WITHIN {
            return Err(in_progress());
        }
        let detail =
            "the first request with this key ended without an answer; read the resource to see its effect";
        return Err(Error::conflict("idempotency_outcome_unknown", detail));
    };
    Ok(stored_reply(status, first.content_type.as_deref(), first.body.unwrap_or_default()))
}

/// A reply as it was given the first time, marked as a repeat.
pub fn stored_reply(status: u16, content_type: Option<&str>, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, Bytes::from(body)).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    if let Some(content_type) =
        content_type.filter(|text| !text.is_empty()).and_then(|text| HeaderValue::from_str(text).ok())
    {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The refusal of a key that came before with something else.
pub fn reused() -> Error {
    Error::unprocessable(
        "idempotency_key_reused",
        "this Idempotency-Key was used before for a different request",
    )
    .with_field("Idempotency-Key", "unique", "use a new key for a new request")
}

/// The client's key: 16 to 255 visible ASCII characters, so that no two clients choose the same by accident.
pub fn read_key(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (16..=255).contains(&key.len()));
    let key = key.filter(|key| key.bytes().all(|b| b.is_ascii_graphic()) && values.next().is_none());
    key.map(Some).ok_or_else(|| {
        Error::invalid(
            "Idempotency-Key",
            "format",
            "must be 16 to 255 visible ASCII characters; a UUID is fine",
        )
    })
}

fn identify(cx: &Context, parts: &Parts, body: &[u8], key: &str) -> Idempotency {
    let mut hash = Sha256::new();
    // A nested router has cut its prefix off the URI, which would make two paths one.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    for part in [parts.method.as_str().as_bytes(), b"\0", path.as_bytes(), b"\0", body] {
        hash.update(part);
    }
    let fingerprint = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Idempotency { scope: scope(cx), key: key.to_owned(), fingerprint }
}

/// Keys of one caller mean nothing to another; guests are told apart by their address.
fn scope(cx: &Context) -> String {
    match (&cx.caller, cx.client_ip) {
        (Caller::Guest, Some(ip)) => format!("guest:{ip}"),
        _ => cx.actor(),
    }
}

/// The key of a request that handles its own idempotency: scope, key and fingerprint over `body`.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<IdempotencyKey, Error> {
        match read_key(&parts.headers)? {
            Some(key) => Ok(IdempotencyKey(key.to_owned())),
            None => {
                Err(Error::invalid("Idempotency-Key", "required", "send a new UUID with each new checkout"))
            }
        }
    }
}

impl IdempotencyKey {
    /// What is recorded for this key: `what` and `body` make the fingerprint.
    pub fn identify(&self, cx: &Context, what: &str, body: &[u8]) -> Idempotency {
        let mut hash = Sha256::new();
        for part in [what.as_bytes(), b"\0", body] {
            hash.update(part);
        }
        let fingerprint = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Idempotency { scope: scope(cx), key: self.0.clone(), fingerprint }
    }
}
