//! A merchant's program that is told of orders: it keeps what it was sent, and answers as it is told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) id: String,
    timestamp: String,
    signature: String,
    raw: String,
    pub(crate) body: Value,
}

impl Told {
    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    /// As the specification says it, not as the shop does it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        mac.update(format!("{}.{}.{}", self.id, self.timestamp, self.raw).as_bytes());
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signature.split(' ').any(|signature| signature == wanted)
    }
}

#[derive(Default)]
struct Kept {
    told: Vec<Told>,
    answers: HashMap<String, u16>,
    silent: bool,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    pub(crate) async fn start() -> Receiver {
        let kept = Arc::<Mutex<Kept>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/souk", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(take).with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Receiver { url, kept }
    }

    /// To the event with this id it says this from now on.
    pub(crate) fn answers(&self, event: &str, status: u16) {
        self.kept.lock().expect("no panic").answers.insert(event.to_owned(), status);
    }

    pub(crate) fn never_answers(&self) {
        self.kept.lock().expect("no panic").silent = true;
    }

    pub(crate) fn count(&self) -> usize {
        self.kept.lock().expect("no panic").told.len()
    }

    /// Waits until there are so many, and no more for a moment.
    pub(crate) async fn deliveries(&self, count: usize) -> Vec<Told> {
        for _ in 0..400 {
            if self.count() >= count {
                tokio::time::sleep(Duration::from_millis(200)).await;
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let told = self.kept.lock().expect("no panic").told.clone();
        assert_eq!(told.len(), count, "{told:#?}");
        told
    }
}

async fn take(State(kept): State<Arc<Mutex<Kept>>>, headers: HeaderMap, raw: String) -> (StatusCode, String) {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let told = Told {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: serde_json::from_str(&raw).unwrap_or_default(),
        raw,
    };
    let (status, silent) = {
        let mut kept = kept.lock().expect("no panic");
        let status = kept.answers.get(&told.id).copied().unwrap_or(200);
        kept.told.push(told);
        (status, kept.silent)
    };
    if silent {
        std::future::pending::<()>().await;
    }
    (StatusCode::from_u16(status).expect("a status"), format!("said {status}"))
}
