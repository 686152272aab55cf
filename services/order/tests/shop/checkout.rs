use std::collections::HashSet;

use futures::future::join_all;
use http::Method;
use serde_json::json;

use crate::common::{Says, shops, text};

#[tokio::test]
async fn a_cart_becomes_an_order_in_two_commits() {
    for shop in shops().await {
        let ada = shop.customer();
        let shirt = shop.product.sells(10);
        let cart = ada.fills_cart(&[(shirt, 2)]).await;
        let before = shop.db.stats();
        let answer = ada.pays(&cart, &ada.new_key()).await;
        assert_eq!(shop.db.stats().jobs - before.jobs, 2, "{}", shop.on());
        let location = answer.headers["location"].to_str().expect("ASCII").to_owned();
        let order = answer.expect(201);
        assert_eq!(location, format!("/v1/orders/{}", text(&order["id"])));
        assert_eq!((&order["state"], &order["payment_status"]), (&json!("placed"), &json!("authorized")));
        assert_eq!(order["totals"], cart["totals"]);
        assert_eq!(text(&order["number"]).len(), 10);
        assert_eq!(shop.payment.authorized(), 4_488);
        assert_eq!(shop.product.left(shirt), 8);
        assert_eq!(shop.events().await, ["order.placed"]);
        let placed = &shop.envelopes().await[0];
        assert_eq!((placed.sequence, &placed.data.to_value()["locale"]), (1, &json!("de")));
        let cart = ada.get(&format!("/v1/carts/{}", text(&cart["id"]))).await.expect(200);
        assert_eq!((&cart["state"], &cart["order_id"]), (&json!("spent"), &order["id"]));
        ada.get("/v1/me/cart").await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn fifty_requests_with_one_key_make_one_order() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(100);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        let answers = join_all((0..50).map(|_| guest.pays(&cart, &key))).await;
        let bytes: HashSet<Vec<u8>> = answers.iter().map(|answer| answer.bytes.clone()).collect();
        assert!(answers.iter().all(|answer| answer.status == 201), "{}: {:?}", shop.on(), answers[1]);
        assert_eq!(bytes.len(), 1);
        assert_eq!(shop.count("placed").await, 1);
        assert_eq!((shop.product.left(shirt), shop.payment.calls()), (99, 1));
        assert_eq!(shop.events().await, ["order.placed"]);
    }
}

#[tokio::test]
async fn two_keys_at_once_buy_a_cart_once() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(100);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let keys: Vec<_> = (0..10).map(|_| guest.new_key()).collect();
        let answers = join_all(keys.iter().map(|key| guest.pays(&cart, key))).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(won, 1, "{}", shop.on());
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 409)));
        assert_eq!(shop.product.left(shirt), 99);
    }
}

#[tokio::test]
async fn a_lost_reply_is_given_again_byte_for_byte_and_the_key_serves_nothing_else() {
    for shop in shops().await {
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shop.product.sells(10), 1)]).await;
        let key = guest.new_key();
        let first = guest.pays(&cart, &key).await;
        let again = guest.pays(&cart, &key).await;
        assert_eq!((first.status, &first.bytes), (again.status, &again.bytes));
        assert_eq!(first.headers["content-type"], again.headers["content-type"]);
        assert_eq!(again.headers["idempotency-replayed"], "true");
        guest.pays_with(&cart, &key, "tok_other").await.refused(422, "idempotency_key_reused");
        guest.pays(&cart, &guest.new_key()).await.refused(409, "cart_spent");
        assert_eq!(shop.payment.calls(), 1);
        let path = format!("/v1/carts/{}/checkout", text(&cart["id"]));
        let body = json!({"version": 1, "payment": {"provider": "sandbox", "token": "tok"}});
        guest.post(&path, body.clone()).await.refused(400, "invalid_request");
        guest.send(Method::POST, &path, Some("short"), Some(body)).await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn who_was_declined_may_pay_with_another_method() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        shop.payment.next(Says::Declined);
        let key = guest.new_key();
        let declined = guest.pays(&cart, &key).await;
        let problem = declined.clone().refused(402, "payment_declined");
        assert_eq!(problem["errors"][0]["rule"], "insufficient_funds");
        assert_eq!(guest.pays(&cart, &key).await.bytes, declined.bytes);
        // The hold goes back by the event.
        let events = shop.envelopes().await;
        assert_eq!(
            (events[0].kind.as_str(), &events[0].data.to_value()["was_placed"]),
            ("order.canceled", &json!(false))
        );
        assert_eq!(events[0].data.to_value()["reason"], "payment_declined");
        guest.pays_with(&cart, &guest.new_key(), "tok_other").await.expect(201);
        assert_eq!((shop.count("placed").await, shop.count("canceled").await), (1, 1), "{}", shop.on());
    }
}

#[tokio::test]
async fn the_last_shirt_is_sold_once() {
    for shop in shops().await {
        let shirt = shop.product.sells(1);
        // The window is behind the shelf: everybody gets as far as the hold.
        shop.product.shows(shirt, 100);
        let mut carts = Vec::new();
        for _ in 0..5 {
            let guest = shop.guest();
            carts.push((guest.fills_cart(&[(shirt, 1)]).await, guest));
        }
        let pay = carts.iter().map(|(cart, guest)| async move { guest.pays(cart, &guest.new_key()).await });
        let answers = join_all(pay).await;
        let sold = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(sold, 1, "{}", shop.on());
        for late in answers.into_iter().filter(|answer| answer.status != 201) {
            let problem = late.refused(409, "sold_out");
            assert_eq!(problem["errors"][0]["field"], "lines[0].quantity");
        }
        assert_eq!(shop.count("canceled").await, 4);
        let mut open = 0;
        for (cart, guest) in &carts {
            let cart = guest.get(&format!("/v1/carts/{}", text(&cart["id"]))).await.expect(200);
            open += usize::from(cart["state"] == "open");
        }
        assert_eq!(open, 4);
    }
}

#[tokio::test]
async fn what_the_window_says_is_sold_out_does_not_begin_an_order() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(1);
        let cart = guest.fills_cart(&[(shirt, 2)]).await;
        guest.pays(&cart, &guest.new_key()).await.refused(409, "sold_out");
        shop.product.unpublishes(shirt);
        guest.pays(&cart, &guest.new_key()).await.refused(409, "lines_unavailable");
        assert!(shop.events().await.is_empty());
        assert_eq!(shop.count("canceled").await, 0);
    }
}

#[tokio::test]
async fn an_unready_cart_says_all_that_is_missing() {
    for shop in shops().await {
        let guest = shop.guest();
        let cart = guest.post("/v1/carts", json!({})).await.expect(201);
        let problem = guest.pays(&cart, &guest.new_key()).await.refused(422, "cart_incomplete");
        let fields: Vec<_> =
            problem["errors"].as_array().expect("errors").iter().map(|e| text(&e["field"])).collect();
        assert_eq!(fields, ["lines", "email", "shipping_address", "shipping_method"]);
        let cart = guest.fills_cart(&[(shop.product.sells(1), 1)]).await;
        let stale = json!({"version": 1, "id": cart["id"]});
        guest.pays(&stale, &guest.new_key()).await.refused(409, "cart_version_stale");
        shop.customer()
            .pays(&json!({"version": 1, "id": shop.chance.uuid_v4()}), &guest.new_key())
            .await
            .refused(404, "not_found");
    }
}

#[tokio::test]
async fn nobody_pays_another_price_than_they_have_seen() {
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        shop.product.now_costs(shirt, 2_999);
        let body = json!({"version": cart["version"], "expected_total": cart["totals"]["total"],
            "payment": {"provider": "sandbox", "token": "tok"}});
        let path = format!("/v1/carts/{}/checkout", text(&cart["id"]));
        let key = guest.new_key();
        guest.send(Method::POST, &path, Some(&key), Some(body)).await.refused(409, "total_changed");
        let order = guest.pays(&cart, &key).await.expect(201);
        assert_eq!(order["totals"]["subtotal"]["amount"], 2_999);
    }
}

#[tokio::test]
async fn a_payment_that_the_bank_will_never_take_ends_the_attempt() {
    for shop in shops().await {
        let guest = shop.guest();
        let cart = guest.fills_cart(&[(shop.product.sells(10), 1)]).await;
        shop.payment.next(Says::Refused);
        guest.pays(&cart, &guest.new_key()).await.refused(422, "unknown_provider");
        assert_eq!(shop.count("canceled").await, 1);
        guest.pays(&cart, &guest.new_key()).await.expect(201);
    }
}

#[tokio::test]
async fn what_costs_nothing_needs_no_bank() {
    for shop in shops().await {
        let guest = shop.guest();
        let gift = shop.product.sells_at(10, 0);
        let mut config = shop.config.clone();
        config.shipping.iter_mut().for_each(|option| option.prices.values_mut().for_each(|price| *price = 0));
        let shop = shop.reopened(config);
        let cart = guest.fills_cart(&[(gift, 1)]).await;
        let order = shop.guest().pays(&cart, &guest.new_key()).await.expect(201);
        assert_eq!((&order["payment_status"], shop.payment.calls()), (&json!("none"), 0));
    }
}
