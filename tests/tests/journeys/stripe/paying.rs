//! Paying, being refused, confirming at the bank, getting money back, and a Stripe that does not answer.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::json;
use souk_testkit::StripeFault;

use super::stripe_journey;

stripe_journey!(
    a_buyer_pays_by_card_and_gets_parts_of_it_back_and_never_more(desk) {
        let ada = desk.shop.guest("Ada");
        let ways = ada.client.get("/v1/payments/methods").await?.ok()?;
        let wanted = json!({"provider": "stripe", "kind": "stripe", "publishable_key": "pk_test_of_the_tests"});
        ensure!(ways["items"].as_array().is_some_and(|items| items.contains(&wanted)), "{ways}");
        let order = desk.buys(&ada).await?;
        let paid = ada.sees(&order, "payment_status", "captured").await?;
        ada.mail("order.placed").await?;
        let staff = desk.shop.staff().await?;
        let path = format!("/v1/admin/orders/{}/refunds", order["id"].as_str().context("an id")?);
        let total = paid["totals"]["total"]["amount"].as_i64().context("a total")?;
        let give_back = async |amount: i64| {
            let body = json!({"amount": {"amount": amount, "currency": "USD"}, "reason": "a part was broken"});
            let key = souk_tests::new_key();
            let headers = [("Idempotency-Key", key.as_str())];
            let first = staff.send(Method::POST, &path, Some(body.clone()), &headers).await?;
            let again = staff.send(Method::POST, &path, Some(body), &headers).await?;
            ensure!(first.status == again.status, "{first:?} {again:?}");
            anyhow::Ok(first.status.as_u16())
        };
        ensure!(give_back(200).await? == 201);
        ensure!(give_back(total - 300).await? == 201);
        ada.sees(&order, "payment_status", "partially_refunded").await?;
        ensure!(give_back(101).await? == 422, "more than was paid");
        ensure!(give_back(100).await? == 201);
        ada.sees(&order, "payment_status", "refunded").await?;
        ensure!(desk.stripe.all("refunds").await?.len() == 3);
        Ok(())
    }
);

stripe_journey!(
    a_declined_buyer_pays_with_another_card_and_is_charged_once(desk) {
        let ada = desk.shop.guest("Ada");
        let bad = desk.stripe.card("4000000000000341").await?;
        let cart = ada.cart("MUG", 1).await?;
        let declined = desk.pays(&ada, &cart, &bad).await?;
        ensure!(declined.status == 402 && declined.code() == "payment_declined", "{declined:?}");
        let path = format!("/v1/carts/{}", cart["id"].as_str().context("an id")?);
        let open = ada.client.get(&path).await?.ok()?;
        let order = desk.pays(&ada, &open, "pm_card_visa").await?.ok()?;
        ada.sees(&order, "payment_status", "captured").await?;
        Ok(())
    }
);

stripe_journey!(
    a_buyer_who_confirms_pays_and_one_who_refuses_does_not(desk) {
        desk.rings().await?;
        let ada = desk.shop.guest("Ada");
        let (order, intent, secret) = desk.needs_buyer(&ada).await?;
        desk.stripe.confirms(&intent, &secret, true).await?;
        ada.sees(&order, "payment_status", "captured").await?;
        ada.mail("order.placed").await?;
        let ben = desk.shop.guest("Ben");
        let (order, intent, secret) = desk.needs_buyer(&ben).await?;
        desk.stripe.confirms(&intent, &secret, false).await?;
        let canceled = ben.sees(&order, "state", "canceled").await?;
        ensure!(canceled["payment_status"] == "declined", "{canceled}");
        Ok(())
    }
);

stripe_journey!(
    a_stripe_that_answers_late_or_wrongly_or_never_charges_nobody_twice(desk) {
        for fault in [StripeFault::DoneWithoutAnswer, StripeFault::DoneWithError] {
            let ada = desk.shop.guest("Ada");
            let cart = ada.cart("MUG", 1).await?;
            desk.stripe.misbehaves("/v1/payment_intents", fault, 1);
            let answer = desk.pays(&ada, &cart, "pm_card_visa").await?;
            ensure!(answer.status == 202 || answer.status == 201, "{fault:?}: {answer:?}");
            let order = answer.json();
            ada.sees(&order, "payment_status", "captured").await.with_context(|| format!("{fault:?}"))?;
            ada.mail("order.placed").await?;
        }
        // The capture and the refund, too.
        let ben = desk.shop.guest("Ben");
        desk.stripe.misbehaves("/capture", StripeFault::DoneWithoutAnswer, 1);
        let order = desk.buys(&ben).await?;
        ben.sees(&order, "payment_status", "captured").await?;
        desk.stripe.misbehaves("/v1/refunds", StripeFault::DoneWithError, 1);
        desk.cancels(&ben, &order).await?;
        ben.sees(&order, "payment_status", "refunded").await?;
        // What never arrived was never asked for: the order ends, and nobody has paid.
        let eve = desk.shop.guest("Eve");
        let cart = eve.cart("MUG", 1).await?;
        desk.stripe.misbehaves("/v1/payment_intents", StripeFault::NeverArrives, 1);
        let answer = desk.pays(&eve, &cart, "pm_card_visa").await?;
        ensure!(answer.status == 202, "{answer:?}");
        let order = answer.json();
        souk_tests::eventually(std::time::Duration::from_secs(40), || async {
            let seen = eve.order(&order).await?;
            ensure!(seen["state"] == "canceled", "{seen}");
            Ok(())
        })
        .await
    }
);
