//! The worker that empties a broker into the inboxes of one service.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::intake::Intake;
#[cfg(feature = "kafka")]
use crate::kafka::{self, Kafka};
use crate::rabbitmq::{self, RabbitMq};

/// Takes what a broker holds for one service, commits it to the inboxes, and only then acknowledges it. Replicas
/// of a service each run one; the broker sees to it that the order of a subject survives.
pub struct Receiver {
    pub(crate) intake: Intake,
    pub(crate) from: Source,
}

pub(crate) enum Source {
    RabbitMq(Arc<RabbitMq>),
    #[cfg(feature = "kafka")]
    Kafka(Arc<Kafka>),
}

impl Receiver {
    pub fn spawn(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.run(stop))
    }

    /// Works until `stop`, then finishes what it has in hand and leaves the rest to the broker. A broker that is
    /// away, at the start or later, is looked for again and again.
    pub async fn run(self, stop: CancellationToken) {
        match self.from {
            Source::RabbitMq(rabbit) => rabbitmq::receive(&rabbit, &self.intake, &stop).await,
            #[cfg(feature = "kafka")]
            Source::Kafka(kafka) => kafka::receive(&kafka, &self.intake, &stop).await,
        }
    }
}

/// A message that a receiver cannot read is counted, told of, and set aside where somebody can look at it.
pub(crate) fn set_aside(service: &'static str, reason: &str, bytes: usize, place: &str) {
    metrics::counter!("souk_broker_dead_letters_total", "service" => service).increment(1);
    tracing::error!(service, reason, bytes, place, "a message is no envelope: set aside");
}
