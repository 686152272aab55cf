//! One buyer: fills a cart before the sale, presses the button, and presses again with the same key until it is answered.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{Api, Ware, text};

/// How long somebody goes on pressing the button.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(150);

/// A filled cart.
pub(super) struct Buyer {
    cart: String,
    version: i64,
    /// The key of the one checkout that this buyer wants.
    intent: String,
}

/// What a buyer was told in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The order with this id is placed.
    Placed(String),
    /// It is accepted, and its payment is not known yet.
    Accepted(String),
    SoldOut,
    /// Something else, by its code.
    Refused(String),
    /// Nobody answered for as long as the buyer had patience.
    Nothing,
}

/// What a buyer was told, and how it came about.
pub(super) struct Outcome {
    pub(super) told: Told,
    /// From the first press to the answer.
    pub(super) waited: Duration,
    /// More than one after a kill, or when the shop said to come back.
    pub(super) presses: u32,
}

impl Buyer {
    pub(super) async fn fill_a_cart(api: &Api, ware: &Ware, number: u32) -> Result<Buyer> {
        let lines = json!([{ "variant_id": ware.variant, "quantity": 1 }]);
        let cart =
            api.guest(Method::POST, "/v1/carts", &json!({ "currency": "EUR", "lines": lines })).await?;
        let id = text(&cart, "id")?;
        let details = json!({
            "email": format!("buyer-{number}@{}", ware.domain),
            "shipping_address": {
                "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "Berlin", "postal_code": "10115",
                "country": "DE"
            },
            "shipping_method": "standard",
        });
        let cart = api.guest(Method::PUT, &format!("/v1/carts/{id}/details"), &details).await?;
        let version = cart["version"].as_i64().context("the shop's answer has no `version`")?;
        Ok(Buyer { cart: id, version, intent: api.new_intent() })
    }

    pub(super) async fn buy(self, api: &Api) -> Outcome {
        let begun = Instant::now();
        let payment = json!({ "provider": "sandbox", "token": "tok_approved" });
        let body = json!({ "version": self.version, "payment": payment });
        let mut presses = 0;
        loop {
            presses += 1;
            let told = api.check_out(&self.cart, &self.intent, &body).await.ok().and_then(understand);
            let waited = begun.elapsed();
            match told {
                Some(told) => return Outcome { told, waited, presses },
                None if waited >= PATIENCE => return Outcome { told: Told::Nothing, waited, presses },
                None => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// `None`: press again.
fn understand((status, body): (StatusCode, Value)) -> Option<Told> {
    let order = || body["id"].as_str().unwrap_or_default().to_owned();
    let code = body["code"].as_str().unwrap_or_default();
    match status {
        StatusCode::CREATED => Some(Told::Placed(order())),
        StatusCode::ACCEPTED => Some(Told::Accepted(order())),
        StatusCode::CONFLICT if code == "sold_out" => Some(Told::SoldOut),
        StatusCode::CONFLICT if matches!(code, "idempotency_in_progress" | "checkout_in_progress") => None,
        StatusCode::TOO_MANY_REQUESTS => None,
        status if status.is_server_error() => None,
        _ => Some(Told::Refused(code.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyer_presses_again_only_when_the_shop_has_not_said_how_it_ends() {
        let conflict = |code: &str| understand((StatusCode::CONFLICT, json!({ "code": code })));
        assert_eq!(conflict("sold_out"), Some(Told::SoldOut));
        assert_eq!(conflict("idempotency_in_progress"), None);
        assert_eq!(conflict("cart_spent"), Some(Told::Refused("cart_spent".to_owned())));
        assert_eq!(understand((StatusCode::SERVICE_UNAVAILABLE, json!({}))), None);
        assert_eq!(
            understand((StatusCode::CREATED, json!({ "id": "7" }))),
            Some(Told::Placed("7".to_owned()))
        );
    }
}
