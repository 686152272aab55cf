//! Calls and requests as spans, by the names of OpenTelemetry's semantic conventions.
//!
//! Paths of requests are left out, since some hold secrets (the id of a cart opens it): a span says which route it was.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use souk_trace::{Span, SpanKind};

use crate::{Context, Error};

const RPC: &str = "/rpc/";

/// An object behind its contract, whose calls are spans. A remote makes spans by itself.
pub struct Traced<T: ?Sized>(pub Arc<T>);

/// A call within this process begins.
pub fn begin(cx: &Context, name: &'static str) -> Option<(Span, Context)> {
    cx.span(SpanKind::Internal, || name.into())
}

/// A call within this process has been answered.
pub fn end<T>(mut span: Span, answer: Result<T, Error>) -> Result<T, Error> {
    answer.inspect_err(|error| fail(&mut span, error))
}

/// Middleware around the routes of a service that is asked within this process: a request is a span.
pub async fn trace_requests(request: Request, next: Next) -> Response {
    match request.extensions().get::<Context>().cloned() {
        Some(cx) => serve(SpanKind::Internal, cx, request, next).await,
        None => next.run(request).await,
    }
}

/// Answers a request under `cx`.
pub(crate) async fn serve(kind: SpanKind, cx: Context, mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let named = || name(request.method().as_str(), route.as_deref());
    let Some((mut span, cx)) = cx.span(kind, named) else {
        request.extensions_mut().insert(cx);
        return next.run(request).await;
    };
    span.set("http.request.method", request.method().to_string());
    if let Some(route) = route {
        span.set("http.route", route);
    }
    request.extensions_mut().insert(cx);
    let response = span.scope(next.run(request)).await;
    answered(&mut span, response.status());
    response
}

/// `product/hold_stock` for a call, `POST /v1/carts/{id}/checkout` for a request.
pub(crate) fn name(method: &str, route: Option<&str>) -> Cow<'static, str> {
    match route {
        Some(route) => match route.strip_prefix(RPC) {
            Some(call) => call.to_owned().into(),
            None => format!("{method} {route}").into(),
        },
        None => method.to_owned().into(),
    }
}

pub(crate) fn answered(span: &mut Span, status: StatusCode) {
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail(status.as_str().to_owned());
    }
}

/// That somebody was refused is no failure of the shop.
pub(crate) fn fail(span: &mut Span, error: &Error) {
    if error.kind.status().is_server_error() {
        span.fail(error.code.clone());
    } else {
        span.set("error.type", error.code.clone());
    }
}
