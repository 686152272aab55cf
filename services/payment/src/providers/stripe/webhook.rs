//! Stripe's webhooks, <https://docs.stripe.com/webhooks#verify-manually>.

use axum::http::HeaderMap;
use serde::Deserialize;
use souk_types::Timestamp;
use std::time::Duration;

use super::super::signature::WebhookSecret;
use super::super::{ProviderEvent, WebhookRefused};
use super::objects::PAYMENT;

/// The header that carries the signatures.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    metadata: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Whichever of the secrets signed it: while one is being replaced, two are good.
pub(super) fn parse(
    secrets: &[WebhookSecret],
    tolerance: Duration,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<ProviderEvent, WebhookRefused> {
    let header = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let header = header.ok_or(WebhookRefused::Signature)?;
    let mut refused = WebhookRefused::Signature;
    let signed = secrets.iter().any(|secret| match secret.check(header, body, now, tolerance) {
        Ok(()) => true,
        Err(why) => {
            if why == WebhookRefused::Stale {
                refused = why;
            }
            false
        }
    });
    if !signed {
        return Err(refused);
    }
    let event: Event = serde_json::from_slice(body).map_err(|_| WebhookRefused::Unreadable)?;
    let metadata = event.data.object.metadata.unwrap_or_default();
    // An intent, its charge and our refunds all carry it; what does not is not about a payment of ours.
    let reference = metadata.get(PAYMENT).and_then(|value| value.as_str()).unwrap_or_default();
    Ok(ProviderEvent { id: event.id, reference: reference.to_owned(), kind: event.kind })
}
