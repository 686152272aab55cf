//! From a relay to the queues of the services.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation};
use souk_rpc::Error;
use souk_types::{Envelope, EventId};
use tokio::time::{Instant, timeout_at};

use super::link::Link;
use super::{RabbitMq, failed, too_slow};
use crate::rounds::{Rounds, Sent};
use crate::routes::{consumers_of, service_of};
use crate::wire;

/// How long the broker may take to write one round to disk.
const CONFIRM_TIME_MAX: Duration = Duration::from_secs(5);

/// A message that outlives the broker's process, in AMQP's numbers.
const PERSISTENT: u8 = 2;

pub(crate) struct Publisher {
    rabbit: Arc<RabbitMq>,
    worker: String,
    /// None until it is needed, and after every failure.
    link: Option<Link>,
}

impl Publisher {
    pub(crate) fn new(rabbit: Arc<RabbitMq>, service: &str) -> Publisher {
        Publisher { rabbit, worker: format!("{service} relay"), link: None }
    }

    pub(crate) async fn publish(&mut self, envelopes: &[Envelope]) -> Result<Vec<EventId>, Error> {
        let link = match self.link.take() {
            Some(link) => link,
            None => self.connect().await?,
        };
        let mut rounds = Rounds::of(envelopes);
        while let Some(round) = rounds.next() {
            let Sent { confirmed, broken } = self.send(&link.channel, &round).await;
            rounds.settle(&confirmed);
            if broken.is_some() {
                // What is under way on it may still arrive. That is a repetition, and not one that comes too late:
                // its successor is not sent before a later copy of it is confirmed.
                link.close().await;
                return rounds.outcome(broken);
            }
        }
        self.link = Some(link);
        rounds.outcome(None)
    }

    async fn connect(&self) -> Result<Link, Error> {
        let link = Link::open(&self.rabbit, &self.worker).await?;
        link.channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(failed)?;
        Ok(link)
    }

    /// One copy of each event for each service that hears of it.
    async fn send(&self, channel: &Channel, round: &[&Envelope]) -> Sent {
        let exchange = ShortString::from(self.rabbit.exchange());
        let mut missing: HashMap<EventId, usize> = HashMap::with_capacity(round.len());
        let mut under_way = FuturesUnordered::new();
        for envelope in round {
            let services = self.services_of(&envelope.kind);
            missing.insert(envelope.id, services.len());
            for service in services {
                let sending = publish_one(channel, exchange.clone(), service, envelope);
                under_way.push(async move { (envelope.id, service, sending.await) });
            }
        }
        let deadline = Instant::now() + CONFIRM_TIME_MAX;
        let mut broken = None;
        loop {
            let (event, service, outcome) = match timeout_at(deadline, under_way.next()).await {
                Ok(Some(answer)) => answer,
                Ok(None) => break,
                Err(_) => {
                    broken = Some(too_slow("confirm", CONFIRM_TIME_MAX));
                    break;
                }
            };
            match outcome {
                Ok(Confirmation::Ack(None)) => {
                    missing.entry(event).and_modify(|services| *services -= 1);
                }
                Ok(Confirmation::Ack(Some(_))) => {
                    // Somebody has deleted the queue: connecting anew declares it again.
                    broken = Some(Error::unavailable(format!("RabbitMQ has no queue for `{service}`")));
                }
                Ok(Confirmation::Nack(_) | Confirmation::NotRequested) => {
                    tracing::warn!(event.id = %event, service, "RabbitMQ refuses an event; it stays in the outbox");
                }
                Err(error) => broken = Some(failed(error)),
            }
        }
        let confirmed = missing.into_iter().filter(|(_, services)| *services == 0).map(|(event, _)| event);
        Sent { confirmed: confirmed.collect(), broken }
    }

    fn services_of(&self, kind: &str) -> Vec<&'static str> {
        let mut services: Vec<_> =
            consumers_of(self.rabbit.routes, kind).iter().map(|consumer| service_of(consumer)).collect();
        services.sort_unstable();
        services.dedup();
        services
    }
}

async fn publish_one(
    channel: &Channel,
    exchange: ShortString,
    service: &'static str,
    envelope: &Envelope,
) -> lapin::Result<Confirmation> {
    let properties = BasicProperties::default()
        .with_content_type(wire::CONTENT_TYPE.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(envelope.id.to_string().into())
        .with_type(envelope.kind.as_str().into())
        .with_app_id("souk".into());
    let mandatory = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let body = wire::write(envelope);
    channel.basic_publish(exchange, service.into(), mandatory, &body, properties).await?.await
}
