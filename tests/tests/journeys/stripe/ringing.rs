//! Webhooks before, with, after and instead of the buyer's return: late, twice, in disorder, forged, stale.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use souk_testkit::{STRIPE_WEBHOOK_SECRET, stripe_signatures};
use souk_tests::{Answer, TestShop, eventually};

use super::desk::WEBHOOKS;
use super::stripe_journey;

/// An event of Stripe's about an intent, as it would be sent.
fn event(id: &str, kind: &str, intent: &Value) -> String {
    json!({"id": id, "object": "event", "type": kind, "data": {"object": intent}}).to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "Stripe signs by the real time, as the shop of the test checks"
)]
fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

async fn ring(shop: &TestShop, body: &str, signature: &str) -> Result<Answer> {
    let headers = [("Content-Type", "application/json"), ("Stripe-Signature", signature)];
    shop.client.send_bytes(reqwest::Method::POST, WEBHOOKS, body.as_bytes().to_vec(), &headers).await
}

async fn rings_truly(shop: &TestShop, bodies: &[String]) -> Result<()> {
    let now = seconds_now();
    let signed: Vec<(&str, i64)> = bodies.iter().map(|body| (body.as_str(), now)).collect();
    for (body, signature) in bodies.iter().zip(stripe_signatures(STRIPE_WEBHOOK_SECRET, &signed)?) {
        ring(shop, body, &signature).await?.ok()?;
    }
    Ok(())
}

stripe_journey!(
    webhooks_in_any_order_and_number_make_one_order_and_one_charge(desk) {
        let ada = desk.shop.guest("Ada");
        let (order, intent, secret) = desk.needs_buyer(&ada).await?;
        let waiting = desk.stripe.all("payment_intents").await?.remove(0);
        // Before: it says that the buyer has paid, and he has not. A bell is answered by a look.
        let early = event("evt_early", "payment_intent.succeeded", &waiting);
        rings_truly(&desk.shop, &[early]).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let seen = ada.order(&order).await?;
        ensure!(seen["state"] == "awaiting_payment", "{seen}");
        // Instead of the return: nobody comes back, Stripe rings, twice and in disorder.
        let confirmed = desk.stripe.confirms(&intent, &secret, true).await?;
        let late = event("evt_3", "payment_intent.succeeded", &confirmed);
        let first = event("evt_2", "payment_intent.amount_capturable_updated", &confirmed);
        rings_truly(&desk.shop, &[late.clone(), first.clone(), late, first]).await?;
        ada.sees(&order, "payment_status", "captured").await?;
        ada.mail("order.placed").await?;
        // After.
        rings_truly(&desk.shop, &[event("evt_4", "charge.updated", &confirmed)]).await?;
        let mails = ada.mails("order.placed").await?;
        ensure!(mails.len() == 1, "{mails:?}");
        ensure!(desk.stripe.all("payment_intents").await?.len() == 1);
        Ok(())
    }
);

stripe_journey!(
    a_buyer_whose_webhook_never_comes_is_found_by_the_reconciler(desk) {
        let ada = desk.shop.guest("Ada");
        let (order, intent, secret) = desk.needs_buyer(&ada).await?;
        desk.stripe.confirms(&intent, &secret, true).await?;
        eventually(Duration::from_secs(60), || async {
            let seen = ada.order(&order).await?;
            ensure!(seen["payment_status"] == "captured", "{seen}");
            Ok(())
        })
        .await
    }
);

stripe_journey!(
    a_forged_or_stale_webhook_is_refused_and_changes_nothing(desk) {
        let ada = desk.shop.guest("Ada");
        let (order, _, _) = desk.needs_buyer(&ada).await?;
        let intent = desk.stripe.all("payment_intents").await?.remove(0);
        let body = event("evt_forged", "payment_intent.succeeded", &intent);
        let now = seconds_now();
        let by = |secret: &str, at: i64| -> Result<String> {
            Ok(stripe_signatures(secret, &[(&body, at)])?.remove(0))
        };
        let forged = by("whsec_of_somebody_else", now)?;
        let stale = by(STRIPE_WEBHOOK_SECRET, now - 305)?;
        let future = by(STRIPE_WEBHOOK_SECRET, now + 600)?;
        for signature in [forged.as_str(), &stale, &future, "", "t=1,v1=00"] {
            let refused = ring(&desk.shop, &body, signature).await?;
            ensure!(refused.status == 400 && refused.code() == "webhook_signature_invalid", "{signature}: {refused:?}");
        }
        let good = by(STRIPE_WEBHOOK_SECRET, now)?;
        let changed = body.replace("evt_forged", "evt_other");
        ensure!(ring(&desk.shop, &changed, &good).await?.status == 400);
        ensure!(ada.order(&order).await?["state"] == "awaiting_payment");
        // The buyer gives up.
        desk.cancels(&ada, &order).await?;
        eventually(Duration::from_secs(20), || async {
            let intent = desk.stripe.all("payment_intents").await?.remove(0);
            ensure!(intent["status"] == "canceled", "{intent}");
            Ok(())
        })
        .await
    }
);
