//! Reactions: order, attempts, dead letters.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use souk_bus::{Consumer, Processor};
use souk_rpc::{Context, Error};

use crate::shop::{Canceled, Placed, Shop, effects, eventually, take_effect};

fn payment(shop: &Shop) -> Consumer {
    let db = shop.payment.clone();
    Consumer::new("payment", shop.payment.clone()).on::<Placed>(move |cx: Context, event: Placed| {
        let db = db.clone();
        async move { take_effect(&db, &cx, &event).await }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_one_order_take_effect_in_order_while_many_orders_are_at_work() {
    for shop in Shop::each().await {
        let db = shop.payment.clone();
        shop.react(Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let db = db.clone();
            async move {
                let pause_ms = u64::from(shop_dice(&event));
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                take_effect(&db, &cx, &event).await
            }
        }));
        shop.relay(&shop.bus());
        let orders = futures::future::join_all((0..40).map(|_| shop.order_of(6))).await;
        eventually("all events have their effect", async || effects(&shop.payment).await.len() == 240).await;
        let effects = effects(&shop.payment).await;
        for order in orders {
            let numbers: Vec<i64> =
                effects.iter().filter(|(subject, _)| *subject == order).map(|(_, number)| *number).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5, 6], "on {}", shop.name);
        }
        eventually("nothing is left over", async || shop.is_quiet().await).await;
    }
}

fn shop_dice(event: &Placed) -> u8 {
    event.order.as_bytes()[15].wrapping_mul(7).wrapping_add(event.number.to_le_bytes()[0] * 13) % 8
}

#[tokio::test]
async fn a_reaction_that_fails_twice_and_then_succeeds_has_one_effect() {
    for shop in Shop::each().await {
        let (db, attempts) = (shop.payment.clone(), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&attempts);
        shop.react(Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let (db, attempts) = (db.clone(), Arc::clone(&counted));
            async move {
                match attempts.fetch_add(1, Ordering::SeqCst) {
                    0 => Err(Error::unavailable("the provider is away")),
                    1 => panic!("a defect\0"),
                    _ => Ok(take_effect(&db, &cx, &event).await?),
                }
            }
        }));
        shop.relay(&shop.bus());
        let order = shop.order_of(1).await;
        eventually("the third attempt succeeds", async || effects(&shop.payment).await == [(order, 1)]).await;
        eventually("nothing is left over", async || shop.is_quiet().await).await;
        assert_eq!(attempts.load(Ordering::SeqCst), 3);
        assert!(shop.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn a_poison_event_becomes_a_dead_letter_and_holds_up_its_own_order_only() {
    for shop in Shop::each().await {
        let (db, mended) = (shop.payment.clone(), Arc::new(AtomicBool::new(false)));
        let is_mended = Arc::clone(&mended);
        let poisoned = shop.order_of(0).await;
        shop.react(Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let (db, is_mended) = (db.clone(), Arc::clone(&is_mended));
            async move {
                if event.order == poisoned && event.number == 1 && !is_mended.load(Ordering::SeqCst) {
                    return Err(Error::unprocessable("poison", "cannot be swallowed"));
                }
                Ok(take_effect(&db, &cx, &event).await?)
            }
        }));
        shop.relay(&shop.bus());
        for number in [1, 2] {
            shop.emit(number, &Placed { order: poisoned, number }).await;
        }
        let healthy = shop.order_of(2).await;
        eventually("it is given up", async || shop.dead_letters().await.len() == 1).await;
        eventually("others pass", async || effects(&shop.payment).await == [(healthy, 1), (healthy, 2)])
            .await;
        let letter = shop.dead_letters().await.remove(0);
        assert_eq!(letter.last_error.as_deref(), Some("poison: cannot be swallowed"));
        assert_eq!(letter.attempts, 5);

        mended.store(true, Ordering::SeqCst);
        shop.redrive(&letter).await;
        let all = [(healthy, 1), (healthy, 2), (poisoned, 1), (poisoned, 2)];
        eventually("it takes effect", async || effects(&shop.payment).await == all).await;
        eventually("nothing is left over", async || shop.is_quiet().await).await;
        assert!(shop.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn an_event_that_nobody_here_reacts_to_is_a_dead_letter_at_once() {
    for shop in Shop::each().await {
        shop.react(payment(&shop));
        shop.relay(&shop.bus());
        let order = shop.order_of(0).await;
        shop.emit(1, &Canceled { order }).await;
        eventually("it is set aside", async || shop.dead_letters().await.len() == 1).await;
        let letter = shop.dead_letters().await.remove(0);
        assert_eq!(letter.last_error.as_deref(), Some("`payment` does not react to `order.canceled`"));
        assert_eq!(letter.attempts, 1);
    }
}

#[tokio::test]
async fn a_lost_race_is_run_again_at_once() {
    for shop in Shop::each().await {
        let (db, races) = (shop.payment.clone(), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&races);
        shop.react(Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let (db, races) = (db.clone(), Arc::clone(&counted));
            async move {
                if races.fetch_add(1, Ordering::SeqCst) < 3 {
                    return Err(Error::conflict("lost_race", "somebody was faster"));
                }
                Ok(take_effect(&db, &cx, &event).await?)
            }
        }));
        shop.relay(&shop.bus());
        shop.order_of(1).await;
        eventually("it takes effect", async || effects(&shop.payment).await.len() == 1).await;
        assert_eq!(races.load(Ordering::SeqCst), 4);
    }
}

#[tokio::test]
async fn stopping_finishes_what_runs_and_claims_no_more() {
    for shop in Shop::each().await {
        let (db, begun) = (shop.payment.clone(), Arc::new(AtomicU32::new(0)));
        let counted = Arc::clone(&begun);
        let slow = Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let (db, begun) = (db.clone(), Arc::clone(&counted));
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(300)).await;
                take_effect(&db, &cx, &event).await
            }
        });
        let worker = Processor::new(slow, shop.clock.clone()).spawn(shop.stop.clone());
        let relay = tokio_util::sync::CancellationToken::new();
        souk_bus::Relay::new("order", shop.order.clone(), &shop.bus(), shop.clock.clone())
            .spawn(relay.clone());
        let order = shop.order_of(2).await;
        eventually("a reaction runs", async || begun.load(Ordering::SeqCst) == 1).await;
        shop.stop.cancel();
        worker.await.unwrap();
        assert_eq!(effects(&shop.payment).await, [(order, 1)]);
        relay.cancel();
    }
}

/// Longer than the lease of the processor.
const LONG: Duration = Duration::from_secs(18);

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_that_takes_longer_than_the_lease_is_not_begun_by_another_replica() {
    let shops = Shop::direct().await;
    let shop =
        shops.iter().find(|shop| shop.name.starts_with("postgres")).expect("replicas share PostgreSQL");
    let begun = Arc::new(AtomicU32::new(0));
    for _replica in 0..2 {
        let (db, begun) = (shop.payment.clone(), Arc::clone(&begun));
        shop.react(Consumer::new("payment", db.clone()).on::<Placed>(move |cx: Context, event: Placed| {
            let (db, begun) = (db.clone(), Arc::clone(&begun));
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(LONG).await;
                take_effect(&db, &cx, &event).await
            }
        }));
    }
    shop.relay(&shop.bus());
    let order = shop.order_of(1).await;
    tokio::time::sleep(LONG).await;
    eventually("it has its effect", async || effects(&shop.payment).await == [(order, 1)]).await;
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}
