//! What RabbitMQ in particular does to messages, and the shop does not notice.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use lapin::options::{BasicConsumeOptions, BasicNackOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use souk_db::{inbox, outbox};
use souk_testkit::PrivatePostgres;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::shop::{Canceled, ROUTES, Shop, effects, eventually};
use crate::transport::{Transport, channel};

/// A wire to the broker that can be cut.
struct Wire {
    port: u16,
    cut: Arc<Notify>,
}

impl Wire {
    async fn to(broker: String) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, cut) = (listener.local_addr().unwrap().port(), Arc::new(Notify::new()));
        let wire = Wire { port, cut: Arc::clone(&cut) };
        tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let (broker, cut) = (broker.clone(), Arc::clone(&cut));
                tokio::spawn(async move {
                    let Ok(mut there) = TcpStream::connect(broker).await else { return };
                    tokio::select! {
                        () = cut.notified() => {}
                        _ = tokio::io::copy_bidirectional(&mut here, &mut there) => {}
                    }
                });
            }
        });
        wire
    }

    /// Every connection ends at once, whatever is under way on it.
    fn cut(&self) {
        self.cut.notify_waiters();
    }
}

fn url(shop: &Shop) -> String {
    let Transport::RabbitMq { url, .. } = &shop.transport else { panic!("a shop over RabbitMQ") };
    url.clone()
}

/// Host and port of `amqp://guest:guest@host:port/%2f`.
fn address(url: &str) -> String {
    url.split_once('@').unwrap().1.split('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_again_and_again_lose_double_and_overtake_nothing() {
    let mut shop = Shop::over_brokers().await.remove(0);
    let broker = address(&url(&shop));
    let wire = Wire::to(broker.clone()).await;
    let Transport::RabbitMq { url, .. } = &mut shop.transport else { panic!("RabbitMQ is the first") };
    *url = url.replace(&broker, &format!("127.0.0.1:{}", wire.port));
    shop.relay(&shop.bus());
    shop.react(shop.payment());
    let cutting = async {
        for _ in 0..25 {
            tokio::time::sleep(Duration::from_millis(120)).await;
            wire.cut();
        }
    };
    let shopping = async {
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.extend(join_all((0..3).map(|_| shop.order_of(5))).await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        orders
    };
    let (orders, ()) = tokio::join!(shopping, cutting);
    eventually("all have their effect", async || effects(&shop.payment).await.len() >= 300).await;
    eventually("all are marked sent", async || shop.is_quiet().await).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    shop.assert_each_once_in_order(&orders, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_for_a_queue_that_is_gone_is_not_taken_for_delivered() {
    let shop = Shop::over_brokers().await.remove(0);
    let bus = shop.broker().expect("a broker");
    shop.relay(&bus);
    let first = shop.order_of(0).await;
    shop.emit(1, &Canceled { order: first }).await;
    let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
    eventually("an event passes", sent).await;

    // The relay stays connected, and nobody listens who would declare the queue again.
    let (_connection, stranger) = channel(&url(&shop)).await;
    let queue = format!("{}.notification", shop.transport.prefix());
    stranger.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
    let second = shop.order_of(0).await;
    shop.emit(1, &Canceled { order: second }).await;
    eventually("it is sent all the same", sent).await;

    shop.receive(&bus, &shop.stop);
    let arrived = async || inbox::lag(&shop.notification).await.unwrap().pending;
    eventually("it is in the queue that was made for it", async || arrived().await == 1).await;
    let of_payment = async || inbox::lag(&shop.payment).await.unwrap().pending;
    eventually("payment has both", async || of_payment().await == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_wait_in_the_broker_while_the_database_of_a_service_is_away() {
    let postgres = PrivatePostgres::start().unwrap();
    let mut shop = Shop::over_brokers().await.remove(0);
    let there = souk_db::DbConfig::postgres(postgres.url("{name}"));
    shop.payment = souk_db::Db::open(&there, "payment", crate::shop::MIGRATIONS).await.unwrap();
    let bus = shop.bus();
    shop.relay(&bus);
    shop.react(shop.payment());
    let before = shop.order_of(2).await;
    eventually("events pass", async || effects(&shop.payment).await.len() == 2).await;

    postgres.crash().unwrap();
    let orders = join_all((0..10).map(|_| shop.order_of(5))).await;
    let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
    eventually("the order service is rid of them", sent).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    tokio::task::block_in_place(|| postgres.restart()).unwrap();

    let all = async || souk_db::inbox::lag(&shop.payment).await.is_ok_and(|lag| lag.pending == 0);
    eventually("the database answers", all).await;
    eventually("all have their effect", async || effects(&shop.payment).await.len() >= 52).await;
    let backlog = bus.backlog().await.unwrap();
    assert!(backlog.iter().all(|backlog| backlog.dead == 0), "{backlog:?}");
    let effects = effects(&shop.payment).await;
    assert_eq!(effects.len(), 52);
    for (order, events) in orders.iter().map(|order| (order, 5)).chain([(&before, 2)]) {
        let seen: Vec<i64> =
            effects.iter().filter(|(subject, _)| subject == order).map(|(_, number)| *number).collect();
        assert_eq!(seen, (1..=events).collect::<Vec<i64>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_returns_a_hundred_times_is_set_aside_and_not_lost() {
    let shop = Shop::over_brokers().await.remove(0);
    let bus = shop.broker().expect("a broker");
    shop.relay(&bus);
    shop.order_of(1).await;
    let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
    eventually("it is sent", sent).await;

    // A receiver that dies of it each time.
    let (_connection, stranger) = channel(&url(&shop)).await;
    let (queue, options) = (format!("{}.payment", shop.transport.prefix()), BasicConsumeOptions::default());
    let mut deliveries =
        stranger.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.unwrap();
    let mut returned = 0;
    while let Ok(Some(delivery)) = timeout(Duration::from_secs(2), deliveries.next()).await {
        let requeue = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
        delivery.unwrap().acker.nack(requeue).await.unwrap();
        returned += 1;
    }
    assert_eq!(returned, 101);
    let backlog = bus.backlog().await.unwrap();
    let payment = backlog.iter().find(|backlog| backlog.service == "payment").unwrap();
    assert_eq!((payment.waiting, payment.dead), (0, 1));
}

#[test]
fn a_url_that_cannot_be_read_and_one_that_wants_tls_are_refused_when_the_bus_is_built() {
    for url in ["rabbit:5672", "amqps://guest:guest@rabbit/%2f"] {
        let config = souk_bus::RabbitMqConfig { url: url.to_owned(), prefix: "souk".to_owned() };
        assert!(souk_bus::Bus::rabbitmq(ROUTES, &config, souk_types::Clock::system()).is_err(), "{url}");
    }
}
