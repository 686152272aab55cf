//! What stands between the shop and localstripe. It leaves out the parameters that localstripe does not know, lists as
//! Stripe lists (the newest first, by time), keeps what it was asked, and breaks what a test wants broken. It keeps no
//! idempotency keys: that a call is made once must hold without them.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

pub(super) type Pairs = Vec<(String, String)>;

/// Stripe takes them, localstripe does not.
const UNKNOWN_THERE: [&str; 3] = ["return_url", "description", "automatic_payment_methods"];
const INTENTS: &str = "/v1/payment_intents";

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripeFault {
    /// It is done, and the answer never comes.
    DoneWithoutAnswer,
    /// It is done, and the answer is a 500.
    DoneWithError,
    /// It never arrives, and no answer comes.
    NeverArrives,
    /// 500, and nothing is done.
    Error,
}

/// A call that came to the door.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub idempotency_key: Option<String>,
    pub version: Option<String>,
    /// Form or query.
    pub pairs: Vec<(String, String)>,
}

struct Fault {
    path_end: &'static str,
    fault: StripeFault,
    left: usize,
}

struct Inside {
    base: String,
    http: reqwest::Client,
    faults: Mutex<Vec<Fault>>,
    asked: Mutex<Vec<Asked>>,
}

pub(super) struct Door {
    url: String,
    inside: Arc<Inside>,
    serving: JoinHandle<()>,
}

impl Door {
    pub(super) async fn before(base: &str) -> Result<Door> {
        let inside = Arc::new(Inside {
            base: base.to_owned(),
            http: reqwest::Client::builder().no_proxy().build()?,
            faults: Mutex::default(),
            asked: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inside));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the door has closed");
            }
        });
        Ok(Door { url, inside, serving })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn misbehaves(&self, path_end: &'static str, fault: StripeFault, left: usize) {
        let mut faults = self.inside.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push(Fault { path_end, fault, left });
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.inside.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Inside {
    fn note(&self, method: &Method, uri: &Uri, headers: &HeaderMap, pairs: &Pairs) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Asked {
            method: method.to_string(),
            path: uri.path().to_owned(),
            idempotency_key: text("idempotency-key"),
            version: text("stripe-version"),
            pairs: pairs.clone(),
        });
    }

    /// Changes only: what cannot be asked is tried by faults of the whole server.
    fn fault(&self, method: &Method, path: &str) -> Option<StripeFault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |fault: &&mut Fault| fault.left > 0 && path.ends_with(fault.path_end);
        let fault = faults.iter_mut().filter(|_| *method == Method::POST).find(fits)?;
        fault.left -= 1;
        Some(fault.fault)
    }

    async fn forward(
        &self,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        pairs: &Pairs,
    ) -> Result<(StatusCode, Bytes)> {
        let known: Pairs = pairs
            .iter()
            .filter(|(name, _)| !UNKNOWN_THERE.iter().any(|unknown| name.starts_with(unknown)))
            .cloned()
            .collect();
        let mut url = format!("{}{path}", self.base);
        if method == Method::GET {
            url.push('?');
            url.push_str(&encoded(&known));
        }
        let mut request = self.http.request(method.clone(), url);
        if let Some(key) = headers.get(header::AUTHORIZATION) {
            request = request.header(header::AUTHORIZATION, key);
        }
        if method == Method::POST {
            let form = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, form).body(encoded(&known));
        }
        let response = request.send().await?;
        Ok((response.status(), response.bytes().await?))
    }

    /// The newest first, of a stretch of time, in pages.
    async fn list_intents(&self, headers: &HeaderMap, pairs: &Pairs) -> Result<Value> {
        let everything: Pairs = vec![("limit".into(), "1000000".into())];
        let (_, body) = self.forward(Method::GET, INTENTS, headers, &everything).await?;
        let mut all: Value = serde_json::from_slice(&body)?;
        let mut intents = all["data"].as_array_mut().map(std::mem::take).unwrap_or_default();
        let number =
            |name: &str| pairs.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse::<i64>().ok());
        let (from, to) = (number("created[gte]").unwrap_or(0), number("created[lt]").unwrap_or(i64::MAX));
        intents.retain(|intent| intent["created"].as_i64().is_some_and(|at| from <= at && at < to));
        intents.reverse();
        if let Some((_, after)) = pairs.iter().find(|(name, _)| name == "starting_after") {
            let position = intents.iter().position(|intent| intent["id"] == **after);
            intents.drain(..position.map_or(0, |at| at + 1));
        }
        let limit = usize::try_from(number("limit").unwrap_or(10)).unwrap_or(10).min(100);
        let has_more = intents.len() > limit;
        intents.truncate(limit);
        Ok(json!({"object": "list", "data": intents, "has_more": has_more}))
    }
}

async fn pass(
    State(inside): State<Arc<Inside>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let source = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { &body };
    let pairs: Pairs = form_urlencoded::parse(source).into_owned().collect();
    inside.note(&method, &uri, &headers, &pairs);
    let fault = inside.fault(&method, uri.path());
    match fault {
        Some(StripeFault::NeverArrives) => std::future::pending::<()>().await,
        Some(StripeFault::Error) => return broken(),
        _ => {}
    }
    let answer = if method == Method::GET && uri.path() == INTENTS {
        inside.list_intents(&headers, &pairs).await.map(|list| axum::Json(list).into_response())
    } else {
        let answer = inside.forward(method, uri.path(), &headers, &pairs).await;
        answer.map(|(status, body)| {
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        })
    };
    match fault {
        Some(StripeFault::DoneWithoutAnswer) => std::future::pending::<()>().await,
        Some(StripeFault::DoneWithError) => return broken(),
        _ => {}
    }
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

fn broken() -> Response {
    let body = json!({"error": {"type": "api_error", "message": "something went wrong on our end"}});
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response()
}

pub(super) fn encoded(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
