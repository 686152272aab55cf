//! What orders do to the stock by way of events.

use std::time::Duration;

use souk_contract::Address;
use souk_contract::events::{
    OrderCanceled, OrderPlaced, OrderShipped, OrderTotals, OrderedLine, ROUTES, ShippedLine,
};
use souk_db::args;
use souk_types::{Currency, Money, OrderId, ShipmentId, Timestamp, VariantId};

use crate::support::{Shop, eventually, on_both};

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

fn placed(order: OrderId, variant: VariantId, quantity: u32) -> OrderPlaced {
    let line = OrderedLine {
        variant,
        sku: "TEE-M".to_owned(),
        title: "Tee".to_owned(),
        variant_title: String::new(),
        quantity,
        unit_price: eur(1),
        total: eur(i64::from(quantity)),
    };
    let address = serde_json::json!({ "name": "Ada", "line1": "1 Main St", "city": "Berlin", "postal_code": "10115", "country": "DE" });
    OrderPlaced {
        order,
        number: "1".to_owned(),
        user: None,
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        placed_at: Timestamp(0),
        lines: vec![line],
        totals: OrderTotals {
            subtotal: eur(1),
            discount: eur(0),
            shipping: eur(0),
            tax: eur(0),
            tax_included: eur(0),
            rounding: None,
            total: eur(1),
        },
        shipping_address: serde_json::from_value::<Address>(address).expect("an address"),
        shipping_method: "standard".to_owned(),
    }
}

fn canceled(order: OrderId) -> OrderCanceled {
    OrderCanceled {
        order,
        number: "1".to_owned(),
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        reason: "customer".to_owned(),
        was_placed: true,
        total: eur(1),
    }
}

fn shipped(shop: &Shop, order: OrderId, variant: VariantId, quantity: u32) -> OrderShipped {
    let line = ShippedLine { variant, sku: "TEE-M".to_owned(), title: "Tee".to_owned(), quantity };
    OrderShipped {
        order,
        number: "1".to_owned(),
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        shipment: ShipmentId::new(&shop.chance, shop.clock.now()),
        carrier: "DHL".to_owned(),
        tracking_number: None,
        tracking_url: None,
        lines: vec![line],
        complete: false,
    }
}

#[tokio::test]
async fn a_placed_order_is_promised_its_units_and_a_parcel_carries_them_away() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 5).await, shop.order());
        shop.holds(order, &[(shirt, 3)]).await.expect("held");
        shop.hears(&placed(order, shirt, 3), 1).await;
        assert_eq!(shop.levels(shirt).await, (5, 0, 3));
        shop.hears(&shipped(&shop, order, shirt, 2), 2).await;
        assert_eq!(shop.levels(shirt).await, (3, 0, 1));
        shop.hears(&shipped(&shop, order, shirt, 1), 3).await;
        assert_eq!(shop.levels(shirt).await, (2, 0, 0));
        assert_eq!(shop.hold_state(order).await.as_deref(), Some("shipped"));
    })
    .await;
}

#[tokio::test]
async fn a_parcel_that_is_told_of_twice_leaves_once() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 5).await, shop.order());
        shop.holds(order, &[(shirt, 3)]).await.expect("held");
        shop.hears(&placed(order, shirt, 3), 1).await;
        let parcel = shipped(&shop, order, shirt, 1);
        shop.hears(&parcel, 2).await;
        shop.hears(&parcel, 3).await;
        assert_eq!(shop.levels(shirt).await, (4, 0, 2));
        shop.hears(&placed(order, shirt, 3), 4).await;
        assert_eq!(shop.levels(shirt).await, (4, 0, 2));
    })
    .await;
}

#[tokio::test]
async fn a_canceled_order_gives_its_units_back_whatever_it_had() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 5).await;
        let (held, promised, nothing) = (shop.order(), shop.order(), shop.order());
        shop.holds(held, &[(shirt, 1)]).await.expect("held");
        shop.holds(promised, &[(shirt, 2)]).await.expect("held");
        shop.hears(&placed(promised, shirt, 2), 1).await;
        assert_eq!(shop.levels(shirt).await, (5, 1, 2));
        shop.hears(&canceled(held), 1).await;
        shop.hears(&canceled(promised), 2).await;
        shop.hears(&canceled(nothing), 1).await;
        assert_eq!(shop.levels(shirt).await, (5, 0, 0));
        let sql = "select quantity from movement where kind = 'returned' and order_id = $1";
        let returned = shop.db.read(sql, args![promised], |row| row.get::<i64>(0)).await.expect("a read");
        assert_eq!(returned, [2]);
        let late = shop.holds(nothing, &[(shirt, 1)]).await.expect_err("it was canceled before");
        assert_eq!(late.code, "hold_released");
    })
    .await;
}

#[tokio::test]
async fn an_order_placed_after_its_hold_expired_takes_the_units_anew() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 2).await, shop.order());
        shop.holds(order, &[(shirt, 2)]).await.expect("held");
        shop.clock.turn(Duration::from_secs(901));
        eventually(async || shop.hold_state(order).await.as_deref() == Some("expired")).await;
        shop.hears(&placed(order, shirt, 2), 1).await;
        assert_eq!(shop.levels(shirt).await, (2, 0, 2));
    })
    .await;
}

#[tokio::test]
async fn an_order_whose_units_went_to_somebody_else_is_reported() {
    on_both(async |shop| {
        let (shirt, slow, quick) = (shop.sells("TEE-M", 2).await, shop.order(), shop.order());
        shop.holds(slow, &[(shirt, 2)]).await.expect("held");
        shop.clock.turn(Duration::from_secs(901));
        eventually(async || shop.hold_state(slow).await.as_deref() == Some("expired")).await;
        shop.holds(quick, &[(shirt, 1)]).await.expect("held");
        shop.hears(&placed(slow, shirt, 2), 1).await;
        assert_eq!(shop.hold_state(slow).await.as_deref(), Some("failed"));
        let sql = "select data from outbox where kind = 'stock.allocation_failed' and subject = $1";
        let event = shop.db.read_one(sql, args![slow], |row| row.json::<serde_json::Value>(0)).await;
        let event = event.expect("a read").expect("the event");
        assert_eq!(event["shortages"][0]["available"], 1);
        shop.hears(&canceled(slow), 2).await;
        assert_eq!(shop.levels(shirt).await, (2, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_parcel_that_nobody_was_promised_becomes_somebodys_question() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 2).await, shop.order());
        shop.holds(order, &[(shirt, 1)]).await.expect("held");
        let event = shop.hears(&shipped(&shop, order, shirt, 1), 1).await;
        let sql = "select last_error from inbox where event = $1";
        let error = shop.db.read_one(sql, args![event], |row| row.get::<Option<String>>(0)).await;
        assert!(error.expect("a read").flatten().is_some_and(|error| error.contains("not_allocated")));
        assert_eq!(shop.levels(shirt).await, (2, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn the_service_reacts_to_exactly_what_the_contract_routes_to_it() {
    on_both(async |shop| {
        for (consumer, kinds) in &shop.kinds {
            let routed = ROUTES.iter().filter(|(_, to)| to.contains(consumer)).map(|(kind, _)| *kind);
            let mut routed: Vec<_> = routed.collect();
            routed.sort_unstable();
            assert_eq!(*kinds, routed, "{consumer}");
        }
    })
    .await;
}
