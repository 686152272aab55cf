//! Search: the index follows the catalog.

use http::StatusCode;
use serde_json::json;

use crate::support::{eventually, on_both};

#[tokio::test]
async fn what_is_saved_is_found_and_what_is_removed_is_not() {
    on_both(async |shop| {
        let row = |i: usize, color: &str| {
            let variants = json!([{ "sku": format!("K{i}"), "prices": { "EUR": 100 * i }, "stock": { "main": 1 } }]);
            json!({
                "key": i.to_string(), "title": format!("{color} kettle"), "brand": "Boil", "category": ["Kitchen"],
                "attributes": { "Color": color }, "variants": variants
            })
        };
        shop.imports(vec![row(1, "red"), row(2, "red"), row(3, "blue")]).await;
        eventually(async || shop.get("/v1/search?q=kettle").await.2["total"] == 3).await;
        let (status, _, found) = shop.get("/v1/search?q=kettle&attribute=Color:red&category=kitchen&price_max=150").await;
        assert_eq!((status, found["total"].as_u64()), (StatusCode::OK, Some(1)));
        assert_eq!(found["items"][0]["price_from"]["amount"], 100);
        assert_eq!(found["items"][0]["in_stock"], true);
        let (_, _, found) = shop.get("/v1/search?q=kettle&brand=Boil").await;
        assert_eq!(found["facets"]["categories"][0], json!({ "titles": ["Kitchen"], "path": "kitchen", "count": 3 }));
        let id = shop.get("/v1/products/blue-kettle").await.2["id"].clone();
        let path = format!("/v1/admin/products/{}", id.as_str().expect("an id"));
        assert_eq!(shop.staff("DELETE", &path, json!(null)).await.0, StatusCode::NO_CONTENT);
        eventually(async || shop.get("/v1/search?q=kettle").await.2["total"] == 2).await;
    })
    .await;
}

#[tokio::test]
async fn hits_show_the_price_and_stock_of_the_store() {
    on_both(async |shop| {
        let tee = shop.sells("TEE", 1).await;
        eventually(async || shop.get("/v1/search?q=tee").await.2["total"] == 1).await;
        shop.holds(shop.order(), &[(tee, 1)]).await.expect("held");
        assert_eq!(shop.get("/v1/search?q=tee").await.2["items"][0]["in_stock"], false);
    })
    .await;
}
