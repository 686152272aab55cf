//! What Kafka in particular does to messages, and the shop does not notice.

use std::time::Duration;

use futures::future::join_all;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use souk_db::outbox;
use souk_testkit::databases;

use crate::shop::{Shop, effects, eventually, within};
use crate::transport::Transport;

async fn shop() -> Shop {
    Shop::open(databases().remove(0), Transport::kafka()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_taken_while_the_cluster_is_away_and_processed_when_it_returns() {
    let shop = shop().await;
    shop.relay(&shop.bus());
    shop.react(shop.payment());
    let before = shop.order_of(5).await;
    eventually("events pass", async || effects(&shop.payment).await.len() == 5).await;

    let Transport::Kafka { cluster, .. } = &shop.transport else { panic!("a shop over Kafka") };
    cluster.broker_down(-1).unwrap();
    let mut orders = join_all((0..10).map(|_| shop.order_of(5))).await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(outbox::lag(&shop.order).await.unwrap().unsent, 50, "accepted, and kept");
    cluster.broker_up(-1).unwrap();
    let flows = async || effects(&shop.payment).await.len() > 5;
    let took = within(Duration::from_secs(5), "events flow again", flows).await;
    println!("back {took:?} after the brokers took connections");

    eventually("all have their effect", async || effects(&shop.payment).await.len() >= 55).await;
    eventually("all are marked sent", async || shop.is_quiet().await).await;
    orders.push(before);
    shop.assert_each_once_in_order(&orders, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmations_that_are_lost_or_refused_lose_double_and_overtake_nothing() {
    let shop = shop().await;
    let Transport::Kafka { cluster, .. } = &shop.transport else { panic!("a shop over Kafka") };
    shop.relay(&shop.bus());
    shop.react(shop.payment());
    let mut orders = Vec::new();
    for _ in 0..6 {
        // The leader has too few followers, has moved, or the connection breaks instead of an answer.
        cluster.request_errors(
            RDKafkaApiKey::Produce,
            &[
                RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
                RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            ],
        );
        orders.extend(join_all((0..5).map(|_| shop.order_of(5))).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    eventually("all have their effect", async || effects(&shop.payment).await.len() >= 150).await;
    eventually("all are marked sent", async || shop.is_quiet().await).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    shop.assert_each_once_in_order(&orders, 5).await;
}

/// The client leaves its group with the coordinator's help, and waited without end for one that had died just then.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_wait_for_a_cluster_that_has_died() {
    let mut shop = shop().await;
    let bus = shop.broker().expect("a shop over Kafka");
    let receivers = shop.receive(&bus, &shop.stop);
    shop.relay(&bus);
    shop.react(shop.payment());
    shop.order_of(1).await;
    eventually("an event passes", async || effects(&shop.payment).await.len() == 1).await;
    shop.transport = Transport::Direct;
    shop.stop.cancel();
    for receiver in receivers {
        tokio::time::timeout(Duration::from_secs(20), receiver).await.expect("it ends").unwrap();
    }
}
