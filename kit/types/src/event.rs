//! What happened, in the past tense. Shape and names follow CloudEvents 1.0.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
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
    pub data: EventData,
}

impl Envelope {
    /// Reads the data as the event it claims to be.
    pub fn open<E: Event>(&self) -> Result<E, serde_json::Error> {
        serde_json::from_str(self.data.text())
    }
}

/// What an event says, as the JSON text that was written. It goes through outbox, wire and inbox as it is, and is
/// read once, by whoever reacts. Cloning it shares it.
#[derive(Clone, PartialEq, Eq)]
pub struct EventData(Arc<str>);

impl EventData {
    /// What `event` says.
    pub fn of<E: Serialize>(event: &E) -> Result<EventData, serde_json::Error> {
        Ok(EventData(serde_json::to_string(event)?.into()))
    }

    /// Takes what was written by [`EventData::text`]. It is believed to be JSON: whoever opens or sends it finds out.
    pub fn from_text(text: String) -> EventData {
        EventData(text.into())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// The data for whoever does not know the type of the event.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }
}

impl std::fmt::Debug for EventData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for EventData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EventData, D::Error> {
        Ok(EventData(Box::<RawValue>::deserialize(deserializer)?.get().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_crosses_the_wire_with_the_very_text_that_was_written() {
        let text = r#"{"total": 1.10,  "note":"a\u0000b"}"#;
        let envelope = Envelope {
            id: EventId(Uuid::nil()),
            kind: "order.placed".to_owned(),
            source: "order".to_owned(),
            subject: Uuid::nil(),
            sequence: 1,
            time: Timestamp::from_millis(0),
            traceparent: None,
            data: EventData::from_text(text.to_owned()),
        };
        let wire = serde_json::to_vec(&vec![envelope.clone()]).expect("plain data");
        let back: Vec<Envelope> = serde_json::from_slice(&wire).expect("the same data");
        assert_eq!((back[0].data.text(), &back[0]), (text, &envelope));
        assert_eq!(back[0].data.to_value()["total"], 1.1);
    }

    #[test]
    fn what_is_no_json_is_no_data_of_an_event() {
        let data = EventData::from_text("{".to_owned());
        assert!(serde_json::to_string(&data).is_err());
        assert!(serde_json::from_str::<EventData>("{").is_err());
    }
}
