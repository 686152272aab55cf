//! Staff edit the catalog.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{clerk, eventually, guest, on_both};

fn tee() -> Value {
    json!({
        "title": "T-Shirt", "brand": "Souk", "options": ["Size"],
        "variants": [
            { "sku": "TEE-M", "option_values": ["M"], "prices": [{ "amount": 1999, "currency": "EUR" }] },
            { "sku": "TEE-L", "option_values": ["L"], "prices": [{ "amount": 2199, "currency": "EUR" }] }
        ]
    })
}

#[tokio::test]
async fn a_draft_is_shown_once_it_is_published_and_hidden_again() {
    on_both(async |shop| {
        let (status, product) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        assert_eq!((status, product["slug"].as_str()), (StatusCode::CREATED, Some("t-shirt")));
        assert_eq!(shop.get("/v1/products/t-shirt").await.0, StatusCode::NOT_FOUND);
        let path = format!("/v1/admin/products/{}", product["id"].as_str().expect("an id"));
        assert_eq!(shop.staff("POST", &format!("{path}/publish"), json!(null)).await.0, StatusCode::OK);
        let (status, _, page) = shop.get("/v1/products/t-shirt").await;
        assert_eq!((status, page["variants"][1]["title"].as_str()), (StatusCode::OK, Some("L")));
        assert_eq!(shop.staff("POST", &format!("{path}/unpublish"), json!(null)).await.0, StatusCode::OK);
        assert_eq!(shop.get("/v1/products/t-shirt").await.0, StatusCode::NOT_FOUND);
        assert_eq!(
            shop.staff("GET", "/v1/admin/products?status=draft", json!(null)).await.1["items"][0],
            shop.staff("GET", &path, json!(null)).await.1
        );
    })
    .await;
}

#[tokio::test]
async fn two_editors_of_one_product_one_gets_409() {
    on_both(async |shop| {
        let (_, product) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        let path = format!("/v1/admin/products/{}", product["id"].as_str().expect("an id"));
        let edit = |title: &str| {
            let mut content = tee();
            content["title"] = json!(title);
            json!({ "version": 1, "content": content })
        };
        let (first, second) = (edit("Shirt"), edit("Top"));
        let (one, two) = tokio::join!(shop.staff("PUT", &path, first), shop.staff("PUT", &path, second));
        let mut statuses = [one.0, two.0];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
        let loser = if one.0 == StatusCode::CONFLICT { one.1 } else { two.1 };
        assert_eq!(loser["code"], "version_stale");
        let blind = json!({ "content": tee() });
        assert_eq!(shop.staff("PUT", &path, blind).await.0, StatusCode::PRECONDITION_REQUIRED);
    })
    .await;
}

#[tokio::test]
async fn if_match_guards_an_edit_as_the_version_does() {
    on_both(async |shop| {
        let (_, product) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        let path = format!("/v1/admin/products/{}", product["id"].as_str().expect("an id"));
        let put = |etag: &str| {
            let request =
                Request::put(&path).header("content-type", "application/json").header("if-match", etag);
            request.body(Body::from(json!({ "content": tee() }).to_string())).expect("a request")
        };
        let (status, headers, _) = shop.send(put("\"1\""), clerk()).await;
        assert_eq!((status, headers["etag"].to_str().expect("text")), (StatusCode::OK, "\"2\""));
        assert_eq!(shop.send(put("\"1\""), clerk()).await.0, StatusCode::CONFLICT);
        assert_eq!(shop.send(put("\"2\""), guest()).await.0, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_sku_and_a_slug_belong_to_one_product() {
    on_both(async |shop| {
        shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        let (status, problem) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("sku_taken")));
        let mut other = tee();
        other["slug"] = json!("t-shirt");
        other["variants"] = json!([{ "sku": "X", "option_values": ["M"] }]);
        let (status, problem) = shop.staff("POST", "/v1/admin/products", json!({ "content": other })).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("slug_taken")));
    })
    .await;
}

#[tokio::test]
async fn a_removed_product_frees_its_names_and_two_variants_may_swap_skus() {
    on_both(async |shop| {
        let (_, product) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        let path = format!("/v1/admin/products/{}", product["id"].as_str().expect("an id"));
        let mut content = tee();
        for (i, sku) in [(0, "TEE-L"), (1, "TEE-M")] {
            content["variants"][i]["sku"] = json!(sku);
            content["variants"][i]["id"] = product["variants"][i]["id"].clone();
        }
        let (status, swapped) = shop.staff("PUT", &path, json!({ "version": 1, "content": content })).await;
        assert_eq!(status, StatusCode::OK, "{swapped}");
        assert_eq!(swapped["variants"][1]["sku"], "TEE-M");
        assert_eq!(swapped["variants"][1]["id"], product["variants"][1]["id"]);
        assert_eq!(shop.staff("DELETE", &path, json!(null)).await.0, StatusCode::NO_CONTENT);
        assert_eq!(shop.staff("DELETE", &path, json!(null)).await.0, StatusCode::NOT_FOUND);
        let (status, again) = shop.staff("POST", "/v1/admin/products", json!({ "content": tee() })).await;
        assert_eq!((status, again["slug"].as_str()), (StatusCode::CREATED, Some("t-shirt")));
    })
    .await;
}

#[tokio::test]
async fn a_moved_category_takes_its_subtree_along_and_never_below_itself() {
    on_both(async |shop| {
        let create = async |title: &str, parent: &Value| {
            let body = json!({ "title": title, "parent": parent });
            shop.staff("POST", "/v1/admin/categories", body).await.1
        };
        let office = create("Office", &Value::Null).await;
        let toner = create("Toner", &office["id"]).await;
        let black = create("Black", &toner["id"]).await;
        let print = create("Print", &Value::Null).await;
        let mut content = tee();
        content["category"] = black["id"].clone();
        shop.staff("POST", "/v1/admin/products", json!({ "content": content, "published": true })).await;
        let path =
            |category: &Value| format!("/v1/admin/categories/{}", category["id"].as_str().expect("an id"));
        let cycle = json!({ "title": "Office", "parent": black["id"], "version": 1 });
        let (status, problem) = shop.staff("PUT", &path(&office), cycle).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("category_misplaced")));
        let moved = json!({ "title": "Ink", "parent": print["id"], "version": 1 });
        let (status, toner) = shop.staff("PUT", &path(&toner), moved).await;
        assert_eq!((status, toner["path"].as_str()), (StatusCode::OK, Some("print/toner")));
        let (_, _, page) = shop.get("/v1/products/t-shirt").await;
        assert_eq!(page["categories"][2]["path"], "print/toner/black");
        assert_eq!(page["categories"][1]["title"], "Ink");
        let (status, _) = shop.staff("DELETE", &path(&black), json!(null)).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(shop.staff("DELETE", &path(&office), json!(null)).await.0, StatusCode::NO_CONTENT);
        eventually(async || shop.get("/v1/search?category=print/toner").await.2["total"] == 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_collection_keeps_the_order_that_staff_gave_it() {
    on_both(async |shop| {
        let mut ids = Vec::new();
        for sku in ["A", "B", "C"] {
            shop.sells(sku, 1).await;
            ids.push(shop.get(&format!("/v1/products/{}", sku.to_lowercase())).await.2["id"].clone());
        }
        ids.rotate_left(1);
        let body = json!({ "title": "Summer", "products": ids });
        let (status, summer) = shop.staff("POST", "/v1/admin/collections", body).await;
        assert_eq!(status, StatusCode::CREATED, "{summer}");
        let (_, _, first) = shop.get("/v1/products?collection=summer&limit=2").await;
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let (_, _, second) =
            shop.get(&format!("/v1/products?collection=summer&limit=2&cursor={cursor}")).await;
        let slugs = |page: &Value| {
            page["items"].as_array().expect("a list").iter().map(|p| p["slug"].clone()).collect::<Vec<_>>()
        };
        assert_eq!([slugs(&first), slugs(&second)].concat(), ["b", "c", "a"]);
        let path = format!("/v1/admin/collections/{}", summer["id"].as_str().expect("an id"));
        let unknown = json!({ "title": "Summer", "version": 1, "products": [uuid::Uuid::nil()] });
        assert_eq!(shop.staff("PUT", &path, unknown).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(shop.staff("DELETE", &path, json!(null)).await.0, StatusCode::NO_CONTENT);
        assert_eq!(shop.get("/v1/collections/summer").await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_together_is_refused_with_every_reason() {
    on_both(async |shop| {
        let mut content = tee();
        content["variants"][1]["sku"] = json!("TEE-M");
        content["variants"][1]["option_values"] = json!([]);
        let (status, problem) = shop.staff("POST", "/v1/admin/products", json!({ "content": content })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2));
        let mut content = tee();
        content["title"] = json!("\u{0}");
        content["category"] = json!(uuid::Uuid::nil());
        assert_eq!(
            shop.staff("POST", "/v1/admin/products", json!({ "content": content })).await.0,
            StatusCode::BAD_REQUEST
        );
        content["title"] = json!("Fine");
        let (status, problem) = shop.staff("POST", "/v1/admin/products", json!({ "content": content })).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("unknown_category"))
        );
    })
    .await;
}
