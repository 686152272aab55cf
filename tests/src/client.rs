//! A client of the public API: as strict as a browser and as simple as curl.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Talks to one shop, with or without having signed in. Where the shop has several doors it does as a balancer: the
/// next door for the next request, another one when nobody opens, and for a while none that has said that it closes.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    doors: Vec<String>,
    next_door: Arc<AtomicUsize>,
    closing: Arc<Mutex<HashMap<String, Instant>>>,
    token: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The JSON, or an error with the whole answer when the status is not a success.
    pub fn ok(self) -> Result<Value> {
        if !self.status.is_success() {
            bail!("{}: {}", self.status, self.text);
        }
        Ok(self.json())
    }

    /// The problem's stable code.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Client {
    pub fn new(base: &str) -> Client {
        Client::before(&[base.to_owned()])
    }

    /// Before several doors of one shop.
    pub fn before(doors: &[String]) -> Client {
        // A second shop in the same test finds it installed; that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            // Shorter than a closing door lingers, so that nothing is sent into a connection that is being closed.
            .pool_idle_timeout(Duration::from_millis(500))
            .no_proxy()
            .build()
            .expect("a client without options that can fail");
        Client {
            http,
            doors: doors.to_vec(),
            next_door: Arc::default(),
            closing: Arc::default(),
            token: None,
        }
    }

    #[must_use]
    pub fn with_token(&self, token: &str) -> Client {
        Client { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client at another door.
    #[must_use]
    pub fn at(&self, base: &str) -> Client {
        Client { doors: vec![base.to_owned()], ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Result<Answer> {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(Method::DELETE, path, None, &[]).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let Some(body) = body else { return self.send_bytes(method, path, Vec::new(), headers).await };
        let json = [&[("Content-Type", "application/json")], headers].concat();
        self.send_bytes(method, path, body.to_string().into_bytes(), &json).await
    }

    /// Sends what need not be JSON.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let first = self.next_door.fetch_add(1, Ordering::Relaxed);
        let mut doors = self.doors.clone();
        doors.rotate_left(first % self.doors.len());
        doors.sort_by_key(|door| self.is_closing(door));
        for (turn, door) in doors.iter().enumerate() {
            let mut request = self.http.request(method.clone(), format!("{door}{path}"));
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            if !body.is_empty() {
                request = request.body(body.clone());
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = match request.send().await {
                Err(error) if error.is_connect() && turn + 1 < doors.len() => continue,
                sent => sent.with_context(|| format!("no answer from {path}"))?,
            };
            let (status, headers) = (response.status(), response.headers().clone());
            if headers.get("connection").is_some_and(|value| value == "close") {
                let mut closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
                closing.insert(door.clone(), Instant::now() + Duration::from_secs(2));
            }
            let text = response.text().await.with_context(|| format!("half an answer from {path}"))?;
            return Ok(Answer { status, headers, text });
        }
        bail!("a shop without a door")
    }

    fn is_closing(&self, door: &str) -> bool {
        let closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        closing.get(door).is_some_and(|until| Instant::now() < *until)
    }
}
