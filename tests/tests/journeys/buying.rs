//! From the catalog to a paid, shipped and mailed order.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::journey;

journey!(
    ada_buys_two_tees_and_gets_them(shop) {
        let ada = shop.customer("Ada").await?;
        let order = ada.buys("TEE-M", 2).await?;
        ensure!(order["state"] == "placed", "{order}");
        ensure!(order["totals"]["subtotal"] == json!({"amount": 3998, "currency": "USD"}), "{order}");

        let paid = ada.sees(&order, "payment_status", "captured").await?;
        let confirmation = ada.mail("order.placed").await?;
        let number = paid["number"].as_str().context("a number")?;
        ensure!(confirmation["subject"].as_str().is_some_and(|s| s.contains(number)), "{confirmation}");
        ensure!(confirmation["text"].as_str().is_some_and(|t| t.contains("Everyday Tee")), "{confirmation}");

        let staff = shop.staff().await?;
        let id = order["id"].as_str().context("an id")?;
        let parcel = json!({"carrier": "DHL", "tracking_number": "JD014600"});
        staff.post(&format!("/v1/admin/orders/{id}/shipments"), parcel).await?.ok()?;
        let shipment_mail = ada.mail("order.shipped").await?;
        ensure!(shipment_mail["text"].as_str().is_some_and(|t| t.contains("JD014600")), "{shipment_mail}");
        let done = ada.sees(&order, "state", "completed").await?;
        ensure!(done["fulfillment_status"] == "fulfilled", "{done}");

        let happened = timeline(&done);
        for step in ["placed", "captured", "shipped"] {
            ensure!(happened.iter().any(|what| what.contains(step)), "{step} is missing in {happened:?}");
        }
        souk_tests::eventually(std::time::Duration::from_secs(10), || async {
            let stock = shop.stock("TEE-M").await?;
            ensure!(stock["on_hand"] == 998 && stock["allocated"] == 0 && stock["held"] == 0, "{stock}");
            Ok(())
        })
        .await?;
        ensure!(ada.mails("order.placed").await?.len() == 1, "one confirmation");
        ensure!(ada.mails("order.shipped").await?.len() == 1, "one shipment mail");
        Ok(())
    }
);

fn timeline(order: &Value) -> Vec<String> {
    let entries = order["timeline"].as_array().cloned().unwrap_or_default();
    entries.iter().map(ToString::to_string).collect()
}

journey!(
    an_order_in_two_parcels_is_complete_with_the_second(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart_of(&[("TEE-S", 2), ("MUG", 1)]).await?;
        let order = ada.pays(&cart, "tok_approved").await?.ok()?;
        ada.sees(&order, "payment_status", "captured").await?;
        let staff = shop.staff().await?;
        let id = order["id"].as_str().context("an id")?;
        let path = format!("/v1/admin/orders/{id}/shipments");
        let (tee, mug) = (line(&order, "TEE-S")?, line(&order, "MUG")?);

        let first = json!({"carrier": "DHL", "lines": [{"line_id": tee, "quantity": 1}]});
        staff.post(&path, first).await?.ok()?;
        let partly = ada.order(&order).await?;
        ensure!(partly["fulfillment_status"] == "partial" && partly["state"] == "placed", "{partly}");

        let too_much = json!({"carrier": "DHL", "lines": [{"line_id": tee, "quantity": 2}]});
        let refused = staff.post(&path, too_much).await?;
        ensure!(refused.status.is_client_error(), "{refused:?}");

        let rest = json!({"carrier": "DHL", "lines": [{"line_id": tee, "quantity": 1}, {"line_id": mug, "quantity": 1}]});
        staff.post(&path, rest).await?.ok()?;
        ada.sees(&order, "state", "completed").await?;
        ada.mail("order.shipped").await?;
        souk_tests::eventually(std::time::Duration::from_secs(10), || async {
            let mails = ada.mails("order.shipped").await?;
            ensure!(mails.len() == 2, "a mail per parcel, not {}", mails.len());
            Ok(())
        })
        .await
    }
);

fn line(order: &Value, sku: &str) -> Result<Value> {
    let lines = order["lines"].as_array().context("lines")?;
    let line =
        lines.iter().find(|line| line["sku"] == sku).with_context(|| format!("no {sku} in {order}"))?;
    Ok(line["id"].clone())
}

journey!(
    a_canceled_order_gives_back_goods_and_money(shop) {
        let ada = shop.customer("Ada").await?;
        let order = ada.buys("MUG", 3).await?;
        ada.sees(&order, "payment_status", "captured").await?;
        let id = order["id"].as_str().context("an id")?;
        ada.client.post(&format!("/v1/orders/{id}/cancel"), json!({})).await?.ok()?;
        ada.sees(&order, "state", "canceled").await?;
        ada.sees(&order, "payment_status", "refunded").await?;
        ada.mail("order.canceled").await?;
        souk_tests::eventually(std::time::Duration::from_secs(10), || async {
            let stock = shop.stock("MUG").await?;
            ensure!(stock["on_hand"] == 1000 && stock["allocated"] == 0 && stock["held"] == 0, "{stock}");
            Ok(())
        })
        .await
    }
);

journey!(
    a_search_finds_what_was_published_and_filters_by_brand(shop) {
        let found = shop.client.get("/v1/search?q=hp%20toner").await?.ok()?;
        ensure!(found["items"][0]["title"] == "HP Laser Toner", "{found}");
        let filtered = shop.client.get("/v1/search?q=tee&brand=Cobalt").await?.ok()?;
        ensure!(filtered["items"].as_array().is_some_and(|items| !items.is_empty()), "{filtered}");
        let slug = filtered["items"][0]["slug"].as_str().context("a slug")?.to_owned();
        let product = shop.client.get(&format!("/v1/products/{slug}")).await?;
        let etag = product.headers["etag"].to_str()?.to_owned();
        let again = shop
            .client
            .send(reqwest::Method::GET, &format!("/v1/products/{slug}"), None, &[("If-None-Match", &etag)])
            .await?;
        ensure!(again.status == 304 && again.text.is_empty(), "{again:?}");
        Ok(())
    }
);
