//! From a relay to the topic.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use souk_rpc::Error;
use souk_types::{Envelope, EventId};
use tokio::time::{Instant, timeout_at};

use super::client::{Voice, ensure_topics};
use super::{Kafka, failed};
use crate::rounds::{Rounds, Sent};
use crate::routes::consumers_of;
use crate::wire;

/// How long the client tries to place a message, in milliseconds; afterwards it waits in the outbox instead.
const PLACE_MS_MAX: &str = "5000";
/// And a little more than that.
const CONFIRM_TIME_MAX: Duration = Duration::from_secs(7);

pub(super) type Client = FutureProducer<Voice>;

pub(crate) struct Publisher {
    kafka: Arc<Kafka>,
    /// None until it is needed, and after a failure that it does not survive.
    producer: Option<Client>,
}

impl Publisher {
    pub(crate) fn new(kafka: Arc<Kafka>) -> Publisher {
        Publisher { kafka, producer: None }
    }

    pub(crate) async fn publish(&mut self, envelopes: &[Envelope]) -> Result<Vec<EventId>, Error> {
        ensure_topics(&self.kafka).await?;
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => client(&self.kafka)?,
        };
        let mut rounds = Rounds::of(envelopes);
        let mut broken = None;
        while broken.is_none()
            && let Some(round) = rounds.next()
        {
            let sent = self.send(&producer, &round).await;
            rounds.settle(&sent.confirmed);
            broken = sent.broken;
        }
        if producer.client().fatal_error().is_none() {
            self.producer = Some(producer);
        }
        rounds.outcome(broken)
    }

    async fn send(&self, producer: &Client, round: &[&Envelope]) -> Sent {
        let topic = self.kafka.topic();
        let mut sent = Sent::default();
        let mut under_way = FuturesUnordered::new();
        for envelope in round {
            // What nobody hears of need not travel.
            if consumers_of(self.kafka.routes, &envelope.kind).is_empty() {
                sent.confirmed.insert(envelope.id);
                continue;
            }
            let topic = &topic;
            under_way.push(async move { (envelope.id, publish_one(producer, topic, envelope).await) });
        }
        let deadline = Instant::now() + CONFIRM_TIME_MAX;
        loop {
            match timeout_at(deadline, under_way.next()).await {
                Ok(Some((event, Ok(())))) => {
                    sent.confirmed.insert(event);
                }
                Ok(Some((event, Err(error)))) if is_refusal(&error) => {
                    tracing::warn!(event.id = %event, %error, "Kafka refuses an event; it stays in the outbox");
                }
                Ok(Some((_, Err(error)))) => sent.broken = Some(failed(error)),
                Ok(None) => return sent,
                Err(_) => {
                    sent.broken = Some(Error::unavailable("Kafka does not confirm"));
                    return sent;
                }
            }
        }
    }
}

pub(super) fn client(kafka: &Kafka) -> Result<Client, Error> {
    let mut config = kafka.client();
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("message.timeout.ms", PLACE_MS_MAX)
        .set("request.timeout.ms", PLACE_MS_MAX)
        .set("queue.buffering.max.ms", "1")
        // As Java's clients do it, so that others who write for an aggregate hit its partition.
        .set("partitioner", "murmur2_random");
    config.create_with_context(Voice).map_err(failed)
}

/// The broker has it on all replicas that are in sync.
async fn publish_one(producer: &Client, topic: &str, envelope: &Envelope) -> Result<(), KafkaError> {
    let (key, body) = (envelope.subject.to_string(), wire::write(envelope));
    let headers = OwnedHeaders::new()
        .insert(Header { key: "content-type", value: Some(wire::CONTENT_TYPE) })
        .insert(Header { key: TYPE_HEADER, value: Some(&envelope.kind) });
    let record = FutureRecord::to(topic).key(&key).payload(&body).headers(headers);
    producer.send(record, Duration::ZERO).await.map(drop).map_err(|(error, _)| error)
}

/// The event type beside the body, as the protocol binding of CloudEvents allows: whoever does not hear of it need
/// not read the body.
pub(super) const TYPE_HEADER: &str = "ce_type";

/// It is this message, and not the cluster.
fn is_refusal(error: &KafkaError) -> bool {
    let codes = [
        RDKafkaErrorCode::MessageSizeTooLarge,
        RDKafkaErrorCode::InvalidMessage,
        RDKafkaErrorCode::InvalidRecord,
    ];
    error.rdkafka_error_code().is_some_and(|code| codes.contains(&code))
}
