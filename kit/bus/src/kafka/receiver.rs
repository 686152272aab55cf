//! From the topic to the inboxes of a service.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use futures::FutureExt;
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::producer::FutureRecord;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use souk_rpc::Error;
use souk_types::{Chance, Envelope};
use tokio_util::sync::CancellationToken;

use super::client::{Reader, ensure_topics};
use super::publisher::{self, TYPE_HEADER};
use super::{Kafka, failed};
use crate::intake::{BATCH_MAX, Intake};
use crate::receiver::set_aside;
use crate::{backoff, wire};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A client that worked this long was a sound one.
const SOUND_AFTER: Duration = Duration::from_secs(5);
/// A replica that is dead gives its partitions to others after this long.
const SESSION_MS: u64 = 10_000;
/// Leaving the group waits for its coordinator, longest while somebody joins. After the session's end nobody needs it.
const LEAVE_WAIT_MAX: Duration = Duration::from_millis(SESSION_MS + 2_000);

pub(crate) async fn receive(kafka: &Arc<Kafka>, intake: &Intake, stop: &CancellationToken) {
    let mut failures: u32 = 0;
    loop {
        let begun = Instant::now();
        let Err(error) = until_broken(kafka, intake, stop).await else { return };
        failures = if begun.elapsed() > SOUND_AFTER { 1 } else { failures.saturating_add(1) };
        let pause = backoff::pause(&Chance::system(), failures, FIRST_PAUSE, LONGEST_PAUSE);
        if failures.is_power_of_two() {
            let service = intake.service;
            tracing::warn!(service, %error, failures, ?pause, "not receiving; the broker or the outboxes keep what there is");
        }
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Receives until the client breaks, or well until `stop`.
async fn until_broken(kafka: &Arc<Kafka>, intake: &Intake, stop: &CancellationToken) -> Result<(), Error> {
    match stop.run_until_cancelled(ensure_topics(kafka)).await {
        Some(ready) => ready?,
        None => return Ok(()),
    }
    let member = Member::join(kafka, intake.service).map_err(failed)?;
    let Some(consumer) = &member.consumer else { return Ok(()) };
    let ended = run(kafka, consumer, intake, stop).await;
    member.leave(intake.service).await;
    ended
}

/// A place in the consumer group of a service.
struct Member {
    /// There until it is given up.
    consumer: Option<StreamConsumer<Reader>>,
}

impl Member {
    fn join(kafka: &Kafka, service: &'static str) -> Result<Member, KafkaError> {
        let mut config = kafka.client();
        config
            .set("group.id", kafka.group(service))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A group that is new begins at the first event, not at the next one.
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", SESSION_MS.to_string())
            // Read ahead, per partition.
            .set("queued.min.messages", "1000")
            .set("queued.max.messages.kbytes", "4096");
        let consumer: StreamConsumer<Reader> = config.create_with_context(Reader { service })?;
        consumer.subscribe(&[&kafka.topic()])?;
        Ok(Member { consumer: Some(consumer) })
    }

    /// Gives the place up, and waits until the coordinator knows, or not much longer.
    async fn leave(mut self, service: &str) {
        let Some(left) = self.give_up() else { return };
        // A runtime that ends meanwhile waits for this as well.
        let waited = tokio::task::spawn_blocking(move || left.recv_timeout(LEAVE_WAIT_MAX)).await;
        if !matches!(waited, Ok(Ok(()))) {
            tracing::warn!(service, "left a group whose coordinator does not answer");
        }
    }

    /// On a thread of its own: the client waits for its brokers, and without end when they have died at a bad moment.
    /// Neither the runtime nor the end of the process may wait with it for long. None when it was given up before.
    fn give_up(&mut self) -> Option<Receiver<()>> {
        let consumer = self.consumer.take()?;
        let (told, left) = sync_channel(1);
        let gone = std::thread::Builder::new().name("kafka-leave".to_owned()).spawn(move || {
            drop(consumer);
            // Nobody may be waiting any more.
            let _ = told.send(());
        });
        if let Err(error) = gone {
            tracing::warn!(%error, "no thread to leave a group with");
        }
        Some(left)
    }
}

impl Drop for Member {
    /// Where a process ends without a word: a place that nobody has given up keeps its partitions from everybody else
    /// until the session's end.
    fn drop(&mut self) {
        if let Some(left) = self.give_up() {
            let _ = left.recv_timeout(LEAVE_WAIT_MAX);
        }
    }
}

async fn run(
    kafka: &Kafka,
    consumer: &StreamConsumer<Reader>,
    intake: &Intake,
    stop: &CancellationToken,
) -> Result<(), Error> {
    loop {
        let Some(first) = stop.run_until_cancelled(consumer.recv()).await else { return Ok(()) };
        let mut batch = Batch::default();
        batch.add(first, intake)?;
        while batch.messages < BATCH_MAX
            && let Some(next) = consumer.recv().now_or_never()
        {
            batch.add(next, intake)?;
        }
        if batch.messages == 0 {
            continue;
        }
        if !batch.poison.is_empty() && !keep(kafka, intake.service, &batch.poison, stop).await? {
            return Ok(());
        }
        if !intake.take_in(&batch.envelopes, stop).await {
            return Ok(());
        }
        consumer.commit(&batch.offsets(&kafka.topic()), CommitMode::Async).map_err(failed)?;
    }
}

/// What one commit takes in, in the order of every partition.
#[derive(Default)]
struct Batch {
    messages: usize,
    envelopes: Vec<Envelope>,
    poison: Vec<Poison>,
    /// Where each partition goes on afterwards.
    next: HashMap<i32, i64>,
}

/// A message that is no envelope.
struct Poison {
    body: Vec<u8>,
    place: String,
    reason: String,
}

impl Batch {
    fn add(
        &mut self,
        message: Result<BorrowedMessage<'_>, KafkaError>,
        intake: &Intake,
    ) -> Result<(), Error> {
        let message = match message {
            Ok(message) => message,
            Err(error @ KafkaError::MessageConsumptionFatal(_)) => return Err(failed(error)),
            Err(error) => {
                // A broker is away, or the topic is not there yet: the client goes on trying.
                tracing::warn!(service = intake.service, %error, "Kafka has trouble");
                return Ok(());
            }
        };
        self.messages += 1;
        self.next.insert(message.partition(), message.offset() + 1);
        if kind(&message).is_some_and(|kind| !intake.hears_of(kind)) {
            return Ok(());
        }
        let body = message.payload().unwrap_or_default();
        match wire::read(body) {
            Ok(envelope) => self.envelopes.push(envelope),
            Err(reason) => {
                let place = format!("{} {}:{}", message.topic(), message.partition(), message.offset());
                self.poison.push(Poison { body: body.to_vec(), place, reason });
            }
        }
        Ok(())
    }

    fn offsets(&self, topic: &str) -> TopicPartitionList {
        let mut offsets = TopicPartitionList::new();
        for (partition, next) in &self.next {
            // The only way to fail is an offset that is none.
            let _ = offsets.add_partition_offset(topic, *partition, Offset::Offset(*next));
        }
        offsets
    }
}

/// The event type that the publisher wrote beside the body.
fn kind<'a>(message: &'a BorrowedMessage<'_>) -> Option<&'a str> {
    let headers = message.headers()?;
    let header = headers.iter().find(|header| header.key == TYPE_HEADER)?;
    std::str::from_utf8(header.value?).ok()
}

/// Copies what cannot be read to the dead letters of the service, since the topic forgets. False when `stop` came first.
async fn keep(
    kafka: &Kafka,
    service: &'static str,
    poison: &[Poison],
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let (producer, topic) = (publisher::client(kafka)?, kafka.dead_topic(service));
    for Poison { body, place, reason } in poison {
        let record = FutureRecord::to(&topic).key(place).payload(body);
        let Some(kept) = stop.run_until_cancelled(producer.send(record, Duration::ZERO)).await else {
            return Ok(false);
        };
        kept.map_err(|(error, _)| failed(error))?;
        set_aside(service, reason, body.len(), place);
    }
    Ok(true)
}
