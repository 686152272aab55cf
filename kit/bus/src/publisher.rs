//! One relay's way onto the bus.

use souk_rpc::Error;
use souk_types::{Envelope, EventId};

use crate::direct;
#[cfg(feature = "kafka")]
use crate::kafka;
use crate::rabbitmq;

/// It remembers what is under way, and holds the connection to a broker.
pub(crate) enum Publisher {
    Direct(direct::Publisher),
    RabbitMq(Box<rabbitmq::Publisher>),
    #[cfg(feature = "kafka")]
    Kafka(kafka::Publisher),
}

impl Publisher {
    /// Sends the envelopes, which are in order per subject, and returns those that cannot get lost any more: every
    /// consumer has them durably, or the broker has for every service that hears of them. What is not returned is
    /// to be published again, in order. An error says that nothing was taken, since the transport as a whole is away.
    pub(crate) async fn publish(&mut self, envelopes: &[Envelope]) -> Result<Vec<EventId>, Error> {
        match self {
            Publisher::Direct(publisher) => Ok(publisher.publish(envelopes).await),
            Publisher::RabbitMq(publisher) => publisher.publish(envelopes).await,
            #[cfg(feature = "kafka")]
            Publisher::Kafka(publisher) => publisher.publish(envelopes).await,
        }
    }
}
