//! The shop, Stripe, and what both have to agree on when a story ends.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use souk_testkit::{LocalStripe, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET};
use souk_tests::{Answer, Buyer, TestShop, Topology, eventually};
use tempfile::TempDir;

pub(super) const WEBHOOKS: &str = "/v1/payments/webhooks/stripe";

pub(super) struct StripeShop {
    pub(super) shop: TestShop,
    pub(super) stripe: LocalStripe,
    _keys: TempDir,
}

impl StripeShop {
    pub(super) async fn open(topology: Topology) -> Result<StripeShop> {
        let stripe = LocalStripe::start().await?;
        let keys = TempDir::with_prefix("souk-stripe-keys-")?;
        let file = |name: &str, key: &str| -> Result<String> {
            let path = keys.path().join(name);
            std::fs::write(&path, format!("{key}\n"))?;
            Ok(path.display().to_string())
        };
        let settings = format!(
            "[payment.providers.stripe]\nkind = \"stripe\"\nsecret_key_file = \"{}\"\nwebhook_secret_file = \"{}\"\n\
             publishable_key = \"pk_test_of_the_tests\"\ntimeout_ms = 1000\napi_url = \"{}\"\n",
            file("secret", STRIPE_SECRET_KEY)?,
            file("webhooks", STRIPE_WEBHOOK_SECRET)?,
            stripe.url()
        );
        let shop = TestShop::open_with(topology, &settings).await?;
        Ok(StripeShop { shop, stripe, _keys: keys })
    }

    /// From now on Stripe rings at the shop.
    pub(super) async fn rings(&self) -> Result<()> {
        self.stripe.rings_at(&format!("http://{}{WEBHOOKS}", self.shop.address())).await
    }

    pub(super) async fn pays(&self, buyer: &Buyer, cart: &Value, token: &str) -> Result<Answer> {
        let path = format!("/v1/carts/{}/checkout", cart["id"].as_str().context("a cart")?);
        let body = json!({"version": cart["version"], "payment": {"provider": "stripe", "token": token},
            "return_url": "https://shop.example/done"});
        let key = souk_tests::new_key();
        buyer.client.send(Method::POST, &path, Some(body), &[("Idempotency-Key", &key)]).await
    }

    /// A mug, paid for.
    pub(super) async fn buys(&self, buyer: &Buyer) -> Result<Value> {
        let cart = buyer.cart("MUG", 1).await?;
        let answer = self.pays(buyer, &cart, "pm_card_visa").await?;
        ensure!(answer.status == 201, "{answer:?}");
        Ok(with_cart(answer.json(), &cart))
    }

    /// An order that waits for its buyer, the intent, and what the browser is given for it.
    pub(super) async fn needs_buyer(&self, buyer: &Buyer) -> Result<(Value, String, String)> {
        let card = self.stripe.card("4000002500003155").await?;
        let cart = buyer.cart("MUG", 1).await?;
        let answer = self.pays(buyer, &cart, &card).await?;
        ensure!(answer.status == 202, "{answer:?}");
        let order = with_cart(answer.json(), &cart);
        ensure!(order["state"] == "awaiting_payment", "{order}");
        let url = order["next_action"]["url"].as_str().context("a place to confirm")?;
        let (base, query) = url.split_once('?').context("what Stripe's script needs")?;
        ensure!(base == "https://shop.example/done", "{url}");
        let value = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            pair.map(str::to_owned).with_context(|| format!("{name} in {url}"))
        };
        Ok((order.clone(), value("payment_intent")?, value("payment_intent_client_secret")?))
    }

    /// A guest takes the order back.
    pub(super) async fn cancels(&self, buyer: &Buyer, order: &Value) -> Result<()> {
        let path = format!("/v1/orders/{}/cancel?cart={}", text(order, "id"), text(order, "cart"));
        buyer.client.post(&path, json!({})).await?.ok().map(drop)
    }

    /// The audit of the shop, and the shop's books beside everything that localstripe has.
    pub(super) async fn close(&self) -> Result<()> {
        self.shop.audit().await?;
        eventually(Duration::from_secs(20), || async { self.compare().await }).await
    }

    async fn compare(&self) -> Result<()> {
        let theirs = self.theirs().await?;
        let staff = self.shop.staff().await?;
        let page = staff.get("/v1/admin/payments?limit=100").await?.ok()?;
        let ours = page["items"].as_array().context("payments")?.iter();
        let ours = ours.filter(|payment| payment["provider"] == "stripe");
        let mut net = 0;
        for payment in ours {
            let (id, number) =
                (text(payment, "id"), |name: &str| payment[name]["amount"].as_i64().unwrap_or(-1));
            let known = theirs.get(&id).copied().unwrap_or_default();
            ensure!(
                known == (number("captured"), number("refunded")),
                "{payment}, and localstripe has {known:?}"
            );
            net += number("captured") - number("refunded");
        }
        let theirs_net: i64 = theirs.values().map(|(captured, refunded)| captured - refunded).sum();
        ensure!(net == theirs_net, "the payments come to {net}, localstripe's list to {theirs_net}");
        let balances = staff.get("/v1/admin/ledger/balances").await?.ok()?;
        let accounts = balances["items"].as_array().context("accounts")?.iter();
        let receivable = accounts.filter(|account| account["account"] == "provider_receivable:stripe");
        let owed: i64 = receivable.filter_map(|account| account["balance"]["amount"].as_i64()).sum();
        ensure!(owed == theirs_net, "the ledger says {owed}, localstripe's list says {theirs_net}");
        let exceptions = staff.get("/v1/admin/payments/exceptions").await?.ok()?;
        ensure!(exceptions["items"] == json!([]), "{exceptions}");
        Ok(())
    }

    /// Captured and refunded, by our id. Each payment has one intent.
    async fn theirs(&self) -> Result<BTreeMap<String, (i64, i64)>> {
        let refunds = self.stripe.all("refunds").await?;
        let mut theirs = BTreeMap::new();
        for intent in self.stripe.all("payment_intents").await? {
            let given_back = refunds.iter().filter(|refund| {
                refund["payment_intent"] == intent["id"] || refund["charge"] == intent["latest_charge"]["id"]
            });
            let refunded: i64 = given_back.filter_map(|refund| refund["amount"].as_i64()).sum();
            let captured =
                if intent["status"] == "succeeded" { intent["amount"].as_i64().unwrap_or(0) } else { 0 };
            let known = theirs.insert(text(&intent["metadata"], "souk_payment"), (captured, refunded));
            ensure!(known.is_none(), "two intents for one payment: {intent}");
        }
        Ok(theirs)
    }
}

/// The order as its guest knows it: the cart is what opens it.
fn with_cart(mut order: Value, cart: &Value) -> Value {
    order["cart"] = cart["id"].clone();
    order
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
