//! What happened, in the past tense. Shape and names follow CloudEvents 1.0.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{EventId, Timestamp};

/// A fact that one service states and others react to.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `noun.past_tense`, such as `order.placed`.
    const TYPE: &'static str;

    /// The aggregate it happened to; events of one subject are delivered in order.
    fn subject(&self) -> Uuid;
}

/// An event on its way: `subject` and `sequence` order it, `id` makes its effect single.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub id: EventId,
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that stated it.
    pub source: String,
    pub subject: Uuid,
    /// Position among the events of its subject, from 1, without gaps.
    pub sequence: i64,
    pub time: Timestamp,
    /// W3C trace context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    pub data: serde_json::Value,
}

impl Envelope {
    /// Reads the data as the event it claims to be.
    pub fn open<E: Event>(&self) -> Result<E, serde_json::Error> {
        E::deserialize(&self.data)
    }
}
