//! The sandbox's webhooks: signed, delivered late or twice where a token says so, and tried again when refused.
//! Everything is bounded; what finds no room is lost, as it is with real providers, and the reconciler finds out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use futures::future::BoxFuture;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::{Deserialize, Serialize};
use souk_types::{Clock, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::SIGNATURE_HEADER;
use crate::providers::ProviderEvent;
use crate::providers::signature::WebhookSecret;

/// Webhooks that wait to be taken by the dispatcher, and that it holds until they are due.
const WAITING_MAX: usize = 4_096;
const ATTEMPTS_MAX: u32 = 5;
const RETRY_AFTER: Duration = Duration::from_secs(1);
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// The body of a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Body {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    reference: String,
    created_at: Timestamp,
}

/// What a webhook tells.
pub(super) struct Announcement {
    pub(super) id: String,
    pub(super) what: &'static str,
    pub(super) reference: String,
}

pub(super) struct Announcer {
    queue: mpsc::Sender<Parcel>,
    clock: Clock,
}

/// Webhooks on their way; hand them to [`dispatch`].
pub struct Parcels {
    queue: mpsc::Receiver<Parcel>,
    secret: WebhookSecret,
    clock: Clock,
}

struct Parcel {
    due: Instant,
    attempts: u32,
    body: Vec<u8>,
}

/// Takes a webhook into this process: headers and body in, whether it was accepted out.
pub(crate) type Inbox = Arc<dyn Fn(HeaderMap, Vec<u8>) -> BoxFuture<'static, bool> + Send + Sync>;

/// Where webhooks go.
pub(crate) enum Delivery {
    /// Into this process.
    Inbox(Inbox),
    Http {
        client: Box<Client<HttpConnector, axum::body::Body>>,
        url: String,
    },
}

impl Delivery {
    pub(crate) fn http(url: &str) -> Delivery {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Delivery::Http { client: Box::new(client), url: url.to_owned() }
    }

    async fn deliver(&self, headers: HeaderMap, body: Vec<u8>) -> bool {
        match self {
            Delivery::Inbox(inbox) => inbox(headers, body).await,
            Delivery::Http { client, url } => {
                let mut request = axum::http::Request::post(url).body(axum::body::Body::from(body));
                if let Ok(request) = &mut request {
                    *request.headers_mut() = headers;
                }
                let Ok(request) = request else { return false };
                let answered = tokio::time::timeout(ANSWERS_WITHIN, client.request(request)).await;
                matches!(answered, Ok(Ok(response)) if response.status().is_success())
            }
        }
    }
}

pub(super) fn channel(secret: WebhookSecret, clock: Clock) -> (Announcer, Parcels) {
    let (sender, queue) = mpsc::channel(WAITING_MAX);
    (Announcer { queue: sender, clock: clock.clone() }, Parcels { queue, secret, clock })
}

impl Announcer {
    pub(super) fn send(&self, announcement: Announcement, delay: Duration) {
        let Announcement { id, what, reference } = announcement;
        let body = Body { id, kind: format!("payment.{what}"), reference, created_at: self.clock.now() };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let parcel = Parcel { due: Instant::now() + delay, attempts: 0, body };
        if self.queue.try_send(parcel).is_err() {
            tracing::warn!("the sandbox lost a webhook: too many wait to be delivered");
        }
    }
}

/// Delivers webhooks when they are due, until the shop closes.
pub(crate) async fn dispatch(mut parcels: Parcels, delivery: Delivery, token: CancellationToken) {
    let mut waiting: BTreeMap<(Instant, u64), Parcel> = BTreeMap::new();
    let mut count = 0;
    loop {
        let next = waiting.keys().next().map(|(due, _)| *due);
        let due = next.unwrap_or_else(|| Instant::now() + Duration::from_secs(3_600));
        tokio::select! {
            () = token.cancelled() => return,
            taken = parcels.queue.recv(), if waiting.len() < WAITING_MAX => {
                let Some(parcel) = taken else { return };
                count += 1;
                waiting.insert((parcel.due, count), parcel);
            }
            () = tokio::time::sleep_until(due), if next.is_some() => {
                let Some((_, parcel)) = waiting.pop_first() else { continue };
                if let Some(again) = deliver(&parcels, &delivery, parcel).await {
                    count += 1;
                    waiting.insert((again.due, count), again);
                }
            }
        }
    }
}

/// Delivers one; hands it back when it is to be tried again.
async fn deliver(parcels: &Parcels, delivery: &Delivery, parcel: Parcel) -> Option<Parcel> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let signature = parcels.secret.sign(&parcel.body, parcels.clock.now());
    headers.insert(SIGNATURE_HEADER, HeaderValue::try_from(signature).ok()?);
    if delivery.deliver(headers, parcel.body.clone()).await {
        return None;
    }
    let attempts = parcel.attempts + 1;
    if attempts == ATTEMPTS_MAX {
        tracing::warn!(attempts, "the sandbox gave up on a webhook");
        return None;
    }
    Some(Parcel { due: Instant::now() + RETRY_AFTER * attempts, attempts, ..parcel })
}

/// Reads what was signed.
pub(super) fn read(body: &[u8]) -> Option<ProviderEvent> {
    let Body { id, kind, reference, .. } = serde_json::from_slice(body).ok()?;
    Some(ProviderEvent { id, reference, kind })
}
