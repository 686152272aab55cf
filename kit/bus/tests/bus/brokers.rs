//! What holds over every broker: relays race, replicas come and go, strangers write nonsense, and the shop sees
//! each event once and in order.

use std::collections::VecDeque;
use std::time::Duration;

use futures::future::join_all;
use souk_bus::Relay;
use souk_db::outbox;
use tokio_util::sync::CancellationToken;

use crate::shop::{Canceled, Shop, effects, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_of_one_outbox_double_nothing_and_overtake_nothing() {
    for shop in Shop::over_brokers().await {
        let bus = shop.bus();
        shop.react(shop.payment());
        let orders = join_all((0..20).map(|_| shop.order_of(5))).await;
        // Both find all hundred events unsent.
        shop.relay(&bus);
        shop.relay(&shop.broker().expect("a broker"));
        let more = join_all((0..20).map(|_| shop.order_of(5))).await;
        eventually("all have their effect", async || effects(&shop.payment).await.len() >= 200).await;
        eventually("all are marked sent", async || shop.is_quiet().await).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        shop.assert_each_once_in_order(&[orders, more].concat(), 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_come_and_go_double_nothing_and_overtake_nothing() {
    for shop in Shop::over_brokers().await {
        // A rebalance of the test's Kafka takes three seconds, and two at once are more than it can do.
        let (rounds, settled_ms) = if shop.transport.name() == "Kafka" { (2, 5_000) } else { (10, 400) };
        shop.relay(&shop.broker().expect("a broker"));
        shop.react(shop.payment());
        let closing = CancellationToken::new();
        let churn = async {
            let join = || {
                let leave = CancellationToken::new();
                (shop.receive(&shop.broker().expect("a broker"), &leave), leave)
            };
            let mut replicas = VecDeque::from([join()]);
            for round in 0..rounds {
                // A replica joins; then the oldest, which receives, goes: killed, or in an orderly way.
                replicas.push_back(join());
                tokio::time::sleep(Duration::from_millis(settled_ms)).await;
                let (receivers, leave) = replicas.pop_front().expect("the oldest");
                match round % 2 {
                    0 => receivers.iter().for_each(tokio::task::JoinHandle::abort),
                    _ => leave.cancel(),
                }
                tokio::time::sleep(Duration::from_millis(settled_ms)).await;
            }
            closing.cancel();
            replicas
        };
        let shopping = async {
            let mut orders = Vec::new();
            while !closing.is_cancelled() {
                orders.extend(join_all((0..4).map(|_| shop.order_of(5))).await);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            orders
        };
        let (orders, _replicas) = tokio::join!(shopping, churn);
        let expected = orders.len() * 5;
        eventually("all have their effect", async || effects(&shop.payment).await.len() >= expected).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        shop.assert_each_once_in_order(&orders, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_event_is_set_aside_and_holds_up_nobody() {
    for shop in Shop::over_brokers().await {
        let bus = shop.bus();
        shop.relay(&bus);
        shop.react(shop.payment());
        let before = shop.order_of(1).await;
        eventually("an event passes", async || effects(&shop.payment).await == [(before, 1)]).await;
        for nonsense in [&b"not even JSON"[..], br#"{"specversion": "1.0", "id": "1", "type": "x"}"#] {
            shop.transport.inject(nonsense).await;
        }
        let after = shop.order_of(2).await;
        let expected = [(before, 1), (after, 1), (after, 2)];
        eventually("others pass", async || effects(&shop.payment).await == expected).await;
        let set_aside = async || {
            let backlog = bus.backlog().await.unwrap();
            let payment = backlog.iter().find(|backlog| backlog.service == "payment").unwrap();
            payment.dead == 2 && payment.waiting == 0
        };
        eventually("it is set aside", set_aside).await;
        assert!(shop.dead_letters().await.is_empty(), "it never was in the inbox");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_service_that_is_away_can_be_counted_and_arrives_later() {
    for shop in Shop::over_brokers().await {
        let bus = shop.broker().expect("a broker");
        shop.relay(&bus);
        let order = shop.order_of(3).await;
        let canceled = shop.order_of(0).await;
        shop.emit(1, &Canceled { order: canceled }).await;
        let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
        eventually("the order service is rid of them", sent).await;
        let waits = async || {
            let backlog = bus.backlog().await.unwrap();
            let waiting = |service: &str| {
                backlog.iter().find(|backlog| backlog.service == service).map(|backlog| backlog.waiting)
            };
            // Over Kafka every service has the whole topic before it.
            waiting("payment") == Some(4) && waiting("notification").is_some_and(|waiting| waiting >= 1)
        };
        eventually("the broker keeps them", waits).await;
        assert!(effects(&shop.payment).await.is_empty());

        shop.receive(&bus, &shop.stop);
        shop.react(shop.payment());
        let all = [(order, 1), (order, 2), (order, 3)];
        eventually("they arrive", async || effects(&shop.payment).await == all).await;
        let drained = async || bus.backlog().await.unwrap().iter().all(|backlog| backlog.waiting == 0);
        eventually("the broker is empty", drained).await;
    }
}

#[tokio::test]
async fn stopping_a_relay_and_a_receiver_takes_no_time_while_the_broker_is_away() {
    let shop = Shop::direct().await.remove(0);
    let away = crate::transport::Transport::rabbitmq_at("amqp://127.0.0.1:1/%2f".to_owned());
    let bus = away.bus(crate::shop::ROUTES, &shop.clock).expect("a bus");
    let mut workers = shop.receive(&bus, &shop.stop);
    workers.push(Relay::new("order", shop.order.clone(), &bus, shop.clock.clone()).spawn(shop.stop.clone()));
    shop.order_of(1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    shop.stop.cancel();
    tokio::time::timeout(Duration::from_secs(3), join_all(workers)).await.expect("they end");
    assert_eq!(outbox::lag(&shop.order).await.unwrap().unsent, 1);
}
