//! Many at once.

use anyhow::{Context as _, ensure};
use futures::future::join_all;
use serde_json::json;

use crate::journey;

journey!(
    fifty_shirts_are_sold_to_fifty_of_two_hundred_buyers(shop) {
        let buyers: Vec<_> = (0..200).map(|n| shop.guest(&format!("Buyer{n}"))).collect();
        let carts = join_all(buyers.iter().map(|buyer| buyer.cart("LAST", 1))).await;
        let carts: Vec<_> = carts.into_iter().collect::<Result<_, _>>()?;
        let answers = join_all(buyers.iter().zip(&carts).map(|(buyer, cart)| buyer.pays(cart, "tok_approved"))).await;
        let (mut sold, mut sold_out) = (0, 0);
        for answer in answers {
            let answer = answer?;
            match answer.status.as_u16() {
                201 => sold += 1,
                409 if answer.code() == "sold_out" => sold_out += 1,
                _ => anyhow::bail!("neither sold nor sold out: {answer:?}"),
            }
        }
        ensure!((sold, sold_out) == (50, 150), "{sold} sold, {sold_out} told sold out");
        Ok(())
    }
);

journey!(
    fifty_requests_with_one_key_make_one_order(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("TEE-S", 1).await?;
        let key = souk_tests::new_key();
        let answers = join_all((0..50).map(|_| ada.pays_with_key(&cart, "tok_approved", &key))).await;
        let mut numbers = Vec::new();
        for answer in answers {
            let answer = answer?;
            match answer.status.as_u16() {
                201 => numbers.push(answer.text),
                409 => ensure!(answer.code() == "checkout_in_progress", "{answer:?}"),
                _ => anyhow::bail!("{answer:?}"),
            }
        }
        ensure!(!numbers.is_empty(), "somebody is told the order");
        numbers.dedup();
        ensure!(numbers.len() == 1, "everybody is told the same bytes");
        let other = ada.pays_with_key(&cart, "tok_declined", &key).await?;
        ensure!(other.status == 422 && other.code() == "idempotency_key_reused", "{other:?}");
        Ok(())
    }
);

journey!(
    edits_of_one_cart_from_two_tabs_are_never_lost(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("MUG", 1).await?;
        let path = format!("/v1/carts/{}/lines", cart["id"].as_str().context("an id")?);
        let stale = json!({"sku": "TEE-S", "quantity": 1, "version": cart["version"]});
        let tabs = join_all((0..10).map(|_| ada.client.post(&path, stale.clone()))).await;
        let mut won = 0;
        for answer in tabs {
            let answer = answer?;
            match answer.status.as_u16() {
                200 | 201 => won += 1,
                409 => ensure!(answer.code() == "cart_version_stale", "{answer:?}"),
                _ => anyhow::bail!("{answer:?}"),
            }
        }
        ensure!(won == 1, "one tab wins, not {won}");
        let blind = join_all((0..10).map(|_| ada.client.post(&path, json!({"sku": "TEE-M", "quantity": 1})))).await;
        for answer in blind {
            answer?.ok()?;
        }
        let seen = ada.client.get(&format!("/v1/carts/{}", cart["id"].as_str().context("an id")?)).await?.ok()?;
        let tee = seen["lines"].as_array().context("lines")?.iter().find(|line| line["sku"] == "TEE-M");
        ensure!(tee.is_some_and(|line| line["quantity"] == 10), "{seen}");
        Ok(())
    }
);
