//! Promotions, from the staff's rule to the buyer's mail.

use anyhow::{Context as _, Result, ensure};
use futures::future::join_all;

use reqwest::Method;
use serde_json::{Value, json};

use crate::journey;

async fn names(buyer: &souk_tests::Buyer, cart: &Value, code: &str) -> Result<Value> {
    let id = cart["id"].as_str().context("an id")?;
    buyer.client.put(&format!("/v1/carts/{id}/codes/{code}"), json!({})).await?.ok()
}

async fn refunds(staff: &souk_tests::Client, order: &str, part: Value) -> Result<Value> {
    let (path, key) = (format!("/v1/admin/orders/{order}/refunds"), souk_tests::new_key());
    staff.send(Method::POST, &path, Some(part), &[("Idempotency-Key", &key)]).await?.ok()
}

journey!(
    a_code_at_checkout_stands_in_the_order_and_in_the_mail(shop) {
        let staff = shop.staff().await?;
        let rule = json!({"title": "Spring sale", "code": "SPRING", "effect": {"type": "percent_off", "basis_points": 1000}});
        staff.post("/v1/admin/promotions", rule).await?.ok()?;
        let ada = shop.customer("Ada").await?;
        let cart = ada.cart("TEE-M", 2).await?;
        let cart = names(&ada, &cart, "spring").await?;
        ensure!(cart["totals"]["discount"]["amount"] == 400, "{cart}");
        let order = ada.pays(&cart, "tok_approved").await?.ok()?;
        ensure!(order["promotions"][0]["code"] == "SPRING", "{order}");
        let confirmation = ada.mail("order.placed").await?;
        ensure!(confirmation["text"].as_str().is_some_and(|text| text.contains("Discount: -$4.00")), "{confirmation}");
        let paid = ada.sees(&order, "payment_status", "captured").await?;
        ensure!(paid["totals"] == order["totals"], "{paid}");
        let id = order["id"].as_str().context("an id")?;
        for line in order["lines"].as_array().context("lines")? {
            let part = json!({"lines": [{"line_id": line["id"], "quantity": line["quantity"]}], "reason": "worn"});
            refunds(&staff, id, part).await?;
        }
        if order["shipping"]["total"]["amount"] != 0 {
            let part = json!({"shipping": true, "reason": "worn"});
            refunds(&staff, id, part).await?;
        }
        ada.sees(&order, "payment_status", "refunded").await?;
        Ok(())
    }
);

journey!(
    of_two_hundred_checkouts_with_one_single_use_code_one_wins(shop) {
        let staff = shop.staff().await?;
        let rule = json!({"title": "Gold", "code": "GOLD", "uses_max": 1,
            "effect": {"type": "amount_off", "amounts": {"USD": 500}}});
        let promotion = staff.post("/v1/admin/promotions", rule).await?.ok()?;
        let buyers: Vec<_> = (0..200).map(|n| shop.guest(&format!("Buyer{n}"))).collect();
        let carts = join_all(buyers.iter().map(|buyer| async {
            let cart = buyer.cart("TEE-M", 1).await?;
            names(buyer, &cart, "GOLD").await
        }))
        .await;
        let carts: Vec<Value> = carts.into_iter().collect::<Result<_>>()?;
        let answers = join_all(buyers.iter().zip(&carts).map(|(buyer, cart)| buyer.pays(cart, "tok_approved"))).await;
        let mut won = Vec::new();
        for answer in answers {
            let answer = answer?;
            match answer.status.as_u16() {
                // Whoever was priced after the last use was taken pays the full price, if they named no total.
                201 if answer.json()["totals"]["discount"]["amount"] == 500 => won.push(answer.json()),
                201 => {}
                409 => ensure!(["promotion_used_up", "total_changed"].contains(&answer.code().as_str()), "{answer:?}"),
                _ => anyhow::bail!("{answer:?}"),
            }
        }
        ensure!(won.len() == 1, "{} have the single use", won.len());
        let id = promotion["id"].as_str().context("an id")?;
        let now = staff.get(&format!("/v1/admin/promotions/{id}")).await?.ok()?;
        ensure!(now["uses"] == 1, "{now}");
        Ok(())
    }
);

journey!(
    promotions_of_a_file_are_tried_on_the_open_carts(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("TEE-M", 2).await?;
        let file = shop.data_dir().join("rules.json");
        let rules = json!([{"title": "Two for less", "conditions": {"quantity_min": 2},
            "effect": {"type": "amount_off", "amounts": {"USD": 300}}}]);
        std::fs::write(&file, rules.to_string())?;
        let said = shop.command(&["pricing", "replay", "--rules", file.to_str().context("a path")?], "")?;
        ensure!(said.contains(cart["id"].as_str().context("an id")?), "{said}");
        ensure!(said.contains("none → Two for less") && said.contains("1 would cost something else"), "{said}");
        Ok(())
    }
);
