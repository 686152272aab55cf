//! Customers and what is theirs alone.

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::journey;

journey!(
    a_guests_cart_is_still_there_after_signing_in(shop) {
        let mut ada = shop.customer("Ada").await?;
        let guest = souk_tests::Buyer { client: shop.client.clone(), ..ada.clone() };
        let cart = guest.cart("TEE-S", 2).await?;
        let login = json!({"email": ada.email, "password": ada.password});
        let headers = [("Souk-Cart", cart["id"].as_str().context("an id")?)];
        let session = shop.client.send(reqwest::Method::POST, "/v1/sessions", Some(login), &headers).await?.ok()?;
        ada.client = shop.client.with_token(session["token"].as_str().context("a token")?);
        let mine = ada.client.get("/v1/me/cart").await?.ok()?;
        ensure!(mine["lines"][0]["sku"] == "TEE-S" && mine["lines"][0]["quantity"] == 2, "{mine}");
        Ok(())
    }
);

journey!(
    nobody_reads_or_changes_what_is_anothers(shop) {
        let (ada, eve) = (shop.customer("Ada").await?, shop.customer("Eve").await?);
        let order = ada.buys("MUG", 1).await?;
        let id = order["id"].as_str().context("an id")?;
        let home = ada.client.post("/v1/me/addresses", json!({"address": souk_tests::address("Ada")})).await?.ok()?;
        let home = home["id"].as_str().context("an id")?;
        let mine = ada.client.get("/v1/me/cart").await?;
        let guest = shop.client.clone();
        for stranger in [&eve.client, &guest] {
            for path in [format!("/v1/orders/{id}"), format!("/v1/me/addresses/{home}")] {
                let answer = stranger.get(&path).await?;
                ensure!(matches!(answer.status.as_u16(), 401 | 404), "{path}: {answer:?}");
            }
            let cancel = stranger.post(&format!("/v1/orders/{id}/cancel"), json!({})).await?;
            ensure!(matches!(cancel.status.as_u16(), 401 | 404), "{cancel:?}");
            let admin = stranger.get("/v1/admin/orders").await?;
            ensure!(matches!(admin.status.as_u16(), 401 | 403), "{admin:?}");
        }
        ensure!(mine.status.is_success() || mine.status == 404, "{mine:?}");
        let history = ada.client.get("/v1/me/orders").await?.ok()?;
        ensure!(history["items"].as_array().is_some_and(|orders| orders.len() == 1), "{history}");
        let nothing = eve.client.get("/v1/me/orders").await?.ok()?;
        ensure!(nothing["items"].as_array().is_some_and(Vec::is_empty), "{nothing}");
        Ok(())
    }
);

journey!(
    a_wrong_number_and_a_wrong_address_look_the_same(shop) {
        let ada = shop.guest("Ada");
        let order = ada.buys("MUG", 1).await?;
        let ask = |number: serde_json::Value, email: &str| {
            shop.client.post("/v1/orders/lookup", json!({"number": number, "email": email}))
        };
        let wrong_email = ask(order["number"].clone(), "eve@example.com").await?;
        let wrong_number = ask("0000000000".into(), &ada.email).await?;
        ensure!(wrong_email.status == 404 && wrong_number.status == 404, "{wrong_email:?} {wrong_number:?}");
        ensure!(wrong_email.text == wrong_number.text, "{} / {}", wrong_email.text, wrong_number.text);
        ask(order["number"].clone(), &ada.email).await?.ok()?;
        Ok(())
    }
);

journey!(
    signing_out_everywhere_ends_every_session_at_once(shop) {
        let mut ada = shop.customer("Ada").await?;
        let phone = ada.clone();
        ada.sign_in().await?;
        ada.client.delete("/v1/sessions").await?.ok()?;
        for device in [&ada, &phone] {
            let answer = device.client.get("/v1/me").await?;
            ensure!(answer.status == 401, "{answer:?}");
        }
        Ok(())
    }
);
