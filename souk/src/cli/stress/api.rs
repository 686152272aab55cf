//! The shop over its public API, as staff and as buyers use it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use souk_types::Chance;

/// For everything but checkouts, which have a patience of their own.
const CALL_TIME: Duration = Duration::from_secs(30);
/// Of the warehouse that the units lie in.
const LOCATION: &str = "stress";

/// Who speaks to which shop.
#[derive(Clone)]
pub(super) struct Api {
    url: String,
    client: Client,
    token: String,
    chance: Chance,
}

/// What is on sale.
pub(super) struct Ware {
    pub(super) product: String,
    pub(super) variant: String,
    pub(super) sku: String,
    /// Buyers' addresses end with it, so that their orders are found again.
    pub(super) domain: String,
}

impl Api {
    pub(super) fn with_key(url: &str, key: &str) -> Result<Api> {
        let client =
            Client::builder().timeout(CALL_TIME).redirect(reqwest::redirect::Policy::none()).no_proxy();
        let url = url.trim_end_matches('/').to_owned();
        Ok(Api { url, client: client.build()?, token: key.to_owned(), chance: Chance::system() })
    }

    pub(super) async fn signed_in(url: &str, (email, password): (&str, &str)) -> Result<Api> {
        let mut api = Api::with_key(url, "")?;
        let session =
            api.guest(Method::POST, "/v1/sessions", &json!({ "email": email, "password": password })).await?;
        api.token = text(&session, "token")?;
        Ok(api)
    }

    /// Makes a product with one variant and as many units.
    pub(super) async fn put_on_sale(&self, units: u32) -> Result<Ware> {
        let run: String = self.chance.bytes::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
        let sku = format!("STRESS-{}", run.to_uppercase());
        let location = json!({ "code": LOCATION, "name": "Stress" });
        let made = self.staff(Method::POST, "/v1/admin/locations", Some(&location)).await;
        if let Err(error) = made
            && !error.to_string().contains("taken")
        {
            return Err(error);
        }
        let prices = json!([{ "amount": 1_000, "currency": "EUR" }]);
        let variants = json!([{ "sku": sku, "prices": prices, "option_values": [] }]);
        let content = json!({ "title": format!("Flash sale {run}"), "variants": variants });
        let product = json!({ "content": content, "published": true });
        let product = self.staff(Method::POST, "/v1/admin/products", Some(&product)).await?;
        if units > 0 {
            let arrival = json!({ "sku": sku, "location": LOCATION, "kind": "received", "change": units, "reason": "stress" });
            self.staff(Method::POST, "/v1/admin/stock/adjustments", Some(&arrival)).await?;
        }
        let variant = text(&product["variants"][0], "id")?;
        Ok(Ware { product: text(&product, "id")?, variant, sku, domain: format!("{run}.stress.example") })
    }

    pub(super) async fn take_off_sale(&self, ware: &Ware) -> Result<()> {
        self.staff(Method::POST, &format!("/v1/admin/products/{}/unpublish", ware.product), None)
            .await
            .map(drop)
    }

    pub(super) async fn read(&self, path: &str) -> Result<Value> {
        self.staff(Method::GET, path, None).await
    }

    async fn staff(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        answer(path, body.into_iter().fold(self.keyed(request), |request, body| request.json(body))).await
    }

    /// What anybody may do.
    pub(super) async fn guest(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        answer(path, self.keyed(self.client.request(method, format!("{}{path}", self.url))).json(body)).await
    }

    /// The key of something that is wanted once.
    pub(super) fn new_intent(&self) -> String {
        self.chance.uuid_v4().to_string()
    }

    fn keyed(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("Idempotency-Key", self.new_intent())
    }

    /// One try of a checkout; the same key makes it the same checkout.
    pub(super) async fn check_out(
        &self,
        cart: &str,
        intent: &str,
        body: &Value,
    ) -> Result<(StatusCode, Value)> {
        let request = self.client.post(format!("{}/v1/carts/{cart}/checkout", self.url));
        let response = request.header("Idempotency-Key", intent).json(body).send().await?;
        let status = response.status();
        Ok((status, response.json().await?))
    }
}

async fn answer(path: &str, request: reqwest::RequestBuilder) -> Result<Value> {
    let response = request.send().await.with_context(|| format!("{path} was not answered"))?;
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        bail!("{path} answered {status}: {body}");
    }
    serde_json::from_str(if body.is_empty() { "null" } else { &body })
        .with_context(|| format!("{path} did not answer in JSON"))
}

pub(super) fn text(value: &Value, field: &str) -> Result<String> {
    Ok(value[field].as_str().with_context(|| format!("the shop's answer has no `{field}`"))?.to_owned())
}
