//! What the service does, one verb a file. A flow reads, decides in the domain, and commits one guarded batch;
//! a provider is called between commits, never inside one.

pub(crate) mod act_on_webhooks;
pub(crate) mod authorize;
pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod compare;
pub(crate) mod drive;
pub(crate) mod learn;
pub(crate) mod look;
pub(crate) mod receive;
pub(crate) mod receive_webhook;
pub(crate) mod reconcile;
pub(crate) mod refund;
pub(crate) mod void;

use std::future::Future;
use std::time::Duration;

use souk_rpc::{Context, Error};
use souk_trace::SpanKind;

use crate::Deps;
use crate::domain::compare::Difference;
use crate::store;

/// How often a flow is run again after it lost a race. Refunds of one payment race most: each settles alone.
pub(crate) const RACES_MAX: u32 = 64;

/// The context for steps whose result must be written down even when the caller's time is over, and which are not
/// the effect of the event that caused the flow.
pub(crate) fn on_our_own(cx: &Context) -> Context {
    Context { deadline: None, ..cx.without_cause() }
}

/// Waits for a provider's answer to `what`, but not for longer than the caller can wait for ours.
pub(crate) async fn in_time<T>(
    cx: &Context,
    deps: &Deps,
    what: &'static str,
    asking: impl Future<Output = T>,
    late: impl FnOnce(String) -> T,
) -> T {
    let limit = cx.time_left(deps.config.provider_timeout());
    // What is left is needed to write the outcome down and to answer.
    let limit = limit - limit / 10;
    let span = souk_trace::child(cx.traceparent, SpanKind::Client, || what.into());
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => {
            span.into_iter().for_each(|mut span| span.fail("timeout"));
            late(format!("no answer within {limit:?}"))
        }
    }
}

/// Files a difference for people to look at.
pub(crate) async fn file(
    cx: &Context,
    deps: &Deps,
    provider: &str,
    reference: &str,
    found: Difference,
) -> Result<(), Error> {
    let kind = found.kind;
    tracing::warn!(provider, payment.reference = reference, kind, detail = %found.detail, "reconciliation exception");
    metrics::counter!("souk_payment_exceptions_total", "kind" => kind).increment(1);
    let filed = store::exceptions::file(provider, reference, &found, &deps.chance, deps.clock.now());
    deps.db.commit(&on_our_own(cx), filed).await?;
    Ok(())
}

/// A short pause that grows, so that racing flows do not stay in step.
pub(crate) async fn pause_after_race(deps: &Deps, races: u32) {
    let [chance] = deps.chance.bytes::<1>();
    let millis = u64::from(chance) * u64::from(races.min(16)) / 256;
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
