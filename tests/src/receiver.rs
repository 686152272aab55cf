//! A merchant's program that hears of orders by webhook.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// A delivery as it came in.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub headers: Value,
    pub body: String,
    pub status: u16,
}

impl Delivered {
    /// The type of its event.
    pub fn kind(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["type"].as_str().unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct Kept {
    delivered: Vec<Delivered>,
    refusals: usize,
}

/// Keeps what it is sent, and says 500 to the first of it.
pub struct Receiver {
    pub url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    /// It refuses so many deliveries before it takes one.
    pub async fn refusing(refusals: usize) -> Result<Receiver> {
        let kept = Arc::new(Mutex::new(Kept { refusals, ..Kept::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/souk", listener.local_addr()?);
        let app = Router::new().fallback(take).with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Receiver { url, kept })
    }

    /// Everything so far, refused or taken, as it came.
    pub fn delivered(&self) -> Vec<Delivered> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).delivered.clone()
    }

    /// Has the reference libraries, in Python and in Node, verify all of it; their answer names the events.
    pub fn verify(&self, secret: &str) -> Result<Vec<String>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("external/webhooks.sh");
        let mut strangers =
            Command::new(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("webhooks.sh")?;
        let mut stdin = strangers.stdin.take().context("a standard input")?;
        for told in self.delivered() {
            writeln!(stdin, "{}", json!({"secret": secret, "headers": told.headers, "body": told.body}))?;
        }
        drop(stdin);
        let answer = strangers.wait_with_output()?;
        ensure!(answer.status.success(), "the reference libraries refuse a delivery");
        Ok(String::from_utf8(answer.stdout)?.lines().map(str::to_owned).collect())
    }
}

async fn take(State(kept): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: String) -> StatusCode {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let status = if kept.refusals > 0 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    kept.refusals = kept.refusals.saturating_sub(1);
    let named = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> = named
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), json!(headers.get(*name)?.to_str().ok()?))))
        .collect();
    kept.delivered.push(Delivered { headers: headers.into(), body, status: status.as_u16() });
    status
}
