//! What brokers carry is CloudEvents, in the eyes of the project's own library for another language.

use std::io::Write;
use std::process::{Command, Stdio};

use futures::StreamExt;
use lapin::message::Delivery;
use lapin::options::BasicConsumeOptions;
use lapin::types::FieldTable;
use serde_json::{Value, json};
use souk_db::{Batch, args, outbox};
use souk_rpc::Context;

use crate::shop::{Placed, Shop, eventually};
use crate::transport::{Transport, channel};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// States an event as a traced request would.
async fn order_of_a_traced_request(shop: &Shop) -> Placed {
    let placed = Placed { order: shop.chance.uuid_v7(shop.clock.now()), number: 1 };
    let cx = Context { traceparent: TRACEPARENT.parse().ok(), ..Context::system("test") };
    let emit = outbox::emit(&cx, shop.clock.now(), &shop.chance, "order", 1, &placed);
    shop.order.commit(&cx, Batch::from(emit)).await.unwrap();
    placed
}

/// What the outbox says of the only event, as CloudEvents names it.
async fn stated(shop: &Shop) -> Value {
    let row = "select id, kind, source, subject, time, data from outbox";
    let event = shop.order.read_one(row, args![], |row| {
        let time: souk_types::Timestamp = row.get(4)?;
        Ok(json!({
            "specversion": "1.0",
            "id": row.get::<uuid::Uuid>(0)?,
            "type": row.get::<String>(1)?,
            "source": row.get::<String>(2)?,
            "subject": row.get::<uuid::Uuid>(3)?,
            "time_ms": time.millis(),
            "sequence": "0000000000000000001",
            "traceparent": TRACEPARENT,
            "datacontenttype": "application/json",
            "data": row.json::<Value>(5)?,
        }))
    });
    event.await.unwrap().unwrap()
}

/// Reads messages with the Python SDK: one JSON line in, one out.
fn read_in_python(message: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/external/cloudevents.sh");
    let mut python = Command::new(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the Python side");
    writeln!(python.stdin.take().unwrap(), "{message}").unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the Python SDK does not read {message}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_of_cloudevents_reads_what_travels_over_rabbitmq() {
    let shop = Shop::over_brokers().await.remove(0);
    shop.relay(&shop.broker().expect("a broker"));
    let placed = order_of_a_traced_request(&shop).await;
    let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
    eventually("it is sent", sent).await;
    let Transport::RabbitMq { url, prefix, .. } = &shop.transport else { panic!("RabbitMQ is the first") };
    let (_connection, stranger) = channel(url).await;
    let (queue, options) = (format!("{prefix}.payment"), BasicConsumeOptions::default());
    let mut deliveries =
        stranger.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.unwrap();
    let Delivery { data, properties, .. } = deliveries.next().await.unwrap().unwrap();
    let content_type = properties.content_type().clone().unwrap().to_string();
    let body = String::from_utf8(data).unwrap();
    let message = json!({"binding": "rabbitmq", "content_type": content_type, "body": body});
    let read = tokio::task::block_in_place(|| read_in_python(&message));
    assert_eq!(read, stated(&shop).await);
    assert_eq!(read["data"]["order"], json!(placed.order));
}

#[cfg(feature = "kafka")]
#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_of_cloudevents_reads_what_travels_over_kafka() {
    use rdkafka::config::ClientConfig;
    use rdkafka::consumer::{Consumer, StreamConsumer};
    use rdkafka::message::{Headers, Message};

    let shop = Shop::over_brokers().await.remove(1);
    shop.relay(&shop.broker().expect("a broker"));
    let placed = order_of_a_traced_request(&shop).await;
    let sent = async || outbox::lag(&shop.order).await.unwrap().unsent == 0;
    eventually("it is sent", sent).await;
    let Transport::Kafka { cluster, prefix } = &shop.transport else { panic!("Kafka is the second") };
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", cluster.bootstrap_servers());
    config.set("group.id", "a stranger").set("auto.offset.reset", "earliest");
    let stranger: StreamConsumer = config.create().unwrap();
    stranger.subscribe(&[&format!("{prefix}.events")]).unwrap();
    let received = stranger.recv().await.unwrap().detach();
    assert_eq!(received.key(), Some(placed.order.to_string().as_bytes()), "the aggregate is the key");
    let headers: serde_json::Map<String, Value> = received
        .headers()
        .unwrap()
        .iter()
        .map(|header| (header.key.to_owned(), json!(std::str::from_utf8(header.value.unwrap()).unwrap())))
        .collect();
    let body = std::str::from_utf8(received.payload().unwrap()).unwrap();
    let message = json!({"binding": "kafka", "headers": headers, "body": body});
    let read = tokio::task::block_in_place(|| read_in_python(&message));
    assert_eq!(read, stated(&shop).await);
}
