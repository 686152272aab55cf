//! What is declared at the broker, by everybody who connects: publishers too, since an event that is published
//! before its queue exists would reach nobody.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind, Queue};
use souk_rpc::Error;
use tokio::time::timeout;

use super::link::Link;
use super::{RabbitMq, failed, too_slow};
use crate::Backlog;

/// How often a message may return unacknowledged before it is set aside. A receiver acknowledges within
/// milliseconds or waits for its database, so what returns so often kills receivers. Far more than an outage needs:
/// a sound event that is set aside is one that others overtake.
const DELIVERIES_MAX: i64 = 100;

const LOOK_TIME_MAX: Duration = Duration::from_secs(5);

/// Repeating it changes nothing. A queue that exists with other arguments is an error of the broker's that says so.
pub(super) async fn declare(channel: &Channel, rabbit: &RabbitMq) -> lapin::Result<()> {
    for exchange in [rabbit.exchange(), rabbit.dead_exchange()] {
        let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        channel
            .exchange_declare(exchange.into(), ExchangeKind::Direct, durable, FieldTable::default())
            .await?;
    }
    for service in rabbit.services() {
        let (queue, dead_queue) = (rabbit.queue(service), rabbit.dead_queue(service));
        // The dead letters' place first, so that nothing is set aside into nowhere.
        declare_queue(channel, &dead_queue, quorum()).await?;
        bind(channel, &dead_queue, &rabbit.dead_exchange(), service).await?;
        declare_queue(channel, &queue, for_service(rabbit, service)).await?;
        bind(channel, &queue, &rabbit.exchange(), service).await?;
    }
    Ok(())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn for_service(rabbit: &RabbitMq, service: &str) -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES_MAX));
    arguments.insert("x-dead-letter-exchange".into(), text(&rabbit.dead_exchange()));
    arguments.insert("x-dead-letter-routing-key".into(), text(service));
    // Without these two a dead letter may be lost on its way.
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

async fn declare_queue(channel: &Channel, name: &str, arguments: FieldTable) -> lapin::Result<Queue> {
    channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments).await
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default()).await
}

/// Messages that wait in the queue of a service and in that of its dead letters.
pub(super) async fn depth(
    channel: &Channel,
    rabbit: &RabbitMq,
    service: &'static str,
) -> lapin::Result<Backlog> {
    let count = async |name: String| {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(name.into(), passive, FieldTable::default()).await?;
        lapin::Result::Ok(u64::from(queue.message_count()))
    };
    let waiting = count(rabbit.queue(service)).await?;
    let dead = count(rabbit.dead_queue(service)).await?;
    Ok(Backlog { service, waiting, dead })
}

/// What waits for every service.
pub(crate) async fn backlog(rabbit: &RabbitMq) -> Result<Vec<Backlog>, Error> {
    let link = Link::open(rabbit, "backlog").await?;
    let look = async {
        let mut backlogs = Vec::new();
        for service in rabbit.services() {
            backlogs.push(depth(&link.channel, rabbit, service).await?);
        }
        lapin::Result::Ok(backlogs)
    };
    let backlogs = timeout(LOOK_TIME_MAX, look).await;
    link.close().await;
    backlogs.map_err(|_| too_slow("count its messages", LOOK_TIME_MAX))?.map_err(failed)
}
