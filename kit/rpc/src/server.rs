//! The internal side of a service: routes for its contract, open to its peers only.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use souk_trace::{SpanKind, TraceParent};

use crate::{Context, Error, InternalSecret, traced};

pub(crate) const CONTEXT_HEADER: &str = "souk-context";
const TRACEPARENT_HEADER: &str = "traceparent";
pub(crate) const TIME_LEFT_HEADER: &str = "souk-time-left-ms";

/// A service as the others see it. Written by [`contract!`](crate::contract).
pub trait Contract {
    /// The service's name, such as `order`.
    const SERVICE: &'static str;

    /// `POST /rpc/{service}/{method}` for each method.
    fn routes(service: Arc<Self>) -> Router;
}

/// One method of a contract as an HTTP route: JSON in, JSON or a whole [`Error`] out.
pub fn method<Req, Res, F, Fut>(call: F) -> MethodRouter
where
    Req: DeserializeOwned + Send + 'static,
    Res: Serialize + Send + 'static,
    F: Fn(Context, Req) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Res, Error>> + Send + 'static,
{
    post(move |cx: Context, body: Bytes| {
        let call = call.clone();
        async move {
            let request = serde_json::from_slice(&body)
                .map_err(|e| Error::invalid("", "schema", format!("not what this method takes: {e}")));
            let outcome = match request {
                Ok(request) => call(cx, request).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(reply) => json(StatusCode::OK, &reply),
                Err(error) => whole(&error),
            }
        }
    })
}

/// Middleware of the internal listener: refuses whoever lacks the secret, and believes the context of whoever has it.
pub async fn believe_context(State(secret): State<InternalSecret>, request: Request, next: Next) -> Response {
    if !secret.opens(request.headers()) {
        return whole(&Error::unauthenticated());
    }
    match read_context(request.headers()) {
        Ok(cx) => cx.here().scope(traced::serve(SpanKind::Server, cx, request, next)).await,
        Err(error) => whole(&error),
    }
}

/// The header by which a context crosses to another process. What lies between them, such as a mesh, reads the trace by
/// its standard name, which must not be left over from the client.
pub(crate) fn write_context(cx: &Context, headers: &mut HeaderMap) -> Result<(), Error> {
    let json = serde_json::to_vec(cx).map_err(Error::internal)?;
    match cx.traceparent {
        Some(parent) => {
            headers.insert(TRACEPARENT_HEADER, parent.to_string().try_into().map_err(Error::internal)?)
        }
        None => headers.remove(TRACEPARENT_HEADER),
    };
    headers.insert(CONTEXT_HEADER, json.try_into().map_err(Error::internal)?);
    Ok(())
}

/// Apart from the context, since it shrinks from one attempt to the next.
pub(crate) fn write_time_left(time_left: Duration, headers: &mut HeaderMap) {
    let millis = u64::try_from(time_left.as_millis()).unwrap_or(u64::MAX);
    headers.insert(TIME_LEFT_HEADER, millis.into());
}

fn read_context(headers: &HeaderMap) -> Result<Context, Error> {
    let header =
        headers.get(CONTEXT_HEADER).ok_or_else(|| Error::invalid(CONTEXT_HEADER, "required", "missing"))?;
    let mut cx: Context = serde_json::from_slice(header.as_bytes())
        .map_err(|e| Error::invalid(CONTEXT_HEADER, "schema", e.to_string()))?;
    let millis = headers.get(TIME_LEFT_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    // Whoever passed the request on within our walls may have put a span of its own in between.
    let passed_on = headers.get(TRACEPARENT_HEADER).and_then(|value| TraceParent::parse(value.as_bytes()));
    cx.traceparent = passed_on.or(cx.traceparent);
    cx.deadline = millis.map(|millis| Instant::now() + Duration::from_millis(millis));
    Ok(cx)
}

/// An error as peers read it: whole, not as the problem document that clients see.
fn whole(error: &Error) -> Response {
    json(error.kind.status(), error)
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}
