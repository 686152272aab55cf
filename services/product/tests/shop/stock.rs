//! Buyers compete for units.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use souk_contract::product::{GetOffers, HoldOutcome, ReleaseStock, Shortage};
use souk_rpc::Context;
use souk_types::{Currency, Money};

use crate::support::{eventually, guest, on_both};

fn is_held(outcome: &Result<HoldOutcome, souk_rpc::Error>) -> bool {
    matches!(outcome, Ok(HoldOutcome::Held { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_shirt_is_held_once_when_two_shoppers_pay_together() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 1).await;
        let outcomes = join_all((0..2).map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.holds(shop.order(), &[(shirt, 1)]).await })
        }))
        .await;
        let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("no panic")).collect();
        assert_eq!(outcomes.iter().filter(|outcome| is_held(outcome)).count(), 1, "{outcomes:?}");
        let shortages = vec![Shortage { variant: shirt, requested: 1, available: 0 }];
        assert!(outcomes.contains(&Ok(HoldOutcome::SoldOut { shortages })), "{outcomes:?}");
        assert_eq!(shop.levels(shirt).await, (1, 1, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_of_fifty_units_buy_exactly_fifty() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 50).await;
        let outcomes = join_all((0..200).map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.holds(shop.order(), &[(shirt, 1)]).await })
        }))
        .await;
        let outcomes: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("no panic")).collect();
        let sold_out = outcomes.iter().filter(|outcome| matches!(outcome, Ok(HoldOutcome::SoldOut { .. })));
        assert_eq!(sold_out.count(), 150, "{outcomes:?}");
        assert_eq!(shop.levels(shirt).await, (50, 50, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_in_opposite_order_do_not_wait_for_each_other() {
    on_both(async |shop| {
        let (shirt, hat) = (shop.sells("TEE-M", 1_000).await, shop.sells("HAT", 1_000).await);
        let outcomes = join_all((0..100).map(|i| {
            let shop = Arc::clone(&shop);
            let lines = if i % 2 == 0 { [(shirt, 1), (hat, 2)] } else { [(hat, 2), (shirt, 1)] };
            tokio::spawn(async move { shop.holds(shop.order(), &lines).await })
        }))
        .await;
        assert!(outcomes.iter().all(|outcome| is_held(outcome.as_ref().expect("no panic"))));
        assert_eq!(shop.levels(hat).await, (1_000, 200, 0));
    })
    .await;
}

#[tokio::test]
async fn all_lines_are_held_or_none() {
    on_both(async |shop| {
        let (shirt, hat) = (shop.sells("TEE-M", 5).await, shop.sells("HAT", 1).await);
        let outcome = shop.holds(shop.order(), &[(shirt, 2), (hat, 2)]).await;
        let shortages = vec![Shortage { variant: hat, requested: 2, available: 1 }];
        assert_eq!(outcome, Ok(HoldOutcome::SoldOut { shortages }));
        assert_eq!(shop.levels(shirt).await, (5, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_hold_changes_nothing() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 1).await, shop.order());
        let first = shop.holds(order, &[(shirt, 1)]).await;
        shop.clock.turn(Duration::from_secs(60));
        assert_eq!(shop.holds(order, &[(shirt, 1)]).await, first);
        assert_eq!(shop.levels(shirt).await, (1, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_hold_that_expires_gives_the_units_back() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 1).await, shop.order());
        assert!(is_held(&shop.holds(order, &[(shirt, 1)]).await));
        shop.clock.turn(Duration::from_secs(901));
        eventually(async || shop.levels(shirt).await == (1, 0, 0)).await;
        assert!(is_held(&shop.holds(order, &[(shirt, 1)]).await), "the same order may try again");
        assert_eq!(shop.levels(shirt).await, (1, 1, 0));
        assert!(!is_held(&shop.holds(shop.order(), &[(shirt, 1)]).await));
    })
    .await;
}

#[tokio::test]
async fn a_release_gives_the_units_back_once() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 3).await, shop.order());
        assert!(is_held(&shop.holds(order, &[(shirt, 2)]).await));
        for _ in 0..2 {
            shop.product.release_stock(&guest(), ReleaseStock { order }).await.expect("released");
            assert_eq!(shop.levels(shirt).await, (3, 0, 0));
        }
    })
    .await;
}

#[tokio::test]
async fn a_hold_that_comes_after_its_release_holds_nothing() {
    on_both(async |shop| {
        let (shirt, order) = (shop.sells("TEE-M", 3).await, shop.order());
        shop.product.release_stock(&guest(), ReleaseStock { order }).await.expect("released");
        let error = shop.holds(order, &[(shirt, 1)]).await.expect_err("refused");
        assert_eq!(error.code, "hold_released");
        assert_eq!(shop.levels(shirt).await, (3, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn an_order_is_split_when_no_warehouse_has_all_of_it() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 2).await;
        let (status, _) = shop
            .staff("POST", "/v1/admin/locations", json!({ "code": "far", "name": "Far", "rank": 9 }))
            .await;
        assert_eq!(status, StatusCode::CREATED);
        let goods =
            json!({ "sku": "TEE-M", "location": "far", "change": 2, "kind": "received", "reason": "truck" });
        let (status, level) = shop.staff("POST", "/v1/admin/stock/adjustments", goods).await;
        assert_eq!((status, level["available"].as_i64()), (StatusCode::CREATED, Some(2)));
        let order = shop.order();
        assert!(is_held(&shop.holds(order, &[(shirt, 3)]).await));
        assert_eq!(shop.levels(shirt).await, (4, 3, 0));
        assert!(!is_held(&shop.holds(shop.order(), &[(shirt, 2)]).await));
    })
    .await;
}

#[tokio::test]
async fn promised_units_cannot_be_written_off() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 2).await;
        assert!(is_held(&shop.holds(shop.order(), &[(shirt, 2)]).await));
        let loss = json!({ "sku": "TEE-M", "change": -1, "reason": "moths" });
        let (status, problem) = shop.staff("POST", "/v1/admin/stock/adjustments", loss).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("stock_promised")));
        let (status, movements) = shop.staff("GET", "/v1/admin/stock/movements?sku=TEE-M", json!(null)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(movements["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn a_backordered_variant_never_sells_out() {
    on_both(async |shop| {
        let variants = json!([{ "sku": "MTO", "backorder": true, "prices": { "EUR": 5 } }]);
        shop.imports(vec![json!({ "key": "mto", "title": "Made to order", "variants": variants })]).await;
        let variant = shop.variant("MTO").await;
        assert!(is_held(&shop.holds(shop.order(), &[(variant, 7)]).await));
        assert_eq!(shop.levels(variant).await, (0, 7, 0));
        let variants = json!([{ "sku": "MTO", "prices": { "EUR": 5 } }]);
        let report =
            shop.imports(vec![json!({ "key": "mto", "title": "Made to order", "variants": variants })]).await;
        assert_eq!(report.rejected[0].rule, "backorder");
    })
    .await;
}

#[tokio::test]
async fn offers_name_their_categories_up_to_the_root_and_their_collections_when_asked() {
    on_both(async |shop| {
        let lamp = json!({"key": "lamp", "title": "Lamp", "category": ["Home", "Lamps"], "collections": ["Warm light"],
            "variants": [{"sku": "LAMP", "prices": {"EUR": 500}}]});
        assert_eq!(shop.imports(vec![lamp]).await.created, 1);
        let lamp = shop.variant("LAMP").await;
        let offer = async |groups| {
            let request =
                GetOffers { variants: vec![lamp], skus: Vec::new(), currency: Currency::EUR, groups };
            shop.product.offers(&Context::guest("t"), request).await.expect("offers").offers.remove(0)
        };
        let asked = offer(true).await;
        assert_eq!((asked.categories.len(), asked.collections.len()), (2, 1));
        let unasked = offer(false).await;
        assert_eq!((unasked.categories.len(), unasked.collections.len()), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn offers_come_from_authority() {
    on_both(async |shop| {
        let shirt = shop.sells("TEE-M", 3).await;
        assert!(is_held(&shop.holds(shop.order(), &[(shirt, 1)]).await));
        let unknown = souk_types::VariantId(uuid::Uuid::from_u128(7));
        let request = GetOffers {
            variants: vec![shirt, unknown],
            skus: Vec::new(),
            currency: Currency::EUR,
            groups: false,
        };
        let offers = shop.product.offers(&Context::guest("t"), request).await.expect("offers").offers;
        assert_eq!(offers.len(), 1);
        assert_eq!((offers[0].available, offers[0].published), (2, true));
        assert_eq!(offers[0].unit_price, Some(Money::new(1999, Currency::EUR)));
        let request =
            GetOffers { variants: vec![shirt], skus: Vec::new(), currency: Currency::JPY, groups: false };
        let offers = shop.product.offers(&Context::guest("t"), request).await.expect("offers").offers;
        assert_eq!(offers[0].unit_price, None);
    })
    .await;
}
