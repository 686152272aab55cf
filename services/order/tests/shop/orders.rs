use http::Method;
use serde_json::{Value, json};

use crate::common::{Client, Shop, shops, text};

async fn buys(client: &Client, shop: &Shop, quantity: u32) -> (Value, Value) {
    let bought = client.buys(shop.product.sells(10), quantity).await;
    (bought["order"].clone(), bought["cart"].clone())
}

#[tokio::test]
async fn a_customer_sees_own_orders_newest_first_and_nobody_elses() {
    for shop in shops().await {
        let (ada, eve) = (shop.customer(), shop.customer());
        let mut ids = Vec::new();
        for _ in 0..3 {
            shop.clock.turn(std::time::Duration::from_secs(1));
            ids.insert(0, buys(&ada, &shop, 1).await.0["id"].clone());
        }
        let first = ada.get("/v1/me/orders?limit=2").await.expect(200);
        let next = format!("/v1/me/orders?limit=2&cursor={}", text(&first["next_cursor"]));
        let second = ada.get(&next).await.expect(200);
        let seen: Vec<_> = [&first, &second]
            .into_iter()
            .flat_map(|page| page["items"].as_array().cloned().unwrap_or_default())
            .map(|order| order["id"].clone())
            .collect();
        assert_eq!(seen, ids, "{}", shop.on());
        assert!(second.get("next_cursor").is_none());
        assert_eq!(eve.get("/v1/me/orders").await.expect(200)["items"], json!([]));
        let path = format!("/v1/orders/{}", text(&ids[0]));
        let order = ada.get(&path).await.expect(200);
        let told: Vec<_> = order["timeline"]
            .as_array()
            .expect("a timeline")
            .iter()
            .map(|e| (text(&e["what"]), text(&e["actor"])))
            .collect();
        assert_eq!(told, [("placing", "customer"), ("placed", "customer")]);
        eve.get(&path).await.refused(404, "not_found");
        eve.post(&format!("{path}/cancel"), json!({})).await.refused(404, "not_found");
        shop.guest().get(&path).await.refused(404, "not_found");
        ada.get("/v1/admin/orders").await.refused(403, "forbidden");
        shop.guest().get("/v1/admin/orders").await.refused(401, "unauthenticated");
        ada.get("/v1/me/orders?limit=0").await.refused(400, "invalid_request");
        ada.get("/v1/me/orders?cursor=zz").await.refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_guest_finds_the_order_by_its_cart_or_by_number_and_address() {
    for shop in shops().await {
        let guest = shop.guest();
        let (order, cart) = buys(&guest, &shop, 1).await;
        let path = format!("/v1/orders/{}", text(&order["id"]));
        guest.get(&path).await.refused(404, "not_found");
        guest.get(&format!("{path}?cart={}", text(&cart["id"]))).await.expect(200);
        guest.get(&format!("{path}?cart={}", shop.chance.uuid_v4())).await.refused(404, "not_found");
        let number = text(&order["number"]);
        let typed = format!("{}-{}", number[..5].to_lowercase(), &number[5..]);
        let ask = |number: String, email: &str| {
            let body = json!({"number": number, "email": email});
            let guest = &guest;
            async move { guest.post("/v1/orders/lookup", body).await }
        };
        assert_eq!(ask(typed.clone(), "Ada@Example.com").await.expect(200)["id"], order["id"]);
        let wrong_email = ask(typed, "eve@example.com").await;
        let wrong_number = ask("0000000000".to_owned(), "ada@example.com").await;
        assert_eq!(wrong_email.bytes, wrong_number.bytes);
        assert_eq!(wrong_email.status, 404);
    }
}

#[tokio::test]
async fn a_buyer_may_cancel_until_a_parcel_has_left() {
    for shop in shops().await {
        let (ada, staff) = (shop.customer(), shop.staff());
        let (order, _) = buys(&ada, &shop, 2).await;
        let path = format!("/v1/orders/{}/cancel", text(&order["id"]));
        for _ in 0..2 {
            let canceled = ada.send(Method::POST, &path, None, None).await.expect(200);
            assert_eq!(
                (&canceled["state"], &canceled["canceled_reason"]),
                (&json!("canceled"), &json!("customer"))
            );
        }
        let events = shop.envelopes().await;
        assert_eq!(shop.events().await, ["order.placed", "order.canceled"], "{}", shop.on());
        assert_eq!((events[1].sequence, &events[1].data.to_value()["was_placed"]), (2, &json!(true)));

        let (order, cart) = buys(&shop.guest(), &shop, 2).await;
        let id = text(&order["id"]);
        let parcel =
            json!({"carrier": "DHL", "lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]});
        staff.post(&format!("/v1/admin/orders/{id}/shipments"), parcel).await.expect(201);
        let by_cart = format!("/v1/orders/{id}/cancel?cart={}", text(&cart["id"]));
        shop.guest().send(Method::POST, &by_cart, None, None).await.refused(409, "order_already_shipped");
        let by_staff = format!("/v1/admin/orders/{id}/cancel");
        staff.post(&by_staff, json!({"note": "sorry"})).await.refused(409, "order_already_shipped");
        ada.post(&by_staff, json!({})).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn parcels_leave_one_by_one_and_never_hold_too_much() {
    for shop in shops().await {
        let staff = shop.staff();
        let (order, _) = buys(&shop.guest(), &shop, 3).await;
        let path = format!("/v1/admin/orders/{}/shipments", text(&order["id"]));
        let line = &order["lines"][0]["id"];
        let of = |quantity: u32| {
            json!({"carrier": "DHL", "tracking_number": "JD0001", "tracking_url": "https://dhl.example/JD0001",
                "lines": [{"line_id": line, "quantity": quantity}]})
        };
        staff.post(&path, of(4)).await.refused(409, "more_than_left");
        let partial = staff.post(&path, of(1)).await.expect(201);
        assert_eq!(
            (&partial["fulfillment_status"], &partial["lines"][0]["shipped"]),
            (&json!("partial"), &json!(1))
        );
        assert_eq!(partial["shipments"][0]["tracking_number"], "JD0001");
        // Many parcels at once: two units are left.
        let at_once = futures::future::join_all((0..6).map(|_| staff.post(&path, of(1)))).await;
        let left = at_once.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(left, 2, "{}", shop.on());
        let order = staff.get(path.trim_end_matches("/shipments")).await.expect(200);
        assert_eq!(
            (&order["fulfillment_status"], &order["lines"][0]["shipped"]),
            (&json!("fulfilled"), &json!(3))
        );
        staff.post(&path, json!({"carrier": "DHL"})).await.refused(409, "nothing_to_ship");
        let shipped: Vec<_> =
            shop.envelopes().await.into_iter().filter(|e| e.kind == "order.shipped").collect();
        let complete: Vec<_> =
            shipped.iter().map(|event| event.data.to_value()["complete"].clone()).collect();
        assert_eq!(complete, [json!(false), json!(false), json!(true)]);
        staff
            .post(&path, json!({"carrier": "DHL", "lines": [{"line_id": line, "quantity": 0}]}))
            .await
            .refused(400, "invalid_request");
    }
}

#[tokio::test]
async fn staff_find_orders_by_what_they_know() {
    for shop in shops().await {
        let staff = shop.staff();
        let (first, _) = buys(&shop.guest(), &shop, 1).await;
        let (second, _) = buys(&shop.customer(), &shop, 2).await;
        let found = |query: String| {
            let staff = &staff;
            async move {
                let page = staff.get(&format!("/v1/admin/orders?{query}")).await.expect(200);
                let ids = page["items"].as_array().expect("items").iter().map(|order| order["id"].clone());
                ids.collect::<Vec<_>>()
            }
        };
        assert_eq!(found(format!("number={}", text(&second["number"]))).await, [second["id"].clone()]);
        assert_eq!(found("state=placed&email=ada@example.com".to_owned()).await.len(), 2);
        assert_eq!(found("state=canceled".to_owned()).await.len(), 0);
        assert_eq!(
            found("payment_status=authorized&fulfillment_status=unfulfilled".to_owned()).await.len(),
            2
        );
        staff.get("/v1/admin/orders?state=lost").await.refused(400, "invalid_request");
        staff.get("/v1/admin/orders?color=red").await.refused(400, "invalid_request");
        let seen = staff.get(&format!("/v1/admin/orders/{}", text(&first["id"]))).await.expect(200);
        assert_eq!(seen["number"], first["number"]);
    }
}
