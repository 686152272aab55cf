//! From outbox to inbox: in one process, over HTTP, and when the other side is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use souk_bus::{Bus, Sink};
use souk_db::rush::{RUSH, Waiting};
use souk_db::{Statement, args, inbox, outbox};
use souk_rpc::{Context, InternalSecret, Remote, believe_context};

use crate::shop::{Canceled, Placed, ROUTES, Shop, effects, eventually};

/// The inboxes of the notification service in another process, which can be away.
fn notification_elsewhere(shop: &Shop, away: &Arc<AtomicBool>) -> Sink {
    let there = [
        ("payment", Sink::Local(shop.payment.clone())),
        ("notification", Sink::Local(shop.notification.clone())),
    ];
    let secret = InternalSecret::new("a secret of the test");
    let routes: Router = Bus::direct(ROUTES, there, shop.clock.clone())
        .unwrap()
        .accept_routes()
        .layer(from_fn_with_state(secret.clone(), believe_context))
        .layer(from_fn_with_state(Arc::clone(away), unless_away));
    Sink::Http(Remote::in_memory(routes, secret))
}

async fn unless_away(State(away): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    if away.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    next.run(request).await
}

#[tokio::test]
async fn an_event_sent_twice_has_one_effect() {
    for shop in Shop::each().await {
        shop.react(shop.payment());
        shop.relay(&shop.bus());
        let order = shop.order_of(1).await;
        eventually("it takes effect", async || effects(&shop.payment).await == [(order, 1)]).await;
        eventually("it is marked sent", async || shop.is_quiet().await).await;

        // As if the relay had been killed between sending and marking.
        let forget = Statement::new("test.forget", "update outbox set sent_at = null", args![]);
        shop.order.commit(&Context::system("test"), forget).await.unwrap();
        assert_eq!(outbox::lag(&shop.order).await.unwrap().unsent, 1);

        eventually("it is sent again", async || shop.is_quiet().await).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(effects(&shop.payment).await, [(order, 1)], "on {}", shop.name);
    }
}

#[tokio::test]
async fn a_service_that_is_down_gets_everything_later_and_holds_up_nobody_else() {
    for shop in Shop::direct().await {
        let away = Arc::new(AtomicBool::new(true));
        shop.react(shop.payment());
        shop.relay(&shop.bus_with(notification_elsewhere(&shop, &away)));

        let canceled = shop.order_of(0).await;
        shop.emit(1, &Canceled { order: canceled }).await;
        let placed = shop.order_of(3).await;
        let expected = [(placed, 1), (placed, 2), (placed, 3)];
        eventually("payment is not held up", async || effects(&shop.payment).await == expected).await;
        eventually("the rest waits", async || outbox::lag(&shop.order).await.unwrap().unsent == 1).await;
        assert_eq!(inbox::lag(&shop.notification).await.unwrap().pending, 0);

        away.store(false, Ordering::SeqCst);
        eventually("it arrives", async || inbox::lag(&shop.notification).await.unwrap().pending == 1).await;
        eventually("it is marked sent", async || shop.is_quiet().await).await;
    }
}

#[tokio::test]
async fn later_events_of_a_held_up_order_reach_those_who_are_there() {
    for shop in Shop::direct().await {
        let away = Arc::new(AtomicBool::new(true));
        shop.react(shop.payment());
        shop.relay(&shop.bus_with(notification_elsewhere(&shop, &away)));
        let order = shop.order_of(0).await;
        shop.emit(1, &Canceled { order }).await;
        for number in 2..=9 {
            shop.emit(number, &Placed { order, number }).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        eventually("payment sees all", async || effects(&shop.payment).await.len() == 8).await;
        assert_eq!(outbox::lag(&shop.order).await.unwrap().unsent, 9);
        away.store(false, Ordering::SeqCst);
        eventually("all is marked sent", async || shop.is_quiet().await).await;
    }
}

#[tokio::test]
async fn a_thousand_waiting_events_do_not_hold_up_a_younger_one() {
    let shop = Shop::direct().await.remove(0);
    let away = Arc::new(AtomicBool::new(true));
    let canceled = futures::future::join_all((0..1_000).map(async |_| {
        let order = shop.order_of(0).await;
        shop.emit(1, &Canceled { order }).await;
    }));
    canceled.await;
    shop.react(shop.payment());
    shop.relay(&shop.bus_with(notification_elsewhere(&shop, &away)));
    let placed = shop.order_of(1).await;
    eventually("the younger passes", async || effects(&shop.payment).await == [(placed, 1)]).await;
    eventually("the rest waits", async || outbox::lag(&shop.order).await.unwrap().unsent == 1_000).await;
    away.store(false, Ordering::SeqCst);
    eventually("all arrive", async || inbox::lag(&shop.notification).await.unwrap().pending == 1_000).await;
}

#[tokio::test]
async fn a_consumer_without_a_home_is_refused_when_the_bus_is_built() {
    let shop = Shop::direct().await.remove(0);
    let payment = Sink::Local(shop.payment.clone());
    assert!(Bus::direct(ROUTES, [("payment", payment)], shop.clock.clone()).is_err());
}

#[tokio::test]
async fn in_a_rush_events_let_the_buyers_pass_but_not_for_ever() {
    for shop in Shop::direct().await {
        let first = shop.order_of(1).await;
        let rush: Vec<Waiting> = (0..RUSH).map(|_| Waiting::begin()).collect();
        shop.react(shop.payment());
        shop.relay(&shop.bus());
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(effects(&shop.payment).await, [], "on {}", shop.name);
        eventually("it goes out though the rush lasts", async || {
            effects(&shop.payment).await == [(first, 1)]
        })
        .await;

        let second = shop.order_of(1).await;
        drop(rush);
        eventually("when it is over, everything follows", async || {
            effects(&shop.payment).await == [(first, 1), (second, 1)]
        })
        .await;
    }
}
