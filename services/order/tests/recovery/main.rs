//! The checkout is interrupted at every place where it can be; afterwards the shop is as if it had not been.
//! A binary of its own: fail points are of the whole process.

#[path = "../common/mod.rs"]
mod common;

use std::time::Duration;

use common::{START, Says, Shop, shops, text};
use serde_json::{Value, json};
use souk_app::fail;
use souk_contract::events::PaymentAuthorized;
use souk_types::{Currency, Money, PaymentId};
use tokio::sync::Mutex;

/// One test at a time arms points.
static POINTS: Mutex<()> = Mutex::const_new(());

const ALL: [&str; 7] = [
    "checkout.before_placing",
    "checkout.after_placing",
    "checkout.after_hold",
    "checkout.before_authorize",
    "checkout.after_authorize",
    "checkout.before_placed",
    "checkout.after_placed",
];

/// A planned panic is not worth a backtrace.
fn expect_planned_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let planned = panic.payload_as_str().is_some_and(|text| text.starts_with("fail point"));
            if !planned {
                report(panic);
            }
        }));
    });
}

/// One order, one hold, one payment, one event: whatever happened on the way.
async fn is_bought_once(shop: &Shop, shirt: souk_types::VariantId, at: &str) {
    are_bought_once(shop, shirt, at, 1).await;
}

/// The same when `orders` have been placed in this shop so far.
async fn are_bought_once(shop: &Shop, shirt: souk_types::VariantId, at: &str, orders: usize) {
    let what = format!("{at} on {}", shop.on());
    assert_eq!((shop.count("placed").await, shop.count("placing").await), (orders, 0), "{what}");
    assert_eq!(shop.count("canceled").await, 0, "{what}");
    assert_eq!((shop.product.left(shirt), shop.product.holds()), (9, orders), "{what}");
    assert_eq!(shop.payment.authorized(), 2_489 * i64::try_from(orders).expect("few"), "{what}");
    assert_eq!(shop.events().await, vec!["order.placed"; orders], "{what}");
}

#[tokio::test]
async fn a_failure_anywhere_is_healed_by_the_clients_retry() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        for (at, orders) in ALL.into_iter().zip(1..) {
            let guest = shop.guest();
            let shirt = shop.product.sells(10);
            let cart = guest.fills_cart(&[(shirt, 1)]).await;
            let key = guest.new_key();
            fail::arm(&format!("{at}=error*1")).expect("a plan");
            guest.pays(&cart, &key).await.refused(503, "unavailable");
            let order = guest.pays(&cart, &key).await.expect(201);
            assert_eq!(order["state"], "placed");
            are_bought_once(&shop, shirt, at, orders).await;
        }
    }
    fail::disarm();
}

#[tokio::test]
async fn an_attempt_that_dies_anywhere_is_finished_by_the_sweeper() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        for (at, orders) in ALL.into_iter().zip(1..) {
            let guest = shop.guest();
            let shirt = shop.product.sells(10);
            let cart = guest.fills_cart(&[(shirt, 1)]).await;
            let key = guest.new_key();
            // A panic leaves the lease as it is, as kill -9 does.
            fail::arm(&format!("{at}=panic*1")).expect("a plan");
            guest.pays(&cart, &key).await.refused(500, "internal");
            if at == "checkout.before_placing" {
                assert_eq!(shop.count("placing").await, 0);
                guest.pays(&cart, &key).await.expect(201);
                are_bought_once(&shop, shirt, at, orders).await;
                continue;
            }
            shop.sweep().await;
            let alive = usize::from(at != "checkout.after_placed");
            assert_eq!(shop.count("placing").await, alive, "{at}: its lease has not run out");
            shop.clock.turn(Duration::from_secs(shop.config.lease_seconds.into()));
            shop.sweep().await;
            are_bought_once(&shop, shirt, at, orders).await;
            // The client comes back and gets the outcome.
            let order = guest.pays(&cart, &key).await;
            assert_eq!(order.headers["idempotency-replayed"], "true");
            assert_eq!(order.expect(201)["state"], "placed");
        }
    }
    fail::disarm();
}

#[tokio::test]
async fn a_dead_attempt_is_finished_by_the_client_who_asks_again() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        fail::arm("checkout.after_authorize=panic*1").expect("a plan");
        guest.pays(&cart, &key).await.refused(500, "internal");
        let busy = guest.pays(&cart, &key).await;
        assert_eq!(busy.headers["retry-after"], "1");
        busy.refused(409, "checkout_in_progress");
        guest.pays_with(&cart, &key, "tok_other").await.refused(422, "idempotency_key_reused");
        guest.pays(&cart, &guest.new_key()).await.refused(409, "cart_in_checkout");
        shop.clock.turn(Duration::from_secs(shop.config.lease_seconds.into()));
        let again = futures::future::join_all((0..5).map(|_| guest.pays(&cart, &key))).await;
        assert!(
            again.iter().all(|answer| answer.status == 201 && answer.bytes == again[0].bytes),
            "{}",
            shop.on()
        );
        is_bought_once(&shop, shirt, "after_authorize").await;
    }
    fail::disarm();
}

#[tokio::test]
async fn an_attempt_that_wakes_up_too_late_changes_nothing() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        fail::arm("checkout.before_placed=delay(1500)*1").expect("a plan");
        let slow = guest.pays(&cart, &key);
        let meanwhile = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            shop.clock.turn(Duration::from_secs(shop.config.lease_seconds.into()));
            guest.pays(&cart, &key).await
        };
        let (slow, quick) = tokio::join!(slow, meanwhile);
        quick.expect(201);
        slow.refused(409, "checkout_in_progress");
        is_bought_once(&shop, shirt, "before_placed").await;
    }
    fail::disarm();
}

#[tokio::test]
async fn a_bank_that_does_not_answer_is_asked_again_and_charges_once() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        shop.payment.next(Says::Lost);
        guest.pays(&cart, &key).await.refused(504, "timeout");
        guest.pays(&cart, &key).await.expect(201);
        assert_eq!(shop.payment.calls(), 2);
        is_bought_once(&shop, shirt, "a lost answer").await;
    }
}

#[tokio::test]
async fn an_order_that_cannot_be_placed_in_time_is_given_up() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        fail::arm("checkout.after_authorize=panic*1").expect("a plan");
        guest.pays(&cart, &key).await.refused(500, "internal");
        shop.clock.turn(Duration::from_secs(60 * u64::from(shop.config.payment_minutes)));
        shop.sweep().await;
        guest.pays(&cart, &key).await.refused(409, "checkout_expired");
        // Stock and money go back by the event.
        let events = shop.envelopes().await;
        assert_eq!(events.len(), 1, "{}", shop.on());
        assert_eq!(events[0].data.to_value()["reason"], "payment_expired");
        let cart: Value = guest.get(&format!("/v1/carts/{}", text(&cart["id"]))).await.expect(200);
        assert_eq!(cart["state"], json!("open"));
    }
    fail::disarm();
}

#[tokio::test]
async fn a_client_who_hangs_up_gets_the_order_all_the_same() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        let key = guest.new_key();
        fail::arm("checkout.after_hold=delay(300)*1").expect("a plan");
        let impatient = tokio::time::timeout(Duration::from_millis(100), guest.pays(&cart, &key)).await;
        assert!(impatient.is_err());
        tokio::time::sleep(Duration::from_millis(500)).await;
        is_bought_once(&shop, shirt, "after_hold").await;
    }
    fail::disarm();
}

#[tokio::test]
async fn an_event_that_overtakes_the_checkout_waits_for_it() {
    let _alone = POINTS.lock().await;
    expect_planned_panics();
    for shop in shops().await {
        let guest = shop.guest();
        let shirt = shop.product.sells(10);
        let cart = guest.fills_cart(&[(shirt, 1)]).await;
        shop.payment.next(Says::NeedsBuyer);
        fail::arm("checkout.before_placed=delay(700)*1").expect("a plan");
        let key = guest.new_key();
        let paying = guest.pays(&cart, &key);
        let webhook = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let page = shop.staff().get("/v1/admin/orders?state=placing").await.expect(200);
            let order = text(&page["items"][0]["id"]).parse().expect("an id");
            let authorized = PaymentAuthorized {
                payment: PaymentId::new(&shop.chance, START),
                order,
                amount: Money::new(2_489, Currency::EUR),
            };
            shop.tell(&authorized, 1).await;
            shop.react_within(Duration::from_millis(200)).await;
        };
        let (answer, ()) = tokio::join!(paying, webhook);
        let order = answer.expect(202);
        // The event was not dropped: it comes again when its pause is over.
        shop.clock.turn(Duration::from_secs(60));
        shop.react_within(Duration::from_secs(20)).await;
        assert_eq!(order["state"], "awaiting_payment");
        assert_eq!(shop.count("placed").await, 1, "{}", shop.on());
        assert_eq!((shop.product.left(shirt), shop.events().await), (9, vec!["order.placed".to_owned()]));
    }
    fail::disarm();
}
