//! Money that goes back part by part.

use http::Method;
use serde_json::{Value, json};
use souk_contract::events::PaymentCaptured;
use souk_types::{Currency, Money, OrderId, PaymentId};

use crate::common::{START, Shop, shops, text};

async fn paid(shop: &Shop) -> Value {
    let rule = json!({"title": "A third", "effect": {"type": "percent_off", "basis_points": 3333}});
    shop.staff().post("/v1/admin/promotions", rule).await.expect(201);
    let (shirt, hat) = (shop.product.sells(10), shop.product.sells_at(10, 1_001));
    let guest = shop.guest();
    let cart = guest.fills_cart(&[(shirt, 2), (hat, 2)]).await;
    let order = guest.pays(&cart, &guest.new_key()).await.expect(201);
    let id: OrderId = text(&order["id"]).parse().expect("an id");
    let amount = Money::new(order["totals"]["total"]["amount"].as_i64().expect("a number"), Currency::EUR);
    let payment = PaymentId::new(&shop.chance, START);
    shop.happens(&PaymentCaptured { payment, order: id, amount }, 1).await;
    order
}

#[tokio::test]
async fn each_line_and_the_shipping_one_after_another_give_back_exactly_what_was_paid() {
    for shop in shops().await {
        let order = paid(&shop).await;
        let staff = shop.staff();
        let path = format!("/v1/admin/orders/{}/refunds", text(&order["id"]));
        let refund =
            async |body: Value| staff.send(Method::POST, &path, Some(&staff.new_key()), Some(body)).await;
        let line = |at: usize, quantity: u32| json!({"lines": [{"line_id": order["lines"][at]["id"], "quantity": quantity}], "reason": "worn"});
        let mut sums = [0; 3];
        for body in [line(0, 1), line(1, 2), json!({"shipping": true, "reason": "late"}), line(0, 1)] {
            let back = refund(body).await.expect(201);
            let parts = &back["parts"];
            assert_eq!(back["amount"], parts["amount"]);
            for (sum, field) in sums.iter_mut().zip(["amount", "tax", "discount"]) {
                *sum += parts[field]["amount"].as_i64().expect("a number");
            }
        }
        let totals = |field: &str| order["totals"][field]["amount"].as_i64().expect("a number");
        assert_eq!(sums, [totals("total"), totals("tax_included"), totals("discount")], "{}", shop.on());
        refund(line(0, 1)).await.refused(409, "line_returned");
        refund(json!({"shipping": true, "reason": "late"})).await.refused(409, "shipping_returned");
        let seen = staff.get(&format!("/v1/admin/orders/{}", text(&order["id"]))).await.expect(200);
        assert_eq!(seen["refunds"].as_array().map(Vec::len), Some(4));
    }
}

#[tokio::test]
async fn a_refund_names_an_amount_or_parts_and_comes_once_per_key() {
    for shop in shops().await {
        let order = paid(&shop).await;
        let staff = shop.staff();
        let path = format!("/v1/admin/orders/{}/refunds", text(&order["id"]));
        let line = json!({"line_id": order["lines"][0]["id"], "quantity": 1});
        let amount = json!({"amount": 1, "currency": "EUR"});
        for wrong in [
            json!({"reason": "why"}),
            json!({"amount": amount, "lines": [line], "reason": "why"}),
            json!({"amount": amount, "shipping": true, "reason": "why"}),
            json!({"lines": [line, line], "reason": "why"}),
        ] {
            let key = staff.new_key();
            staff.send(Method::POST, &path, Some(&key), Some(wrong)).await.refused(422, "refund_unclear");
        }
        let none = json!({"lines": [{"line_id": order["lines"][0]["id"], "quantity": 0}], "reason": "why"});
        let key = staff.new_key();
        staff.send(Method::POST, &path, Some(&key), Some(none)).await.refused(400, "invalid_request");
        let unknown = json!({"lines": [{"line_id": order["id"], "quantity": 1}], "reason": "why"});
        let key = staff.new_key();
        staff.send(Method::POST, &path, Some(&key), Some(unknown)).await.refused(422, "no_such_line");
        let body = json!({"lines": [line], "reason": "why"});
        let key = staff.new_key();
        let first = staff.send(Method::POST, &path, Some(&key), Some(body.clone())).await;
        let again = staff.send(Method::POST, &path, Some(&key), Some(body)).await;
        assert_eq!((first.status.as_u16(), &first.bytes, shop.payment.refunds()), (201, &again.bytes, 1));
    }
}

#[tokio::test]
async fn of_many_who_give_back_the_same_line_at_once_one_does() {
    for shop in shops().await {
        let order = paid(&shop).await;
        let staff = shop.staff();
        let path = format!("/v1/admin/orders/{}/refunds", text(&order["id"]));
        let body = json!({"lines": [{"line_id": order["lines"][1]["id"], "quantity": 2}], "reason": "why"});
        let keys: Vec<String> = (0..8).map(|_| staff.new_key()).collect();
        let asks = keys.iter().map(|key| staff.send(Method::POST, &path, Some(key), Some(body.clone())));
        let answers = futures::future::join_all(asks).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!((won, shop.payment.refunds()), (1, 1), "{}", shop.on());
    }
}
