//! The broker is away, is killed, hangs: orders go on, nothing is lost or doubled, and all is well soon after.

use std::time::Duration;

use souk_db::outbox;
use souk_testkit::{PrivateRabbit, TestDatabase};
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::shop::{Shop, effects, eventually, within};
use crate::transport::Transport;

/// How soon after the return of the broker events flow again.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// RabbitMQ 3.10 writes the name of a new quorum queue to disk up to four seconds after it has confirmed the queue and
/// messages in it; killed before, it forgets all of it (docs/limits.md).
const QUEUES_ARE_SAFE_AFTER: Duration = Duration::from_secs(5);

async fn shop_over(rabbit: &PrivateRabbit) -> Shop {
    let shop = Shop::open(TestDatabase::sqlite().unwrap(), Transport::rabbitmq_at(rabbit.url())).await;
    shop.relay(&shop.bus());
    shop.react(shop.payment());
    shop
}

/// Orders of three events, about forty in a second, until told to stop.
async fn keep_shopping(shop: &Shop, stop: &CancellationToken) -> Vec<Uuid> {
    let mut orders = Vec::new();
    while !stop.is_cancelled() {
        orders.push(shop.order_of(3).await);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    orders
}

async fn all_is_well(shop: &Shop, orders: &[Uuid]) {
    let expected = orders.len() * 3;
    eventually("all have their effect", async || effects(&shop.payment).await.len() >= expected).await;
    eventually("all are marked sent", async || shop.is_quiet().await).await;
    // What was published twice has come twice by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    shop.assert_each_once_in_order(orders, 3).await;
    let backlog = shop.broker().expect("a broker").backlog().await.unwrap();
    assert!(backlog.iter().all(|backlog| backlog.dead == 0), "{backlog:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_opens_while_the_broker_is_away_and_catches_up_when_it_comes() {
    let mut rabbit = PrivateRabbit::stopped().unwrap();
    let shop = shop_over(&rabbit).await;
    let order = shop.order_of(3).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(outbox::lag(&shop.order).await.unwrap().unsent, 3, "accepted, and kept");
    assert!(effects(&shop.payment).await.is_empty());

    block_in_place(|| rabbit.restart()).unwrap();
    let all = [(order, 1), (order, 2), (order, 3)];
    let took = within(BACK_WITHIN, "they arrive", async || effects(&shop.payment).await == all).await;
    println!("back {took:?} after the broker took connections");
    all_is_well(&shop, &[order]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_in_full_flow_loses_nothing_and_doubles_nothing() {
    let mut rabbit = PrivateRabbit::start().unwrap();
    let shop = shop_over(&rabbit).await;
    let closing = CancellationToken::new();
    let faults = async {
        eventually("orders flow", async || effects(&shop.payment).await.len() > 100).await;
        tokio::time::sleep(QUEUES_ARE_SAFE_AFTER).await;
        block_in_place(|| rabbit.kill()).unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        block_in_place(|| rabbit.restart()).unwrap();
        let before = effects(&shop.payment).await.len();
        let flows = async || effects(&shop.payment).await.len() > before;
        let took = within(BACK_WITHIN, "events flow again", flows).await;
        println!("back {took:?} after the broker took connections");
        tokio::time::sleep(Duration::from_secs(1)).await;
        closing.cancel();
    };
    let (orders, ()) = tokio::join!(keep_shopping(&shop, &closing), faults);
    all_is_well(&shop, &orders).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_hangs_for_ten_seconds_loses_nothing_and_doubles_nothing() {
    let rabbit = PrivateRabbit::start().unwrap();
    let shop = shop_over(&rabbit).await;
    let closing = CancellationToken::new();
    let faults = async {
        eventually("orders flow", async || effects(&shop.payment).await.len() > 100).await;
        rabbit.pause().unwrap();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let before = effects(&shop.payment).await.len();
        rabbit.resume().unwrap();
        let flows = async || effects(&shop.payment).await.len() > before;
        let took = within(BACK_WITHIN, "events flow again", flows).await;
        println!("back {took:?} after the broker went on");
        tokio::time::sleep(Duration::from_secs(1)).await;
        closing.cancel();
    };
    let (orders, ()) = tokio::join!(keep_shopping(&shop, &closing), faults);
    all_is_well(&shop, &orders).await;
}
