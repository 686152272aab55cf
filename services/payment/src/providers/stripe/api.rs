//! Stripe over HTTP: forms in, JSON out, and three ways to end: done, refused in words, unknown.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use serde::de::DeserializeOwned;

use super::objects::{Refusal, RefusalBody};
use crate::secrets::SecretKey;

/// The version whose objects we read, <https://docs.stripe.com/api/versioning>. The account's own may be any other.
pub(super) const STRIPE_VERSION: &str = "2025-09-30.clover";

/// The largest answer that is read: a page of a hundred intents is a tenth of it.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Why there is no client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    #[error("payment.providers: api_url must be https, or http to this very machine")]
    Address,
    #[error("the HTTP client for stripe could not be made: {0}")]
    Client(String),
    #[error("the key of stripe does not fit into a header")]
    Key,
}

/// How a call ended.
#[derive(Debug)]
pub(super) enum Reply<T> {
    Done(T),
    /// Stripe understood, and says no.
    Refused(Refusal),
    /// Nobody knows what became of it: no answer, half an answer, an error of theirs, or one that goes away.
    Unknown(String),
}

pub(super) struct Api {
    http: Client,
    base: String,
}

/// Pairs of a form or of a query.
pub(super) type Pairs<'a> = Vec<(&'a str, String)>;

impl Api {
    pub(super) fn new(base: &str, key: &SecretKey, timeout: Duration) -> Result<Api, ApiError> {
        let base = base.trim_end_matches('/').to_owned();
        let here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        let is_here = here.iter().any(|prefix| base.starts_with(prefix));
        if !is_here && !base.starts_with("https://") {
            return Err(ApiError::Address);
        }
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", key.reveal())).map_err(|_| ApiError::Key)?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (
                reqwest::header::HeaderName::from_static("stripe-version"),
                HeaderValue::from_static(STRIPE_VERSION),
            ),
        ]);
        let builder = Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .redirect(reqwest::redirect::Policy::none())
            .default_headers(headers);
        let builder = if is_here { builder.no_proxy() } else { builder };
        let http = builder.build().map_err(|error| ApiError::Client(error.to_string()))?;
        Ok(Api { http, base })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: Pairs<'_>) -> Reply<T> {
        let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", encoded(&query)) };
        self.send(Method::GET, &path, None, None).await
    }

    /// Stripe does what comes with one key once, and answers the same for at least a day.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Pairs<'_>,
        idempotency_key: &str,
    ) -> Reply<T> {
        self.send(Method::POST, path, Some(encoded(&form)), Some(idempotency_key)).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        form: Option<String>,
        key: Option<&str>,
    ) -> Reply<T> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Reply::Unknown(error.without_url().to_string()),
        };
        let status = response.status();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend_from_slice(&chunk)
                }
                Ok(Some(_)) => return Reply::Unknown(format!("{status}: too long an answer")),
                Ok(None) => break,
                Err(error) => return Reply::Unknown(error.without_url().to_string()),
            }
        }
        read(status, &body)
    }
}

/// Only an answer that is understood decides anything.
fn read<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Reply<T> {
    if status.is_success() {
        return match serde_json::from_slice(body) {
            Ok(done) => Reply::Done(done),
            Err(error) => Reply::Unknown(format!("{status}: not an answer: {error}")),
        };
    }
    // 401 and 403 are about our key, 409 and 429 about the moment: none of them is about the payment.
    let speaks_of_the_payment =
        matches!(status, StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND);
    match serde_json::from_slice::<RefusalBody>(body) {
        // The same key with other parameters: whatever the first request did, this one says nothing about it.
        Ok(RefusalBody { error }) if speaks_of_the_payment && error.kind != "idempotency_error" => {
            Reply::Refused(error)
        }
        Ok(RefusalBody { error }) => Reply::Unknown(format!("{status}: {}", error.kind)),
        Err(_) => Reply::Unknown(status.to_string()),
    }
}

fn encoded(pairs: &Pairs<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_answer_that_is_not_understood_is_unknown_and_never_a_no() {
        let cases: [(u16, &str); 9] = [
            (200, "{"),
            (500, r#"{"error": {"type": "api_error"}}"#),
            (503, "<html>"),
            (401, r#"{"error": {"type": "invalid_request_error"}}"#),
            (403, r#"{"error": {"type": "invalid_request_error"}}"#),
            (409, r#"{"error": {"type": "idempotency_error"}}"#),
            (400, r#"{"error": {"type": "idempotency_error"}}"#),
            (429, r#"{"error": {"type": "rate_limit_error"}}"#),
            (402, "no JSON"),
        ];
        for (status, body) in cases {
            let status = StatusCode::from_u16(status).expect("a status");
            let reply = read::<Value>(status, body.as_bytes());
            assert!(matches!(reply, Reply::Unknown(_)), "{status} {body}: {reply:?}");
        }
        let declined = r#"{"error": {"type": "card_error", "code": "card_declined"}}"#;
        let reply = read::<Value>(StatusCode::PAYMENT_REQUIRED, declined.as_bytes());
        assert!(matches!(reply, Reply::Refused(_)), "{reply:?}");
    }

    #[test]
    fn keys_are_sent_to_stripe_or_to_this_machine_and_to_nobody_in_the_clear() {
        let key = SecretKey::new("sk_test_1");
        let _ = rustls::crypto::ring::default_provider().install_default();
        for (base, fit) in [
            ("https://api.stripe.com", true),
            ("http://127.0.0.1:8420/", true),
            ("http://api.stripe.com", false),
            ("http://127.0.0.1.example:80", false),
            ("", false),
        ] {
            assert_eq!(Api::new(base, &key, Duration::from_secs(1)).is_ok(), fit, "{base}");
        }
    }
}
