//! What people do in a shop.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use souk_types::Chance;

use crate::{Answer, Client};

/// A new Idempotency-Key.
pub fn new_key() -> String {
    Chance::system().uuid_v4().to_string()
}

/// Where everybody lives.
pub fn address(name: &str) -> Value {
    json!({"name": name, "line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"})
}

/// Somebody with a cart in front of them.
#[derive(Clone)]
pub struct Buyer {
    pub client: Client,
    pub name: String,
    pub email: String,
    pub password: String,
}

impl Buyer {
    pub fn guest(client: Client, name: &str) -> Buyer {
        let unique = Chance::system().uuid_v4().simple().to_string();
        let email = format!("{}-{}@example.com", name.to_lowercase(), &unique[..12]);
        Buyer { client, name: name.to_owned(), email, password: "correct-horse-battery-staple".to_owned() }
    }

    /// Registers, follows the link of the mail, and signs in.
    pub async fn registered(client: Client, name: &str) -> Result<Buyer> {
        let mut buyer = Buyer::guest(client, name);
        let registration = json!({"email": buyer.email, "password": buyer.password, "name": name});
        buyer.client.post("/v1/users", registration).await?.ok()?;
        let mail = buyer.mail("verification").await?;
        let token = token_in(&mail).with_context(|| format!("a token in {mail}"))?;
        buyer.client.post("/v1/users/verification", json!({"token": token})).await?.ok()?;
        buyer.sign_in().await?;
        Ok(buyer)
    }

    pub async fn sign_in(&mut self) -> Result<()> {
        let login = json!({"email": self.email, "password": self.password});
        let session = self.client.post("/v1/sessions", login).await?.ok()?;
        self.client = self.client.with_token(session["token"].as_str().context("a token")?);
        Ok(())
    }

    /// A new cart with one line and everything that checkout needs.
    pub async fn cart(&self, sku: &str, quantity: u32) -> Result<Value> {
        self.cart_of(&[(sku, quantity)]).await
    }

    pub async fn cart_of(&self, lines: &[(&str, u32)]) -> Result<Value> {
        let lines: Vec<_> =
            lines.iter().map(|(sku, quantity)| json!({"sku": sku, "quantity": quantity})).collect();
        let cart = self.client.post("/v1/carts", json!({"currency": "USD", "lines": lines})).await?.ok()?;
        let id = cart["id"].as_str().context("an id")?;
        let details = json!({"email": self.email, "shipping_address": address(&self.name), "shipping_method": "standard"});
        self.client.put(&format!("/v1/carts/{id}/details"), details).await?.ok()
    }

    /// Pays for a cart, once.
    pub async fn pays(&self, cart: &Value, token: &str) -> Result<Answer> {
        self.pays_with_key(cart, token, &new_key()).await
    }

    pub async fn pays_with_key(&self, cart: &Value, token: &str, key: &str) -> Result<Answer> {
        let path = format!("/v1/carts/{}/checkout", cart["id"].as_str().context("a cart")?);
        let body = json!({"version": cart["version"], "payment": {"provider": "sandbox", "token": token}});
        self.client.send(Method::POST, &path, Some(body), &[("Idempotency-Key", key)]).await
    }

    /// Fills a cart, pays with a good card, and gets an order.
    pub async fn buys(&self, sku: &str, quantity: u32) -> Result<Value> {
        let cart = self.cart(sku, quantity).await?;
        let answer = self.pays(&cart, "tok_approved").await?;
        ensure!(answer.status == 201, "{}: {}", answer.status, answer.text);
        Ok(answer.json())
    }

    /// The order as the shop knows it: by account, or by number and address for a guest.
    pub async fn order(&self, order: &Value) -> Result<Value> {
        let lookup = json!({"number": order["number"], "email": self.email});
        self.client.post("/v1/orders/lookup", lookup).await?.ok()
    }

    /// Waits until the order's `field` is `value`.
    pub async fn sees(&self, order: &Value, field: &str, value: &str) -> Result<Value> {
        eventually(Duration::from_secs(20), || async {
            let seen = self.order(order).await?;
            ensure!(seen[field] == value, "{field} is {}, not {value}", seen[field]);
            Ok(seen)
        })
        .await
    }

    /// Waits for the newest mail whose kind contains `kind`.
    pub async fn mail(&self, kind: &str) -> Result<Value> {
        eventually(Duration::from_secs(20), || async {
            let mails = self.mails(kind).await?;
            mails.into_iter().next().with_context(|| format!("no mail of {kind} to {}", self.email))
        })
        .await
    }

    /// All mails so far whose kind contains `kind`, the newest first.
    pub async fn mails(&self, kind: &str) -> Result<Vec<Value>> {
        let page = self.client.get(&format!("/dev/mailbox.json?to={}", self.email)).await?.ok()?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        Ok(items.into_iter().filter(|mail| mail["kind"].as_str().is_some_and(|k| k.contains(kind))).collect())
    }
}

/// The token in a mail's text: what follows `token=`.
fn token_in(mail: &Value) -> Option<String> {
    let text = mail["text"].as_str()?;
    let rest = text.split("token=").nth(1)?;
    Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect())
}

/// Tries until it works or patience ends; then the last error counts.
pub async fn eventually<T, F, Fut>(patience: Duration, attempt: F) -> Result<T>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let begun = Instant::now();
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) if begun.elapsed() > patience => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
