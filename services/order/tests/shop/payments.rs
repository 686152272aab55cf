use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use souk_contract::events::*;
use souk_contract::product::Shortage;
use souk_types::{Currency, Money, OrderId, PaymentId, RefundId, VariantId};

use crate::common::{START, Says, Shop, shops, text};

/// An order that waits for its payment.
async fn waits(shop: &Shop, says: Says, variant: VariantId) -> (Value, Value) {
    let guest = shop.guest();
    let cart = guest.fills_cart(&[(variant, 1)]).await;
    shop.payment.next(says);
    let order = guest.pays(&cart, &guest.new_key()).await.expect(202);
    assert_eq!(order["state"], "awaiting_payment");
    (order, cart)
}

async fn now(shop: &Shop, order: &Value) -> Value {
    shop.staff().get(&format!("/v1/admin/orders/{}", text(&order["id"]))).await.expect(200)
}

fn id(order: &Value) -> OrderId {
    text(&order["id"]).parse().expect("an id")
}

fn payment(shop: &Shop) -> PaymentId {
    PaymentId::new(&shop.chance, START)
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

#[tokio::test]
async fn a_buyer_who_confirms_gets_the_order() {
    for shop in shops().await {
        let (order, _) = waits(&shop, Says::NeedsBuyer, shop.product.sells(10)).await;
        assert_eq!(order["next_action"], json!({"type": "redirect", "url": "https://bank.example/3ds"}));
        assert!(shop.events().await.is_empty());
        let authorized = PaymentAuthorized { payment: payment(&shop), order: id(&order), amount: eur(2_489) };
        shop.happens(&authorized, 1).await;
        // A webhook that comes twice, as another event.
        shop.happens(&authorized, 2).await;
        let order = now(&shop, &order).await;
        assert_eq!((&order["state"], &order["payment_status"]), (&json!("placed"), &json!("authorized")));
        assert!(order.get("next_action").is_none());
        assert_eq!(shop.events().await, ["order.placed"], "{}", shop.on());
    }
}

#[tokio::test]
async fn an_answer_that_is_unknown_is_no_failure() {
    for shop in shops().await {
        let (order, _) = waits(&shop, Says::Unknown, shop.product.sells(10)).await;
        assert_eq!(order["payment_status"], "unknown");
        let captured = PaymentCaptured { payment: payment(&shop), order: id(&order), amount: eur(2_489) };
        shop.happens(&captured, 1).await;
        let order = now(&shop, &order).await;
        assert_eq!((&order["state"], &order["payment_status"]), (&json!("placed"), &json!("captured")));
    }
}

#[tokio::test]
async fn a_late_decline_cancels_the_order_and_opens_the_cart_again() {
    for shop in shops().await {
        let (order, cart) = waits(&shop, Says::NeedsBuyer, shop.product.sells(10)).await;
        let reason = "authentication_failed".to_owned();
        let declined = PaymentDeclined { payment: payment(&shop), order: id(&order), reason };
        shop.happens(&declined, 1).await;
        let order = now(&shop, &order).await;
        assert_eq!(
            (&order["state"], &order["canceled_reason"]),
            (&json!("canceled"), &json!("payment_declined"))
        );
        assert_eq!(shop.events().await, ["order.canceled"]);
        let guest = shop.guest();
        guest.pays(&cart, &guest.new_key()).await.expect(201);
    }
}

#[tokio::test]
async fn money_and_parcels_complete_an_order() {
    for shop in shops().await {
        let order = shop.guest().buys(shop.product.sells(10), 1).await["order"].clone();
        let captured = PaymentCaptured { payment: payment(&shop), order: id(&order), amount: eur(2_489) };
        shop.happens(&captured, 1).await;
        assert_eq!(now(&shop, &order).await["payment_status"], "captured");
        let path = format!("/v1/admin/orders/{}/shipments", id(&order));
        let done = shop.staff().post(&path, json!({"carrier": "DHL"})).await.expect(201);
        assert_eq!(done["state"], "completed", "{}", shop.on());
    }
}

#[tokio::test]
async fn what_is_not_paid_in_time_is_canceled_and_a_later_authorization_changes_nothing() {
    for shop in shops().await {
        let (order, cart) = waits(&shop, Says::Unknown, shop.product.sells(10)).await;
        shop.sweep().await;
        assert_eq!(now(&shop, &order).await["state"], "awaiting_payment");
        shop.clock.turn(Duration::from_secs(60 * u64::from(shop.config.payment_minutes)));
        shop.sweep().await;
        let expired = now(&shop, &order).await;
        assert_eq!(expired["canceled_reason"], "payment_expired");
        let authorized = PaymentAuthorized { payment: payment(&shop), order: id(&order), amount: eur(2_489) };
        shop.happens(&authorized, 1).await;
        assert_eq!(now(&shop, &order).await["state"], "canceled");
        assert_eq!(shop.events().await, ["order.canceled"], "{}", shop.on());
        let guest = shop.guest();
        guest.pays(&cart, &guest.new_key()).await.expect(201);
    }
}

#[tokio::test]
async fn stock_that_went_to_somebody_else_cancels_the_order() {
    for shop in shops().await {
        let variant = shop.product.sells(10);
        let order = shop.guest().buys(variant, 1).await["order"].clone();
        let shortages = vec![Shortage { variant, requested: 1, available: 0 }];
        shop.happens(&StockAllocationFailed { order: id(&order), shortages }, 1).await;
        let voided = PaymentVoided { payment: payment(&shop), order: id(&order), amount: eur(2_489) };
        shop.happens(&voided, 1).await;
        let order = now(&shop, &order).await;
        assert_eq!(
            (&order["canceled_reason"], &order["payment_status"]),
            (&json!("sold_out"), &json!("voided"))
        );
        let canceled = &shop.envelopes().await[1];
        assert_eq!(
            (canceled.kind.as_str(), &canceled.data.to_value()["was_placed"]),
            ("order.canceled", &json!(true))
        );
    }
}

#[tokio::test]
async fn staff_give_money_back_once_per_key_and_not_more_than_was_paid() {
    for shop in shops().await {
        let (staff, paid) = (shop.staff(), payment(&shop));
        let order = shop.guest().buys(shop.product.sells(10), 1).await["order"].clone();
        let path = format!("/v1/admin/orders/{}/refunds", id(&order));
        let refund = |key: String, amount: i64| {
            let body = json!({"amount": {"amount": amount, "currency": "EUR"}, "reason": "late"});
            let (staff, path) = (&staff, &path);
            async move { staff.send(Method::POST, path, Some(&key), Some(body)).await }
        };
        refund(staff.new_key(), 100).await.refused(409, "order_not_paid");
        let captured = PaymentCaptured { payment: paid, order: id(&order), amount: eur(2_489) };
        shop.happens(&captured, 1).await;
        refund(staff.new_key(), 2_490).await.refused(422, "refund_too_large");
        refund(staff.new_key(), 0).await.refused(400, "invalid_request");
        let key = staff.new_key();
        let first = refund(key.clone(), 100).await;
        assert_eq!(refund(key, 100).await.bytes, first.bytes);
        assert_eq!((first.status.as_u16(), shop.payment.refunds()), (201, 1));
        let refunded = |total, part| PaymentRefunded {
            payment: paid,
            order: id(&order),
            refund: RefundId::new(&shop.chance, START),
            amount: eur(part),
            refunded_total: eur(total),
            reason: "late".to_owned(),
        };
        shop.happens(&refunded(100, 100), 2).await;
        let seen = now(&shop, &order).await;
        assert_eq!(
            (&seen["payment_status"], &seen["refunded"]["amount"]),
            (&json!("partially_refunded"), &json!(100))
        );
        shop.happens(&refunded(2_489, 2_389), 3).await;
        assert_eq!(now(&shop, &order).await["payment_status"], "refunded");
        let events = shop.events().await;
        assert_eq!(events, ["order.placed", "order.refunded", "order.refunded"], "{}", shop.on());
        let told: Vec<_> =
            seen["timeline"].as_array().expect("a timeline").iter().map(|e| text(&e["what"])).collect();
        assert_eq!(told, ["placing", "placed", "payment.captured", "refund.requested", "payment.refunded"]);
        shop.customer().post(&path, json!({})).await.refused(400, "invalid_request");
    }
}
