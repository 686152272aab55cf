//! The way out to webhooks: HTTPS to addresses that we have resolved and looked at ourselves.
//!
//! A merchant says where we call, so nothing of it is believed: no redirect is followed, no proxy of the environment
//! asked, every address that a name leads to is checked, and the connection goes to one of just these.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use souk_types::Timestamp;

use crate::domain::webhook::address::is_public;
use crate::domain::webhook::{Attempt, Delivery, Webhook, signatures, target};

/// As much of an answer as is kept; the rest is not even read.
const RESPONSE_BYTES_MAX: usize = 1_024;
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

pub(crate) struct Sender {
    client: reqwest::Client,
    allow_private: bool,
    within: Duration,
}

impl Sender {
    /// `within` bounds an attempt from the name's resolution to the end of the answer.
    pub(crate) fn new(allow_private: bool, within: Duration) -> Result<Sender, String> {
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Checked { allow_private })
            .timeout(within)
            // A kept connection would outlive the look at its address.
            .pool_max_idle_per_host(0)
            .user_agent("souk-webhooks/1")
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Sender { client, allow_private, within })
    }

    /// One attempt; whatever happens, an answer.
    pub(crate) async fn send(&self, webhook: &Webhook, delivery: &Delivery, now: Timestamp) -> Attempt {
        let begun = Instant::now();
        let sent = tokio::time::timeout(self.within, self.exchange(webhook, delivery, now)).await;
        let attempt = sent.unwrap_or_else(|_| failed("no answer in time".to_owned()));
        let duration_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        Attempt { duration_ms, ..attempt }
    }

    async fn exchange(&self, webhook: &Webhook, delivery: &Delivery, now: Timestamp) -> Attempt {
        // Looked at again: an address without a name never reaches the resolver, and the configuration may have changed.
        let url = match target(&webhook.url, self.allow_private) {
            Ok(url) => url,
            Err(refused) => return failed(format!("the address {refused}")),
        };
        let signature = signatures(&webhook.signing(now), delivery.event, now, &delivery.body);
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", delivery.event.to_string())
            .header("webhook-timestamp", (now.millis() / 1_000).to_string())
            .header("webhook-signature", signature)
            .body(delivery.body.clone());
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(chain(&error)),
        };
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while bytes.len() < RESPONSE_BYTES_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(RESPONSE_BYTES_MAX)]),
                Ok(None) | Err(_) => break,
            }
        }
        bytes.truncate(RESPONSE_BYTES_MAX);
        let text = String::from_utf8_lossy(&bytes).replace('\0', "");
        let error = (!(200..300).contains(&status)).then(|| format!("answered with {status}"));
        Attempt { status: Some(status), response: Some(text), error, ..Attempt::default() }
    }
}

fn failed(error: String) -> Attempt {
    let error = error.chars().filter(|c| *c != '\0').take(500).collect();
    Attempt { error: Some(error), ..Attempt::default() }
}

/// What went wrong and why, without the address: it may carry a secret in its query.
fn chain(error: &reqwest::Error) -> String {
    let what = match error.is_timeout() {
        true => "no answer in time",
        false if error.is_connect() => "cannot connect",
        false => "the exchange failed",
    };
    std::iter::successors(std::error::Error::source(error), |source| source.source())
        .fold(what.to_owned(), |text, source| format!("{text}: {source}"))
}

/// Resolves names, and refuses those that lead anywhere but the public internet. One bad address is enough: whoever
/// mixes them means to have us try the other one.
struct Checked {
    allow_private: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() {
                return Err("the name has no address".into());
            }
            if let Some(private) = found.iter().find(|address| !allow_private && !is_public(address.ip())) {
                tracing::warn!(host = name.as_str(), address = %private.ip(), "a webhook's name leads inside");
                return Err("the name does not lead to the public internet".into());
            }
            Ok(Box::new(found.into_iter().take(ADDRESSES_MAX)) as Addrs)
        })
    }
}
