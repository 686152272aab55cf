//! Takes a webhook in: checked, kept once per event, answered. A worker acts on it.

use axum::http::HeaderMap;
use souk_rpc::{Context, Error};

use super::on_our_own;
use crate::providers::ProviderEvent;
use crate::{Deps, error, store};

/// The longest id and reference that are kept.
const TEXT_MAX: usize = 200;

pub(crate) async fn receive_webhook(
    cx: &Context,
    deps: &Deps,
    provider: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Error> {
    let parser = deps.providers.get(provider).ok_or_else(error::unknown_provider)?;
    let now = deps.clock.now();
    let event = parser.parse_webhook(headers, body, now).inspect_err(|why| {
        tracing::warn!(provider, %why, "webhook refused");
        metrics::counter!("souk_payment_webhooks_refused_total").increment(1);
    });
    let event = event.map_err(error::webhook_refused)?;
    if !is_sane(&event) {
        return Err(error::webhook_refused(crate::providers::WebhookRefused::Unreadable));
    }
    let kept = store::webhooks::keep(provider, &event, body, now);
    deps.db.commit(&on_our_own(cx), kept).await?;
    deps.webhook_kept.notify_one();
    Ok(())
}

/// Even what is signed must fit the columns.
fn is_sane(event: &ProviderEvent) -> bool {
    let fits = |text: &str| text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
    !event.id.is_empty() && fits(&event.id) && fits(&event.reference) && fits(&event.kind)
}
