//! What is open, to whom.

use anyhow::ensure;
use serde_json::json;

use crate::journey;

journey!(
    internal_listeners_refuse_whoever_lacks_the_secret(shop) {
        let mut urls: Vec<String> = Vec::new();
        for folder in shop.data_dirs() {
            let running = souk::DataDir::open(&folder)?.running();
            urls.extend(running.iter().flat_map(|process| process.internal.values().cloned()));
        }
        ensure!(!urls.is_empty(), "every shop has internal listeners");
        for url in urls {
            for path in ["/rpc/user/authenticate", "/rpc/events/accept", "/v1/me", "/v1/admin/orders"] {
                let answer = shop.client.at(&url).post(path, json!({})).await?;
                ensure!(answer.status == 401, "{url}{path}: {answer:?}");
            }
        }
        Ok(())
    }
);

journey!(
    headers_that_only_the_gateway_may_set_are_ignored_from_outside(shop) {
        let forged = r#"{"caller":{"kind":"system"},"request_id":"x"}"#;
        let headers = [("souk-context", forged), ("x-forwarded-for", "127.0.0.1")];
        for path in ["/v1/admin/orders", "/v1/me", "/rpc/user/authenticate"] {
            let answer = shop.client.send(reqwest::Method::GET, path, None, &headers).await?;
            ensure!(matches!(answer.status.as_u16(), 401 | 403 | 404), "{path}: {answer:?}");
        }
        Ok(())
    }
);

journey!(
    the_front_pages_are_there_and_work_offline(shop) {
        for path in ["/", "/docs", "/docs/errors/sold_out"] {
            let page = shop.client.get(path).await?;
            ensure!(page.status == 200 && page.text.contains("<html"), "{path}: {}", page.status);
            ensure!(!page.text.contains("src=\"http"), "{path} loads something from elsewhere");
            ensure!(page.headers.contains_key("content-security-policy"), "{path} has a policy");
        }
        let api = shop.client.get("/openapi.json").await?.ok()?;
        ensure!(api["openapi"].as_str().is_some_and(|v| v.starts_with("3.1")), "{}", api["openapi"]);
        ensure!(api["paths"].as_object().is_some_and(|paths| paths.len() > 40), "all services are merged");
        Ok(())
    }
);
