//! Promotions, as staff make them and buyers use them.

use std::time::Duration;

use serde_json::{Value, json};
use souk_contract::order::ReplayPrices;
use souk_order::OrderConfig;

use crate::common::{Client, Says, Shop, shops, text};

async fn makes(shop: &Shop, rule: Value) -> Value {
    shop.staff().post("/v1/admin/promotions", rule).await.expect(201)
}

fn ten_percent(code: &str) -> Value {
    json!({"title": "Spring", "code": code, "effect": {"type": "percent_off", "basis_points": 1000}})
}

async fn names(client: &Client, cart: &Value, code: &str) -> Value {
    client.put(&format!("/v1/carts/{}/codes/{code}", text(&cart["id"])), json!({})).await.expect(200)
}

fn code_of(cart: &Value) -> &Value {
    &cart["codes"][0]
}

#[tokio::test]
async fn a_code_makes_the_cart_and_the_order_cheaper_and_both_say_so() {
    for shop in shops().await {
        makes(&shop, ten_percent("Spring")).await;
        let shirt = shop.product.sells(10);
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 2)]).await;
        let cart = names(&guest, &cart, "sPRiNG").await;
        assert_eq!(*code_of(&cart), json!({"code": "SPRING", "applied": true}));
        assert_eq!(cart["totals"]["discount"]["amount"], 400);
        assert_eq!(cart["promotions"][0]["amount"]["amount"], 400);
        let order = guest.pays(&cart, &guest.new_key()).await.expect(201);
        assert_eq!(order["totals"]["total"]["amount"], 3998 - 400 + 490);
        assert_eq!(order["promotions"][0]["title"], "Spring");
        assert_eq!(order["tax_lines"][0]["rule"], "tax:DE:standard");
        let placed = shop.envelopes().await.into_iter().find(|envelope| envelope.kind == "order.placed");
        let placed = placed.expect("stated").data.to_value();
        assert_eq!(placed["totals"]["discount"]["amount"], 400);
    }
}

#[tokio::test]
async fn an_order_keeps_its_promotion_when_the_shop_takes_it_away() {
    for shop in shops().await {
        let promotion = makes(&shop, ten_percent("GONE")).await;
        let shirt = shop.product.sells(10);
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&guest, &cart, "GONE").await;
        let order = guest.pays(&cart, &guest.new_key()).await.expect(201);
        let path = format!("/v1/admin/promotions/{}", text(&promotion["id"]));
        shop.staff().delete(&format!("{path}?version=7")).await.refused(409, "version_stale");
        shop.staff().delete(&format!("{path}?version=1")).await.expect(204);
        shop.staff().get(&path).await.refused(404, "not_found");
        let kept = shop.staff().get(&format!("/v1/admin/orders/{}", text(&order["id"]))).await.expect(200);
        assert_eq!(kept["promotions"], order["promotions"]);
        // Who still has the code in a cart is told that it is unknown now.
        let other = guest.fills_cart(&[(shirt, 1)]).await;
        let path = format!("/v1/carts/{}/codes/GONE", text(&other["id"]));
        guest.put(&path, json!({})).await.refused(422, "promotion_code_unknown");
    }
}

#[tokio::test]
async fn a_code_that_does_not_apply_stays_and_says_why() {
    for shop in shops().await {
        let rule = json!({"title": "Big", "code": "BIG", "conditions": {"amount_min": {"EUR": 5000}},
            "effect": {"type": "amount_off", "amounts": {"EUR": 1000}}});
        makes(&shop, rule).await;
        let shirt = shop.product.sells(10);
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&guest, &cart, "BIG").await;
        assert_eq!(code_of(&cart)["reason"], "below_amount");
        assert_eq!(code_of(&cart)["detail"], "30.01 EUR more of its goods are needed");
        let path = format!("/v1/carts/{}", text(&cart["id"]));
        let explained = guest.get(&format!("{path}?explain=1")).await.expect(200);
        let steps = explained["explanation"].as_array().expect("steps");
        let step = steps.iter().find(|step| step["rule"] == "promotion:BIG").expect("the promotion");
        assert_eq!((&step["applied"], &step["reason"]), (&json!(false), &json!("below_amount")));
        assert!(guest.get(&path).await.expect(200).get("explanation").is_none());
        guest.get(&format!("{path}?explain=2")).await.refused(400, "invalid_request");
        let cart = guest.delete(&format!("{path}/codes/big")).await.expect(200);
        assert_eq!(cart["codes"], json!([]));
        guest.delete(&format!("{path}/codes/BIG")).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_code_belongs_to_one_promotion_in_either_case() {
    for shop in shops().await {
        makes(&shop, ten_percent("ONE")).await;
        shop.staff()
            .post("/v1/admin/promotions", ten_percent("one"))
            .await
            .refused(409, "promotion_code_taken");
        // Lists are sorted by age, and this clock stands still.
        shop.clock.turn(Duration::from_millis(1));
        let two = makes(&shop, ten_percent("TWO")).await;
        let path = format!("/v1/admin/promotions/{}", text(&two["id"]));
        let staff = shop.staff();
        staff
            .put(&format!("{path}?version=1"), ten_percent("One"))
            .await
            .refused(409, "promotion_code_taken");
        let changed = staff.put(&format!("{path}?version=1"), ten_percent("THREE")).await.expect(200);
        assert_eq!(changed["version"], 2);
        staff.put(&format!("{path}?version=1"), ten_percent("FOUR")).await.refused(409, "version_stale");
        let listed = staff.get("/v1/admin/promotions?limit=1").await.expect(200);
        assert_eq!(listed["items"][0]["rule"]["code"], "THREE");
        let next = format!("/v1/admin/promotions?limit=1&cursor={}", text(&listed["next_cursor"]));
        assert_eq!(staff.get(&next).await.expect(200)["items"][0]["rule"]["code"], "ONE");
        shop.customer().post("/v1/admin/promotions", ten_percent("MINE")).await.refused(403, "forbidden");
        let wrong = json!({"title": "", "effect": {"type": "percent_off", "basis_points": 0}});
        let refused = staff.post("/v1/admin/promotions", wrong).await.refused(400, "invalid_request");
        let fields: Vec<_> =
            refused["errors"].as_array().expect("errors").iter().map(|e| &e["field"]).collect();
        assert_eq!(fields, ["title", "effect.basis_points"]);
    }
}

#[tokio::test]
async fn a_canceled_order_gives_its_use_back() {
    for shop in shops().await {
        let mut rule = ten_percent("ONCE");
        rule["uses_max"] = json!(1);
        let promotion = makes(&shop, rule).await;
        let shirt = shop.product.sells(10);
        let ada = shop.guest();
        let cart = ada.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&ada, &cart, "ONCE").await;
        let order = ada.pays(&cart, &ada.new_key()).await.expect(201);
        let uses = async || {
            let path = format!("/v1/admin/promotions/{}", text(&promotion["id"]));
            shop.staff().get(&path).await.expect(200)["uses"].clone()
        };
        assert_eq!(uses().await, 1);
        let other = ada.fills_cart(&[(shirt, 1)]).await;
        let other = names(&ada, &other, "ONCE").await;
        assert_eq!(code_of(&other)["reason"], "used_up");
        let path = format!("/v1/admin/orders/{}/cancel", text(&order["id"]));
        for _ in 0..2 {
            shop.staff().post(&path, json!({})).await.expect(200);
        }
        assert_eq!(uses().await, 0);
        let other = ada.get(&format!("/v1/carts/{}", text(&other["id"]))).await.expect(200);
        assert_eq!(code_of(&other)["applied"], true);
        ada.pays(&other, &ada.new_key()).await.expect(201);
        assert_eq!(uses().await, 1);
    }
}

#[tokio::test]
async fn a_declined_payment_gives_the_use_back_too() {
    for shop in shops().await {
        let mut rule = ten_percent("ONCE");
        rule["uses_max"] = json!(1);
        makes(&shop, rule).await;
        let shirt = shop.product.sells(10);
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&guest, &cart, "ONCE").await;
        shop.payment.next(Says::Declined);
        guest.pays(&cart, &guest.new_key()).await.refused(402, "payment_declined");
        let order = guest.pays(&cart, &guest.new_key()).await.expect(201);
        assert_eq!(order["totals"]["discount"]["amount"], 200);
    }
}

#[tokio::test]
async fn a_customer_uses_a_code_as_often_as_they_may() {
    for shop in shops().await {
        let mut rule = ten_percent("WELCOME");
        rule["uses_per_customer_max"] = json!(1);
        makes(&shop, rule).await;
        let shirt = shop.product.sells(10);
        for client in [shop.guest(), shop.customer()] {
            let cart = client.fills_cart(&[(shirt, 1)]).await;
            let cart = names(&client, &cart, "WELCOME").await;
            client.pays(&cart, &client.new_key()).await.expect(201);
            let again = client.fills_cart(&[(shirt, 1)]).await;
            let again = names(&client, &again, "WELCOME").await;
            assert_eq!(code_of(&again)["reason"], "used_up_by_customer");
        }
    }
}

/// Buyers who all name the one use of a code, at once.
async fn one_of_many_wins(shop: &Shop, code: &str, buyers: usize) {
    let mut rule = ten_percent(code);
    rule["uses_max"] = json!(1);
    let promotion = makes(shop, rule).await;
    let shirt = shop.product.sells(1000);
    let mut carts = Vec::new();
    for _ in 0..buyers {
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&guest, &cart, code).await;
        carts.push((guest, cart));
    }
    let checkouts = carts.iter().map(|(guest, cart)| async {
        let body = json!({"version": cart["version"], "expected_total": cart["totals"]["total"],
            "payment": {"provider": "sandbox", "token": "tok_approved"}});
        let path = format!("/v1/carts/{}/checkout", text(&cart["id"]));
        guest.send(http::Method::POST, &path, Some(&guest.new_key()), Some(body)).await
    });
    let answers = futures::future::join_all(checkouts).await;
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(won, 1, "on {}", shop.on());
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        let code = answer.json["code"].as_str();
        assert!(matches!(code, Some("promotion_used_up" | "total_changed")), "{:?}", answer.json);
    }
    let path = format!("/v1/admin/promotions/{}", text(&promotion["id"]));
    assert_eq!(shop.staff().get(&path).await.expect(200)["uses"], 1);
}

#[tokio::test]
async fn of_two_hundred_checkouts_with_one_single_use_code_one_wins() {
    for shop in shops().await {
        for round in 0..2 {
            one_of_many_wins(&shop, &format!("GOLD{round}"), 200).await;
        }
    }
}

/// Part of `make soak`.
#[tokio::test]
#[ignore = "takes minutes"]
async fn of_two_hundred_checkouts_one_has_the_single_use_code_a_hundred_times() {
    for shop in shops().await {
        for round in 0..100 {
            one_of_many_wins(&shop, &format!("GOLD{round}"), 200).await;
        }
    }
}

#[tokio::test]
async fn another_replica_sells_by_the_newest_promotions() {
    for shop in shops().await {
        let promotion = makes(&shop, ten_percent("NEW")).await;
        let shirt = shop.product.sells(10);
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let cart = names(&guest, &cart, "NEW").await;
        // A second process on the same database changes the rule; the first one is not told.
        let replica = shop.reopened(OrderConfig { sweep_seconds: 1, ..OrderConfig::default() });
        let path = format!("/v1/admin/promotions/{}?version=1", text(&promotion["id"]));
        let rule = json!({"title": "Spring", "code": "NEW", "effect": {"type": "percent_off", "basis_points": 5000}});
        replica.staff().put(&path, rule).await.expect(200);
        let order = guest.pays(&cart, &guest.new_key()).await.expect(201);
        assert_eq!(order["totals"]["discount"]["amount"], 1000);
    }
}

#[tokio::test]
async fn a_cart_has_ten_codes_at_most() {
    for shop in shops().await {
        let guest = shop.guest();
        let cart = guest.post("/v1/carts", json!({})).await.expect(201);
        for n in 0..11 {
            makes(&shop, ten_percent(&format!("C{n}"))).await;
        }
        for n in 0..10 {
            names(&guest, &cart, &format!("C{n}")).await;
        }
        names(&guest, &cart, "c9").await;
        let path = format!("/v1/carts/{}/codes/C10", text(&cart["id"]));
        guest.put(&path, json!({})).await.refused(422, "too_many_codes");
    }
}

#[tokio::test]
async fn promotions_of_a_file_are_tried_on_the_carts_of_the_shop_before_they_count() {
    for shop in shops().await {
        let shirt = shop.product.sells(1000);
        let guest = shop.guest();
        let mut carts = Vec::new();
        for units in [1, 2, 2] {
            carts.push(guest.fills_cart(&[(shirt, units)]).await);
        }
        let rules = json!([{"title": "Two", "conditions": {"quantity_min": 2},
            "effect": {"type": "amount_off", "amounts": {"EUR": 100}}}]);
        let cx = souk_rpc::Context::system("test");
        let (mut after, mut pages, mut changes) = (None, 0, Vec::new());
        loop {
            let request = ReplayPrices { rules: rules.to_string(), after, limit: 2 };
            let page = shop.contract.replay_prices(&cx, request).await.expect("replayed");
            pages += 1;
            changes.extend(page.changes);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((pages, changes.len()), (2, 2), "{}", shop.on());
        for change in changes {
            assert_eq!((change.before.amount, change.after.amount), (4488, 4388));
            assert_eq!(change.promotions_after, ["Two"]);
        }
        let now = guest.get(&format!("/v1/carts/{}", text(&carts[1]["id"]))).await.expect(200);
        assert_eq!(now["totals"]["total"]["amount"], 4488);
        let wrong = ReplayPrices { rules: "[{}]".to_owned(), after: None, limit: 2 };
        shop.contract.replay_prices(&cx, wrong).await.expect_err("no rule");
    }
}
