//! What no shop should be asked: each is refused by name, and nothing changes.

use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::journey;

journey!(
    a_bad_request_names_field_and_rule_and_changes_nothing(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("MUG", 1).await?;
        let id = cart["id"].as_str().context("an id")?;
        let lines = format!("/v1/carts/{id}/lines");
        let cases: Vec<(Value, &str, &str)> = vec![
            (json!({"sku": "MUG", "quantity": 0}), "quantity", "range"),
            (json!({"sku": "MUG", "quantity": 1000}), "quantity", "range"),
            (json!({"sku": "MUG", "quantity": -1}), "quantity", "type"),
            (json!({"sku": "MUG", "quantity": 4294967296u64}), "quantity", "type"),
            (json!({"sku": "MUG", "quantity": "two"}), "quantity", "type"),
            (json!({"sku": "MUG"}), "quantity", "required"),
            (json!({"sku": "MUG", "quantity": 1, "price": 1}), "price", "unknown_field"),
        ];
        for (body, field, rule) in cases {
            let answer = ada.client.post(&lines, body.clone()).await?;
            let problem = answer.json();
            ensure!(answer.status == 400, "{body}: {answer:?}");
            ensure!(answer.headers["content-type"] == "application/problem+json", "{answer:?}");
            let named = problem["errors"].as_array().is_some_and(|errors| {
                errors.iter().any(|e| e["field"] == field && e["rule"] == rule)
            });
            ensure!(named, "{body}: {field} {rule} is not named in {problem}");
        }
        let unchanged = ada.client.get(&format!("/v1/carts/{id}")).await?.ok()?;
        ensure!(unchanged["version"] == cart["version"] && unchanged["lines"] == cart["lines"], "{unchanged}");
        Ok(())
    }
);

journey!(
    requests_that_cannot_be_read_are_refused_and_not_our_fault(shop) {
        let json_header = [("Content-Type", "application/json")];
        let raw = |body: &'static str| {
            let url = format!("http://{}", shop.address());
            reqwest::Client::builder().no_proxy().build().expect("plain").post(format!("{url}/v1/carts"))
                .header("Content-Type", "application/json").body(body).send()
        };
        for body in ["{", "[]", "null", "\u{0}", "{\"lines\":", "{\"currency\":\"XXZ\"}", "{\"currency\":\"usd \"}"] {
            let status = raw(body).await?.status();
            ensure!(status.is_client_error(), "{body}: {status}");
        }
        let huge = json!({"lines": [], "currency": "x".repeat(3_000_000)});
        let answer = shop.client.send(Method::POST, "/v1/carts", Some(huge), &json_header).await?;
        ensure!(answer.status == 413 && answer.code() == "body_too_large", "{answer:?}");
        for path in ["/v1/products/%00", "/v1/products/..%2f..%2fetc", "/v1/carts/not-an-id", "/v1/products?limit=0",
                     "/v1/products?limit=1000", "/v1/products?cursor=zz", "/v1/products?color=red", "/v1/nothing"] {
            let answer = shop.client.get(path).await?;
            ensure!(answer.status.is_client_error(), "{path}: {answer:?}");
            ensure!(!answer.code().is_empty(), "{path} answers a problem: {answer:?}");
        }
        let wrong_method = shop.client.delete("/v1/products").await?;
        ensure!(wrong_method.status == 405 && wrong_method.headers.contains_key("allow"), "{wrong_method:?}");
        let key = [("Idempotency-Key", "short")];
        let answer = shop.client.send(Method::POST, "/v1/carts", Some(json!({})), &key).await?;
        ensure!(answer.status == 400, "{answer:?}");
        Ok(())
    }
);

journey!(
    a_key_that_comes_again_replays_and_with_another_body_is_refused(shop) {
        let key = souk_tests::new_key();
        let headers = [("Idempotency-Key", key.as_str())];
        let body = json!({"currency": "USD", "lines": [{"sku": "MUG", "quantity": 1}]});
        let first = shop.client.send(Method::POST, "/v1/carts", Some(body.clone()), &headers).await?;
        let second = shop.client.send(Method::POST, "/v1/carts", Some(body), &headers).await?;
        ensure!(first.status == 201 && second.status == 201 && first.text == second.text, "{first:?} {second:?}");
        let other = json!({"currency": "EUR"});
        let refused = shop.client.send(Method::POST, "/v1/carts", Some(other), &headers).await?;
        ensure!(refused.status == 422 && refused.code() == "idempotency_key_reused", "{refused:?}");
        Ok(())
    }
);

journey!(
    a_checkout_without_a_key_or_with_a_stale_cart_is_refused(shop) {
        let ada = shop.guest("Ada");
        let cart = ada.cart("MUG", 1).await?;
        let path = format!("/v1/carts/{}/checkout", cart["id"].as_str().context("an id")?);
        let body = json!({"version": cart["version"], "payment": {"provider": "sandbox", "token": "tok_approved"}});
        let keyless = ada.client.post(&path, body).await?;
        ensure!(keyless.status == 400 && keyless.json()["errors"][0]["field"] == "Idempotency-Key", "{keyless:?}");
        let stale = json!({"id": cart["id"], "version": 1});
        let refused = ada.pays(&stale, "tok_approved").await?;
        ensure!(refused.status == 409 && refused.code() == "cart_version_stale", "{refused:?}");
        Ok(())
    }
);

journey!(
    a_bad_row_is_named_and_mending_it_completes_the_import(shop) {
        let folder = shop.data_dir();
        let path = folder.join("more.jsonl");
        let good = json!({"key": "new-1", "title": "New One", "variants": [{"sku": "NEW-1", "prices": {"USD": 100}}]});
        let bad = json!({"key": "new-2", "title": "New Two", "variants": [{"sku": "NEW-2", "prices": {"USD": -5}}]});
        std::fs::write(&path, format!("{good}\n{bad}\n{{broken\n"))?;
        let file = path.display().to_string();
        let output = shop.souk(&["import", &file], "")?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code() == Some(2), "{output:?}");
        ensure!(told.contains("line 2") && told.contains("price") && told.contains("line 3"), "{told}");
        let mended = json!({"key": "new-2", "title": "New Two", "variants": [{"sku": "NEW-2", "prices": {"USD": 5}}]});
        std::fs::write(&path, format!("{good}\n{mended}\n"))?;
        let out = shop.command(&["import", &file], "")?;
        ensure!(out.contains("1 created") && out.contains("1 unchanged"), "{out}");
        let out = shop.command(&["import", &file], "")?;
        ensure!(out.contains("nothing was changed"), "{out}");
        Ok(())
    }
);
