//! Spans: begun under a place in a trace, recorded when they are dropped.

use std::borrow::Cow;
use std::future::Future;
use std::sync::OnceLock;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

use crate::export::with_trace_id;
use crate::{Here, TraceParent};

static RECORDER: OnceLock<Recorder> = OnceLock::new();

/// What records the spans of this process.
pub(crate) struct Recorder {
    pub(crate) tracer: SdkTracer,
    pub(crate) threshold: u64,
    pub(crate) follow_clients: bool,
}

impl Recorder {
    /// False if there is one already.
    pub(crate) fn install(self) -> bool {
        RECORDER.set(self).is_ok()
    }

    /// The same for all who look at the trace's id.
    fn wants(&self, trace_id: u128) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let lower = trace_id as u64;
        lower < self.threshold || self.threshold == u64::MAX
    }
}

/// Whether this process records spans at all.
pub fn is_on() -> bool {
    RECORDER.get().is_some()
}

/// A piece of work that is being recorded. It ends when it is dropped.
#[derive(Debug)]
pub struct Span {
    inner: opentelemetry_sdk::trace::Span,
    place: TraceParent,
}

/// The first span of this shop in a trace: under the client's, or as the root of `fresh`. Whether it is recorded is
/// decided here for everything that follows; the answer says so even when there is no span.
pub fn enter(
    given: Option<TraceParent>,
    fresh: TraceParent,
    name: impl FnOnce() -> Cow<'static, str>,
) -> (TraceParent, Option<Span>) {
    let place = given.unwrap_or(fresh);
    let Some(recorder) = RECORDER.get() else { return (place.sampled(false), None) };
    let sampled = match given {
        Some(given) if recorder.follow_clients => given.is_sampled(),
        _ => recorder.wants(place.trace_id()),
    };
    let place = place.sampled(sampled);
    if !sampled {
        return (place, None);
    }
    let parent = match given {
        Some(_) => under(place, true),
        None => Context::new(),
    };
    let begin = || begin(&recorder.tracer, SpanKind::Server, name(), place, &parent);
    let span = with_trace_id(place.trace_id(), begin);
    (span.place, Some(span))
}

/// A span under `parent`, if that is recorded.
pub fn child(
    parent: Option<TraceParent>,
    kind: SpanKind,
    name: impl FnOnce() -> Cow<'static, str>,
) -> Option<Span> {
    let parent = parent.filter(|parent| parent.is_sampled())?;
    let recorder = RECORDER.get()?;
    let remote = matches!(kind, SpanKind::Server | SpanKind::Consumer);
    Some(begin(&recorder.tracer, kind, name(), parent, &under(parent, remote)))
}

fn under(parent: TraceParent, remote: bool) -> Context {
    let (trace_id, span_id) = (TraceId::from(parent.trace_id()), SpanId::from(parent.span_id()));
    let parent = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, remote, TraceState::NONE);
    Context::new().with_remote_span_context(parent)
}

/// A recorder that has been closed makes spans without ids; what happens in them stays under `parent`.
fn begin(
    tracer: &SdkTracer,
    kind: SpanKind,
    name: Cow<'static, str>,
    parent: TraceParent,
    context: &Context,
) -> Span {
    let inner = tracer.span_builder(name).with_kind(kind).start_with_context(tracer, context);
    let made = inner.span_context();
    let trace_id = u128::from_be_bytes(made.trace_id().to_bytes());
    let span_id = u64::from_be_bytes(made.span_id().to_bytes());
    let place = TraceParent::new(trace_id, span_id, true).unwrap_or(parent);
    Span { inner, place }
}

impl Span {
    /// Its place in the trace, for what happens under it.
    pub fn place(&self) -> TraceParent {
        self.place
    }

    /// Says something about it, by the names of OpenTelemetry's semantic conventions where there is one.
    pub fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.inner.set_attribute(KeyValue::new(key, value));
    }

    /// It went wrong; `why` is a short code and no text about anybody.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        let why = why.into();
        self.inner.set_attribute(KeyValue::new("error.type", why.clone()));
        self.inner.set_status(Status::error(why));
    }

    /// Does `work` within it: log lines written there name this span.
    pub fn scope<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let request_id = Here::current().map_or_else(|| "".into(), |here| here.request_id);
        Here { trace: Some(self.place), request_id }.scope(work)
    }
}
