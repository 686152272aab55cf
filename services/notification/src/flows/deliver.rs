//! Sends what is due to webhooks. A delivery is leased first, so that replicas share the work, and marked afterwards; if
//! the process dies in between, it comes again under the same `webhook-id`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use souk_db::{Batch, batch};
use souk_rpc::{Context, Error};
use souk_trace::SpanKind;
use souk_types::WebhookId;
use tokio::task::JoinSet;

use crate::domain::webhook::{Attempt, Delivery, Verdict, Webhook, WebhookState, pause_after};
use crate::{Deps, store};

/// Until another replica, or the next start, takes up what a dead one had in hand. Longer than an attempt can take
/// (`timeout_seconds` is 20 at most), so that a living one is never overtaken.
const LEASE: Duration = Duration::from_secs(30);

/// What is under way in this process.
#[derive(Default)]
pub(crate) struct UnderWay {
    attempts: JoinSet<WebhookId>,
    of: HashMap<WebhookId, u32>,
}

impl UnderWay {
    /// The next attempt that ends; never, while there is none.
    pub(crate) async fn ended(&mut self) {
        match self.attempts.join_next().await {
            Some(Ok(webhook)) => self.forget(webhook),
            // Attempts neither panic nor are aborted; if one did, the count starts over when all are through.
            Some(Err(error)) => tracing::error!(%error, "an attempt at a delivery was lost"),
            None => std::future::pending().await,
        }
        if self.attempts.is_empty() {
            self.of.clear();
        }
    }

    fn forget(&mut self, webhook: WebhookId) {
        if let Some(count) = self.of.get_mut(&webhook) {
            *count = count.saturating_sub(1);
        }
    }

    /// Gives what is under way a moment to end.
    pub(crate) async fn close(mut self, patience: Duration) {
        let _ = tokio::time::timeout(patience, async { while self.attempts.join_next().await.is_some() {} })
            .await;
    }
}

/// Begins attempts as far as there is room: for all together, and for each webhook, so that a slow one cannot take
/// the room of the others.
pub(crate) async fn begin(cx: &Context, deps: &Deps, under_way: &mut UnderWay) -> Result<(), Error> {
    let config = &deps.config.webhooks;
    for id in store::deliveries::waiting(&deps.db, deps.clock.now()).await? {
        let running = under_way.of.get(&id).copied().unwrap_or(0);
        let all = u32::try_from(under_way.attempts.len()).unwrap_or(u32::MAX);
        let room = config.at_once_each.saturating_sub(running).min(config.at_once.saturating_sub(all));
        if room == 0 {
            continue;
        }
        let Some(webhook) = store::webhooks::get(&deps.db, id).await? else { continue };
        let webhook = Arc::new(webhook);
        let now = deps.clock.now();
        for delivery in store::deliveries::claim(&deps.db, cx, id, now, LEASE, room).await? {
            *under_way.of.entry(id).or_default() += 1;
            let (cx, deps, webhook) = (cx.clone(), deps.clone(), Arc::clone(&webhook));
            under_way.attempts.spawn(async move {
                if let Err(error) = attempt(&cx, &deps, &webhook, &delivery).await {
                    tracing::warn!(webhook.id = %webhook.id, event.id = %delivery.event, %error, "an attempt is not written down, it comes again");
                }
                webhook.id
            });
        }
    }
    Ok(())
}

/// Goes on with the trace of whatever the event tells of.
async fn attempt(cx: &Context, deps: &Deps, webhook: &Webhook, delivery: &Delivery) -> Result<(), Error> {
    let cx =
        Context { traceparent: delivery.traceparent, request_id: delivery.event.to_string(), ..cx.clone() };
    let spanned = cx.span(SpanKind::Client, || format!("deliver {}", delivery.kind).into());
    let (mut span, cx) = spanned.map_or((None, cx), |(span, within)| (Some(span), within));
    let attempt = deps.sender.send(webhook, delivery, deps.clock.now()).await;
    souk_app::fail::point("notification.after_delivery").await?;
    if let Some(span) = &mut span {
        span.set("souk.webhook.id", webhook.id.to_string());
        span.set("souk.webhook.attempt", i64::from(delivery.attempts));
        if attempt.verdict() != Verdict::Delivered {
            span.fail(attempt.status.map_or_else(|| "unreachable".to_owned(), |status| status.to_string()));
        }
    }
    let (outcome, batch) = judged(deps, webhook, delivery, &attempt);
    match deps.db.commit(&cx, batch).await {
        Ok(_) => deps.delivery_queued.notify_one(),
        Err(error) if error.is_lost_race() => {
            tracing::warn!(webhook.id = %webhook.id, event.id = %delivery.event, "somebody else had a delivery in hand");
        }
        Err(error) => return Err(error.into()),
    }
    metrics::counter!("souk_webhook_attempts_total", "outcome" => outcome).increment(1);
    Ok(())
}

fn judged(deps: &Deps, webhook: &Webhook, delivery: &Delivery, attempt: &Attempt) -> (&'static str, Batch) {
    let now = deps.clock.now();
    match attempt.verdict() {
        Verdict::Delivered => ("delivered", batch![store::deliveries::delivered(delivery, attempt, now)]),
        Verdict::Gone => {
            let why = "the receiver answered 410 Gone";
            tracing::warn!(webhook.id = %webhook.id, "a webhook is disabled: {why}");
            let parked = store::deliveries::parked(delivery, attempt, now);
            let others = store::deliveries::park_all(webhook.id, why);
            ("gone", batch![parked, others, store::webhooks::disable(webhook.id, why, now)])
        }
        Verdict::Later => {
            let [chance] = deps.chance.bytes::<1>();
            let Some(pause) = pause_after(delivery.attempts, chance) else {
                tracing::error!(webhook.id = %webhook.id, event.id = %delivery.event, "a delivery is parked");
                return ("parked", batch![store::deliveries::parked(delivery, attempt, now)]);
            };
            ("later", batch![store::deliveries::later(delivery, attempt, now.plus(pause), now)])
        }
    }
}

/// Whether deliveries go out to it.
pub(crate) fn is_open(webhook: &Webhook) -> bool {
    webhook.state == WebhookState::Enabled
}
