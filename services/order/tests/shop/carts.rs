use futures::future::join_all;
use serde_json::{Value, json};
use souk_contract::order::ClaimCart;

use crate::common::{Shop, shops, text};

fn quantity(cart: &Value) -> i64 {
    cart["lines"].as_array().expect("lines").iter().map(|line| line["quantity"].as_i64().unwrap_or(0)).sum()
}

#[tokio::test]
async fn a_cart_explains_every_amount_it_shows() {
    for shop in shops().await {
        let shirt = shop.product.sells(10);
        let cart = shop.guest().fills_cart(&[(shirt, 2)]).await;
        assert_eq!(cart["totals"]["subtotal"]["amount"], 3_998, "{}", shop.on());
        assert_eq!(cart["totals"]["shipping"]["amount"], 490);
        assert_eq!(cart["totals"]["total"], json!({"amount": 4_488, "currency": "EUR"}));
        // 19 % inside 44.88.
        assert_eq!(cart["totals"]["tax_included"]["amount"], 717);
        let rules: Vec<_> = cart["lines"][0]["price"]["breakdown"]
            .as_array()
            .expect("a breakdown")
            .iter()
            .map(|explanation| text(&explanation["rule"]).to_owned())
            .collect();
        assert_eq!(rules, ["price", "tax:DE:standard"]);
    }
}

#[tokio::test]
async fn edits_that_meet_are_all_applied() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10_000);
        let cart = guest.post("/v1/carts", json!({})).await.expect(201);
        let path = format!("/v1/carts/{}/lines", text(&cart["id"]));
        let edits = (0..40).map(|_| guest.post(&path, json!({"variant_id": shirt, "quantity": 1})));
        for answer in join_all(edits).await {
            answer.expect(200);
        }
        let cart = guest.get(&format!("/v1/carts/{}", text(&cart["id"]))).await.expect(200);
        assert_eq!(quantity(&cart), 40, "{}", shop.on());
        assert_eq!(cart["version"], 41);
    }
}

#[tokio::test]
async fn an_edit_of_a_cart_that_has_moved_on_is_refused_and_nothing_is_lost() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest
            .post("/v1/carts", json!({"lines": [{"variant_id": shirt, "quantity": 1}]}))
            .await
            .expect(201);
        let (id, line) = (text(&cart["id"]), text(&cart["lines"][0]["id"]));
        let path = format!("/v1/carts/{id}/lines/{line}");
        guest.patch(&path, json!({"quantity": 3, "version": 1})).await.expect(200);
        let stale = guest.patch(&path, json!({"quantity": 9, "version": 1})).await;
        let problem = stale.refused(409, "cart_version_stale");
        assert_eq!(problem["errors"][0]["field"], "version");
        guest.delete(&format!("{path}?version=1")).await.refused(409, "cart_version_stale");
        assert_eq!(quantity(&guest.get(&format!("/v1/carts/{id}")).await.expect(200)), 3);
        let emptied = guest.delete(&format!("{path}?version=2")).await.expect(200);
        assert_eq!(emptied["lines"], json!([]));
    }
}

#[tokio::test]
async fn of_two_edits_that_saw_the_same_version_one_wins() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.post("/v1/carts", json!({})).await.expect(201);
        let path = format!("/v1/carts/{}/lines", text(&cart["id"]));
        let edit = || guest.post(&path, json!({"variant_id": shirt, "quantity": 1, "version": 1}));
        let answers = join_all((0..8).map(|_| edit())).await;
        let won = answers.iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(won, 1, "{}", shop.on());
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 409)));
    }
}

#[tokio::test]
async fn limits_are_kept() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let unknown = shop.chance.uuid_v4();
        let cart = guest.post("/v1/carts", json!({})).await.expect(201);
        let path = format!("/v1/carts/{}/lines", text(&cart["id"]));
        let add = |variant: Value, quantity: u32| {
            guest.post(&path, json!({"variant_id": variant, "quantity": quantity}))
        };
        add(json!(shirt), 0).await.refused(400, "invalid_request");
        add(json!(shirt), 1_000).await.refused(400, "invalid_request");
        add(json!(unknown), 1).await.refused(422, "variant_not_for_sale");
        add(json!(shirt), 999).await.expect(200);
        add(json!(shirt), 1).await.refused(422, "quantity_out_of_range");
        guest.post("/v1/carts", json!({"currency": "CHF"})).await.refused(422, "currency_not_offered");
        guest.post("/v1/carts", json!({"currency": "eur"})).await.refused(400, "invalid_request");
        let lines: Vec<_> =
            (0..101).map(|_| json!({"variant_id": shop.product.sells(1), "quantity": 1})).collect();
        guest.post("/v1/carts", json!({"lines": lines})).await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_line_that_cannot_be_bought_says_why() {
    for shop in shops().await {
        let (shirt, hat) = (shop.product.sells(3), shop.product.sells(10));
        let cart = shop.guest().fills_cart(&[(shirt, 3), (hat, 1)]).await;
        shop.product.shows(shirt, 2);
        shop.product.unpublishes(hat);
        let cart = shop.guest().get(&format!("/v1/carts/{}", text(&cart["id"]))).await.expect(200);
        assert_eq!(
            (&cart["lines"][0]["problem"], &cart["lines"][0]["available"]),
            (&json!("not_enough_stock"), &json!(2))
        );
        assert_eq!(cart["lines"][1]["problem"], "not_for_sale");
        assert_eq!(cart["totals"]["subtotal"]["amount"], 3 * 1_999);
    }
}

async fn claim(shop: &Shop, cart: &Value, user: souk_types::UserId) -> Option<String> {
    let cart = text(&cart["id"]).parse().expect("an id");
    let cx = souk_rpc::Context::system("gateway");
    let claimed = shop.contract.claim_cart(&cx, ClaimCart { cart, user }).await.expect("claimed");
    claimed.cart.map(|cart| cart.to_string())
}

#[tokio::test]
async fn at_sign_in_a_guests_cart_becomes_the_users_own_and_closed_to_others() {
    for shop in shops().await {
        let (guest, ada) = (shop.guest(), shop.customer());
        let cart = guest.fills_cart(&[(shop.product.sells(10), 2)]).await;
        assert_eq!(claim(&shop, &cart, ada.user()).await.as_deref(), Some(text(&cart["id"])));
        let path = format!("/v1/carts/{}", text(&cart["id"]));
        assert_eq!(quantity(&ada.get(&path).await.expect(200)), 2);
        guest.get(&path).await.refused(404, "not_found");
        shop.customer().get(&path).await.refused(404, "not_found");
        assert_eq!(claim(&shop, &cart, ada.user()).await.as_deref(), Some(text(&cart["id"])));
        assert_eq!(claim(&shop, &cart, shop.customer().user()).await, None);
    }
}

#[tokio::test]
async fn at_sign_in_a_second_cart_is_merged_into_the_users() {
    for shop in shops().await {
        let (guest, ada) = (shop.guest(), shop.customer());
        let (shirt, hat) = (shop.product.sells(2_000), shop.product.sells(10));
        let own = ada.fills_cart(&[(shirt, 990)]).await;
        let other = guest.fills_cart(&[(shirt, 20), (hat, 1)]).await;
        for _ in 0..2 {
            assert_eq!(claim(&shop, &other, ada.user()).await.as_deref(), Some(text(&own["id"])));
            assert_eq!(quantity(&ada.get("/v1/me/cart").await.expect(200)), 999 + 1, "{}", shop.on());
        }
        guest.get(&format!("/v1/carts/{}", text(&other["id"]))).await.refused(409, "cart_spent");
    }
}

#[tokio::test]
async fn somebody_signed_in_has_one_cart() {
    for shop in shops().await {
        let ada = shop.customer();
        let shirt = shop.product.sells(10);
        ada.get("/v1/me/cart").await.refused(404, "not_found");
        shop.guest().get("/v1/me/cart").await.refused(401, "unauthenticated");
        let lines = json!({"lines": [{"variant_id": shirt, "quantity": 1}]});
        let carts = join_all((0..5).map(|_| ada.post("/v1/carts", lines.clone()))).await;
        let ids: std::collections::HashSet<_> =
            carts.iter().map(|answer| text(&answer.json["id"]).to_owned()).collect();
        assert_eq!(ids.len(), 1, "{}", shop.on());
        assert_eq!(quantity(&ada.get("/v1/me/cart").await.expect(200)), 5);
    }
}

#[tokio::test]
async fn a_line_is_named_by_variant_or_by_sku() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let sku = format!("SKU-{shirt}");
        let body = json!({"lines": [{"sku": sku, "quantity": 1}, {"variant_id": shirt, "quantity": 2}]});
        let cart = guest.post("/v1/carts", body).await.expect(201);
        assert_eq!((&cart["lines"][0]["variant_id"], quantity(&cart)), (&json!(shirt), 3), "{}", shop.on());
        let path = format!("/v1/carts/{}/lines", text(&cart["id"]));
        let cart = guest.post(&path, json!({"sku": sku, "quantity": 1})).await.expect(200);
        assert_eq!(quantity(&cart), 4);
        let unknown = guest.post(&path, json!({"sku": "NONE", "quantity": 1})).await;
        assert_eq!(unknown.json["errors"][0]["field"], "sku", "{}", unknown.json);
        guest.post(&path, json!({"quantity": 1})).await.refused(400, "invalid_request");
        let both = json!({"sku": sku, "variant_id": shirt, "quantity": 1});
        guest.post(&path, both).await.refused(400, "invalid_request");
    }
}
