//! One attempt at a reaction: in its context, within its time, and whatever it does, with an answer.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use souk_db::inbox::Claimed;
use souk_rpc::{Cause, Context, Error, ErrorKind};
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
    let attempts = guarded(async {
        let mut races = 0;
        loop {
            match react(context(&cause, &claimed.envelope), claimed.envelope.clone()).await {
                Err(failure) if failure.is_lost_race() && races < RACES_MAX => races += 1,
                other => break other,
            }
        }
    });
    let result = attempts.instrument(span).await.unwrap_or_else(Err);
    Outcome { claimed, result, marked: cause.is_marked() }
}

pub(crate) async fn together(react: Together, consumer: &'static str, claimed: Vec<Claimed>) -> Vec<Outcome> {
    let span = tracing::info_span!("reaction", consumer, events = claimed.len());
    let events = claimed
        .iter()
        .map(|claimed| {
            let cause = Cause::new(claimed.envelope.id, consumer);
            (context(&cause, &claimed.envelope), claimed.envelope.clone())
        })
        .collect();
    let results = match guarded(async { react(events).await }).instrument(span).await {
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
    claimed
        .into_iter()
        .zip(results)
        .map(|(claimed, result)| Outcome { claimed, result, marked: false })
        .collect()
}

fn same(error: &Error, times: usize) -> Vec<Result<(), Failure>> {
    (0..times).map(|_| Err(Failure::Error(error.clone()))).collect()
}

/// The shop acts by itself, because of this event.
fn context(cause: &Cause, envelope: &Envelope) -> Context {
    Context {
        traceparent: envelope.traceparent.clone(),
        deadline: Some(Instant::now() + TIME_MAX),
        cause: Some(cause.clone()),
        ..Context::patient(envelope.id.to_string())
    }
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
