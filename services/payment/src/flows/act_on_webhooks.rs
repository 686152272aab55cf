//! Acts on the webhooks that were kept. A webhook is a bell: the provider is asked where the payment stands, so a
//! webhook that comes twice, late or out of order can do no harm.

use std::time::Duration;

use futures::StreamExt;
use souk_rpc::{Context, Error};
use souk_types::PaymentId;

use super::{drive, look};
use crate::Deps;
use crate::domain::{Payment, State};
use crate::store;
use crate::store::webhooks::Waiting;

const CLAIMED_MAX: u32 = 64;
const AT_ONCE: usize = 8;
const LEASE: Duration = Duration::from_secs(60);
const LONGEST_RETRY: Duration = Duration::from_secs(60);

/// One pass; answers how many it found.
pub(crate) async fn act_on_webhooks(cx: &Context, deps: &Deps) -> Result<usize, Error> {
    let now = deps.clock.now();
    if !store::webhooks::any_due(&deps.db, now).await? {
        return Ok(0);
    }
    let claim = store::webhooks::claim(now, now.plus(LEASE), CLAIMED_MAX);
    let claimed = store::webhooks::claimed(&deps.db.commit(cx, claim).await?)?;
    let count = claimed.len();
    futures::stream::iter(claimed)
        .for_each_concurrent(AT_ONCE, |webhook| async move {
            if let Err(error) = act(cx, deps, &webhook).await {
                tracing::warn!(event.id = webhook.event_id, %error, "a webhook could not be noted as done");
            }
        })
        .await;
    Ok(count)
}

async fn act(cx: &Context, deps: &Deps, webhook: &Waiting) -> Result<(), Error> {
    let outcome = ring(cx, deps, webhook).await;
    let now = deps.clock.now();
    let noted = match outcome {
        Ok(()) => store::webhooks::done(webhook, now),
        Err(error) if webhook.attempts >= deps.config.webhooks.attempts_max => {
            tracing::warn!(event.id = webhook.event_id, %error, "webhook given up, the reconciler takes over");
            store::webhooks::fail(webhook, &error.to_string())
        }
        Err(error) => {
            let pause = Duration::from_millis(deps.config.webhooks.retry_ms);
            let pause =
                pause.saturating_mul(1 << webhook.attempts.min(16).saturating_sub(1)).min(LONGEST_RETRY);
            store::webhooks::retry(webhook, &error.to_string(), now.plus(pause))
        }
    };
    deps.db.commit(cx, noted).await?;
    Ok(())
}

async fn ring(cx: &Context, deps: &Deps, webhook: &Waiting) -> Result<(), Error> {
    let id = webhook.reference.parse::<PaymentId>().ok();
    let payment = match id {
        Some(id) => store::payments::get(&deps.db, id).await?,
        None => None,
    };
    let Some(payment) = payment.filter(|payment| payment.provider == webhook.provider) else {
        // The provider's account may serve others too; the comparison files what should be ours.
        tracing::info!(
            event.id = webhook.event_id,
            reference = webhook.reference,
            "a webhook about no payment of ours"
        );
        return Ok(());
    };
    if is_being_asked(deps, &payment) {
        return Err(Error::unavailable("the payment is being authorized right now"));
    }
    let payment = look::glance(cx, deps, payment).await?;
    Box::pin(drive::drive(cx, deps, payment)).await?;
    Ok(())
}

/// Whoever is asking gets the same answer himself, and tells it to his caller: no need to be faster than he is.
fn is_being_asked(deps: &Deps, payment: &Payment) -> bool {
    let age = deps.clock.now().since(payment.created_at);
    payment.state == State::Authorizing && age < deps.config.provider_timeout()
}
