//! One attempt at a reaction: in its context, within its time, and whatever it does, with an answer.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use souk_db::inbox::Claimed;
use souk_rpc::{Cause, Context, Error, ErrorKind};
use souk_trace::{Span, SpanKind, TraceParent};
use souk_types::Envelope;
use tracing::Instrument;

use crate::consumer::{Single, Together};
use crate::verdict::Failure;

pub(crate) const TIME_MAX: Duration = Duration::from_secs(30);

/// Repeats at once after a lost race, before it counts as a failure.
const RACES_MAX: u32 = 3;

/// What an attempt came to.
pub(crate) struct Outcome {
    pub(crate) claimed: Claimed,
    pub(crate) result: Result<(), Failure>,
    /// The reaction's own commit has marked the event done.
    pub(crate) marked: bool,
}

pub(crate) async fn single(react: Single, consumer: &'static str, claimed: Claimed) -> Outcome {
    let (id, kind) = (claimed.envelope.id, &claimed.envelope.kind);
    let span = tracing::info_span!("reaction", consumer, event.id = %id, event.kind = %kind);
    let cause = Cause::new(id, consumer);
    let (recorded, cx) = begin(&cause, &claimed);
    let attempts = cx.here().scope(guarded(async {
        let mut races = 0;
        loop {
            match react(cx.clone(), claimed.envelope.clone()).await {
                Err(failure) if failure.is_lost_race() && races < RACES_MAX => races += 1,
                other => break other,
            }
        }
    }));
    let result = attempts.instrument(span).await.unwrap_or_else(Err);
    end(recorded, &result);
    Outcome { claimed, result, marked: cause.is_marked() }
}

pub(crate) async fn together(react: Together, consumer: &'static str, claimed: Vec<Claimed>) -> Vec<Outcome> {
    let span = tracing::info_span!("reaction", consumer, events = claimed.len());
    // Each event belongs to a trace of its own, and all of them have the same effect at the same time.
    let mut recorded = Vec::with_capacity(claimed.len());
    let events = claimed
        .iter()
        .map(|claimed| {
            let (span, cx) = begin(&Cause::new(claimed.envelope.id, consumer), claimed);
            recorded.push(span);
            (cx, claimed.envelope.clone())
        })
        .collect();
    let results: Vec<_> = match guarded(async { react(events).await }).instrument(span).await {
        Ok(results) if results.len() == claimed.len() => {
            results.into_iter().map(|result| result.map_err(Failure::Error)).collect()
        }
        Ok(results) => {
            let detail = format!("{} answers to {} events", results.len(), claimed.len());
            same(&Error::new(ErrorKind::Internal, "internal", detail), claimed.len())
        }
        Err(Failure::Error(error)) => same(&error, claimed.len()),
        Err(Failure::Hopeless(reason)) => {
            same(&Error::new(ErrorKind::Internal, "internal", reason), claimed.len())
        }
    };
    recorded.into_iter().zip(&results).for_each(|(span, result)| end(span, result));
    claimed
        .into_iter()
        .zip(results)
        .map(|(claimed, result)| Outcome { claimed, result, marked: false })
        .collect()
}

fn same(error: &Error, times: usize) -> Vec<Result<(), Failure>> {
    (0..times).map(|_| Err(Failure::Error(error.clone()))).collect()
}

/// The reaction as a span under the one in which the event was stated, if that is recorded; and its context.
fn begin(cause: &Cause, claimed: &Claimed) -> (Option<Span>, Context) {
    let envelope = &claimed.envelope;
    let cx = context(cause, envelope);
    let Some((mut span, cx)) = cx.span(SpanKind::Consumer, || format!("process {}", envelope.kind).into())
    else {
        return (None, cx);
    };
    span.set("messaging.operation.type", "process");
    span.set("messaging.destination.name", envelope.kind.clone());
    span.set("messaging.consumer.group.name", cause.consumer);
    span.set("messaging.message.id", envelope.id.to_string());
    span.set("souk.event.subject", envelope.subject.to_string());
    span.set("souk.event.attempt", i64::from(claimed.attempts));
    (Some(span), cx)
}

fn end(span: Option<Span>, result: &Result<(), Failure>) {
    if let (Some(mut span), Err(failure)) = (span, result)
        && let Some(code) = failure.code()
    {
        span.fail(code);
    }
}

/// The shop acts by itself, because of this event.
fn context(cause: &Cause, envelope: &Envelope) -> Context {
    Context {
        traceparent: stated_under(envelope),
        deadline: Some(Instant::now() + TIME_MAX),
        cause: Some(cause.clone()),
        ..Context::patient(envelope.id.to_string())
    }
}

/// The span in which the event was stated. Foreign ones are not believed to be well-formed.
pub(crate) fn stated_under(envelope: &Envelope) -> Option<TraceParent> {
    TraceParent::parse(envelope.traceparent.as_deref()?.as_bytes())
}

/// A panic or a hanging handler is a failed attempt, not the end of the worker.
async fn guarded<T>(handler: impl Future<Output = T>) -> Result<T, Failure> {
    let caught = AssertUnwindSafe(handler).catch_unwind();
    match tokio::time::timeout(TIME_MAX, caught).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(panic)) => {
            let reason = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "without a message".to_owned());
            Err(Failure::Error(Error::new(ErrorKind::Internal, "panic", reason)))
        }
        Err(_) => {
            let detail = format!("the reaction took longer than {} s", TIME_MAX.as_secs());
            Err(Failure::Error(Error::timeout(detail)))
        }
    }
}
