//! Every way a payment can go, by the sandbox's published test tokens.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;
use souk_tests::eventually;

use crate::journey;

journey!(
    a_declined_buyer_tries_another_card_and_is_charged_once(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("TEE-L", 1).await?;
        let declined = ada.pays(&cart, "tok_insufficient_funds").await?;
        ensure!(declined.status == 402 && declined.code() == "payment_declined", "{declined:?}");
        let path = format!("/v1/carts/{}", cart["id"].as_str().context("an id")?);
        let open = ada.client.get(&path).await?.ok()?;
        let order = ada.pays(&open, "tok_approved").await?.ok()?;
        ada.sees(&order, "payment_status", "captured").await?;
        eventually(Duration::from_secs(10), || async {
            let stock = shop.stock("TEE-L").await?;
            ensure!(stock["allocated"] == 1 && stock["held"] == 0, "{stock}");
            Ok(())
        })
        .await
    }
);

journey!(
    a_payment_that_times_out_and_then_succeeded_is_charged_once(shop) {
        for token in ["tok_timeout_then_succeeds", "tok_fails_after_success"] {
            let ada = shop.guest("Ada");
            let cart = ada.cart("MUG", 1).await?;
            let answer = ada.pays(&cart, token).await?;
            ensure!(answer.status == 201 || answer.status == 202, "{token}: {answer:?}");
            let order = answer.json();
            ada.sees(&order, "payment_status", "captured").await.with_context(|| token)?;
            ada.mail("order.placed").await?;
        }
        Ok(())
    }
);

journey!(
    a_buyer_confirms_at_the_bank_and_the_order_stands(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("MUG", 1).await?;
        let answer = ada.pays(&cart, "tok_needs_buyer").await?;
        ensure!(answer.status == 202, "{answer:?}");
        let order = answer.json();
        ensure!(order["state"] == "awaiting_payment", "{order}");
        let url = order["next_action"]["url"].as_str().context("a place to confirm")?.to_owned();
        let path = format!("/dev/{}", url.split("/dev/").nth(1).context("the sandbox's page")?);
        let page = ada.client.get(&path).await?;
        ensure!(page.status == 200 && page.text.contains("<form"), "{page:?}");
        ada.client.post(&format!("{path}/approve"), json!({})).await?.ok()?;
        ada.sees(&order, "payment_status", "captured").await?;
        ada.mail("order.placed").await?;
        Ok(())
    }
);

journey!(
    webhooks_twice_late_and_out_of_order_make_one_order(shop) {
        for token in ["tok_webhook_twice", "tok_webhook_late", "tok_webhook_out_of_order", "tok_slow"] {
            let ada = shop.guest("Ada");
            let cart = ada.cart("MUG", 1).await?;
            let answer = ada.pays(&cart, token).await?;
            ensure!(answer.status.is_success(), "{token}: {answer:?}");
            ada.sees(&answer.json(), "payment_status", "captured").await.with_context(|| token)?;
        }
        Ok(())
    }
);

journey!(
    staff_refund_a_part_and_never_more_than_was_paid(shop) {
        let ada = shop.guest("Ada");
        let order = ada.buys("MUG", 2).await?;
        let paid = ada.sees(&order, "payment_status", "captured").await?;
        let staff = shop.staff().await?;
        let path = format!("/v1/admin/orders/{}/refunds", order["id"].as_str().context("an id")?);
        let part = json!({"amount": {"amount": 1250, "currency": "USD"}, "reason": "one mug was broken"});
        let key = souk_tests::new_key();
        let twice = [("Idempotency-Key", key.as_str())];
        staff.send(Method::POST, &path, Some(part.clone()), &twice).await?.ok()?;
        staff.send(Method::POST, &path, Some(part), &twice).await?.ok()?;
        ada.sees(&order, "payment_status", "partially_refunded").await?;
        ada.mail("order.refunded").await?;
        let all = json!({"amount": paid["totals"]["total"], "reason": "too much"});
        let key = souk_tests::new_key();
        let refused = staff.send(Method::POST, &path, Some(all), &[("Idempotency-Key", &key)]).await?;
        ensure!(refused.status.is_client_error(), "{refused:?}");
        let mails = ada.mails("order.refunded").await?;
        ensure!(mails.len() == 1, "one refund, one mail, not {}", mails.len());
        Ok(())
    }
);
