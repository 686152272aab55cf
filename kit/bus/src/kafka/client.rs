//! Topics, what clients say of themselves, and how far a group is behind.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use souk_rpc::Error;

use super::{Kafka, failed};
use crate::Backlog;

const ADMIN_TIME_MAX: Duration = Duration::from_secs(5);

/// How long an event stays in the topic, in milliseconds: five days, plus half a day until its file is full. An inbox
/// knows what it has taken in for longer than that, so that even a group that begins anew doubles nothing.
const KEPT_MS: &str = "432000000";
const FILE_MS: &str = "43200000";

/// The broker's own default.
const REPLICAS: i32 = -1;

/// Clients speak through the log of the shop.
pub(super) struct Voice;

impl ClientContext for Voice {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(facility, message, "kafka client");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka client");
    }
}

/// A member of a service's group, which says what it reads.
pub(super) struct Reader {
    pub(super) service: &'static str,
}

impl ClientContext for Reader {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        Voice.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        Voice.error(error, reason);
    }
}

impl ConsumerContext for Reader {
    fn post_rebalance(&self, _consumer: &BaseConsumer<Reader>, rebalance: &Rebalance<'_>) {
        let partitions: Vec<i32> = match rebalance {
            Rebalance::Assign(given) => given.elements().iter().map(|element| element.partition()).collect(),
            Rebalance::Revoke(_) => Vec::new(),
            Rebalance::Error(error) => {
                tracing::warn!(service = self.service, %error, "the group could not share the partitions");
                return;
            }
        };
        #[expect(clippy::cast_precision_loss, reason = "a count for a gauge")]
        metrics::gauge!("souk_broker_partitions", "service" => self.service).set(partitions.len() as f64);
        tracing::info!(service = self.service, ?partitions, "reads these partitions");
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        // After a rebalance somebody else commits for the partition; the worst that follows is a repetition.
        if let Err(error) = result {
            tracing::info!(%error, "offsets not committed");
        }
    }
}

/// Creates the topics that are missing. Where others create them, they are there and nothing is asked for.
pub(super) async fn ensure_topics(kafka: &Arc<Kafka>) -> Result<(), Error> {
    if kafka.topics_exist() {
        return Ok(());
    }
    let looking = Arc::clone(kafka);
    let missing = tokio::task::spawn_blocking(move || missing_topics(&looking));
    let missing = missing.await.map_err(Error::internal)?.map_err(failed)?;
    if !missing.is_empty() {
        create_topics(kafka, &missing).await.map_err(failed)?;
    }
    kafka.note_that_topics_exist();
    Ok(())
}

fn missing_topics(kafka: &Kafka) -> KafkaResult<Vec<String>> {
    let client: BaseConsumer = kafka.client().create()?;
    let metadata = client.fetch_metadata(None, ADMIN_TIME_MAX)?;
    let mut topics: Vec<String> =
        kafka.services().into_iter().map(|service| kafka.dead_topic(service)).collect();
    topics.push(kafka.topic());
    topics.retain(|topic| !metadata.topics().iter().any(|there| there.name() == topic));
    Ok(topics)
}

async fn create_topics(kafka: &Kafka, missing: &[String]) -> KafkaResult<()> {
    let admin: AdminClient<DefaultClientContext> = kafka.client().create()?;
    let (events, partitions) = (kafka.topic(), i32::from(kafka.config.partitions.max(1)));
    let topics = missing.iter().map(|topic| {
        let replicas = TopicReplication::Fixed(REPLICAS);
        if *topic == events {
            return NewTopic::new(topic, partitions, replicas)
                .set("retention.ms", KEPT_MS)
                .set("segment.ms", FILE_MS);
        }
        // Dead letters stay until somebody has looked at them.
        NewTopic::new(topic, 1, replicas).set("retention.ms", "-1")
    });
    let topics: Vec<NewTopic<'_>> = topics.collect();
    let time_max = Some(ADMIN_TIME_MAX);
    let options = AdminOptions::new().request_timeout(time_max).operation_timeout(time_max);
    for (topic, code) in admin.create_topics(&topics, &options).await?.into_iter().filter_map(Result::err) {
        // Another process may have been faster.
        if code != RDKafkaErrorCode::TopicAlreadyExists {
            tracing::warn!(topic, %code, "topic not created; it has to be there");
        }
    }
    Ok(())
}

/// What each service has still to read, and what it has set aside.
pub(crate) async fn backlog(kafka: &Arc<Kafka>) -> Result<Vec<Backlog>, Error> {
    let kafka = Arc::clone(kafka);
    let counted = tokio::task::spawn_blocking(move || {
        let services = kafka.services().into_iter();
        services.map(|service| of_service(&kafka, service)).collect::<KafkaResult<Vec<_>>>()
    });
    counted.await.map_err(Error::internal)?.map_err(failed)
}

fn of_service(kafka: &Kafka, service: &'static str) -> KafkaResult<Backlog> {
    let mut config: ClientConfig = kafka.client();
    config.set("group.id", kafka.group(service));
    let consumer: BaseConsumer = config.create()?;
    let topic = kafka.topic();
    let partitions = partitions(&consumer, &topic)?;
    let mut asked = TopicPartitionList::new();
    for partition in &partitions {
        asked.add_partition(&topic, *partition);
    }
    let committed = consumer.committed_offsets(asked, ADMIN_TIME_MAX)?;
    let mut waiting = 0;
    for partition in partitions {
        let (low, high) = consumer.fetch_watermarks(&topic, partition, ADMIN_TIME_MAX)?;
        let read = match committed.find_partition(&topic, partition).map(|found| found.offset()) {
            Some(Offset::Offset(next)) => next.max(low),
            _ => low,
        };
        waiting += u64::try_from(high - read).unwrap_or(0);
    }
    let (dead_topic, mut dead) = (kafka.dead_topic(service), 0);
    for partition in self::partitions(&consumer, &dead_topic)? {
        let (low, high) = consumer.fetch_watermarks(&dead_topic, partition, ADMIN_TIME_MAX)?;
        dead += u64::try_from(high - low).unwrap_or(0);
    }
    Ok(Backlog { service, waiting, dead })
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> KafkaResult<Vec<i32>> {
    let metadata = consumer.fetch_metadata(Some(topic), ADMIN_TIME_MAX)?;
    let topics = metadata.topics().iter();
    Ok(topics.flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect())
}
