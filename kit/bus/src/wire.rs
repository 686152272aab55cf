//! An envelope as brokers carry it: CloudEvents 1.0 in structured JSON, so that other languages read it too.
//!
//! Whatever is read here can be written to the inbox of either database. So a message that is no envelope is known
//! before it is accepted, and an inbox that refuses is a database in trouble, never a poison message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use souk_types::{Envelope, EventData, EventId, Timestamp};
use uuid::Uuid;

pub(crate) const CONTENT_TYPE: &str = "application/cloudevents+json";

const SPEC_VERSION: &str = "1.0";

/// Integers of CloudEvents have 32 bits and its `sequence` is a text that sorts as it counts: so it is padded.
const SEQUENCE_DIGITS: usize = 19;

/// The longest type, source and trace context that is believed to be one, in bytes.
const WORD_MAX: usize = 255;

#[derive(Serialize, Deserialize)]
struct CloudEvent<'a> {
    specversion: Cow<'a, str>,
    id: EventId,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    source: Cow<'a, str>,
    subject: Uuid,
    sequence: String,
    time: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'a, str>>,
    datacontenttype: Cow<'a, str>,
    data: EventData,
}

/// The bytes of the message's body.
pub(crate) fn write(envelope: &Envelope) -> Vec<u8> {
    let Envelope { id, kind, source, subject, sequence, time, traceparent, data } = envelope;
    let event = CloudEvent {
        specversion: Cow::Borrowed(SPEC_VERSION),
        id: *id,
        kind: Cow::Borrowed(kind),
        source: Cow::Borrowed(source),
        subject: *subject,
        sequence: format!("{sequence:0SEQUENCE_DIGITS$}"),
        time: *time,
        traceparent: traceparent.as_deref().map(Cow::Borrowed),
        datacontenttype: Cow::Borrowed("application/json"),
        data: data.clone(),
    };
    serde_json::to_vec(&event).expect("an envelope is plain data, which always has a JSON form")
}

/// Why a message is no envelope of a shop.
pub(crate) type NoEnvelope = String;

pub(crate) fn read(body: &[u8]) -> Result<Envelope, NoEnvelope> {
    let event: CloudEvent<'_> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if event.specversion != SPEC_VERSION {
        return Err(format!("specversion `{}` instead of {SPEC_VERSION}", event.specversion.escape_debug()));
    }
    let words = [Some(&event.kind), Some(&event.source), event.traceparent.as_ref()];
    let is_word = |word: &str| {
        !word.is_empty() && word.len() <= WORD_MAX && word.chars().all(|letter| letter.is_ascii_graphic())
    };
    if !words.into_iter().flatten().all(|word| is_word(word)) {
        return Err("type, source and traceparent are short words".to_owned());
    }
    let sequence = event.sequence.parse().ok().filter(|sequence| *sequence > 0);
    let sequence: i64 = sequence.ok_or("sequence counts from 1")?;
    Ok(Envelope {
        id: event.id,
        kind: event.kind.into_owned(),
        source: event.source.into_owned(),
        subject: event.subject,
        sequence,
        time: event.time,
        traceparent: event.traceparent.map(Cow::into_owned),
        data: event.data,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn placed() -> Envelope {
        Envelope {
            id: EventId(Uuid::from_u128(7)),
            kind: "order.placed".to_owned(),
            source: "order".to_owned(),
            subject: Uuid::from_u128(8),
            sequence: 12,
            time: Timestamp::from_millis(1_795_341_600_123),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            data: EventData::of(&json!({
                "order": Uuid::from_u128(8),
                "note": "a\u{0} in a text is the data's own business",
            }))
            .expect("JSON"),
        }
    }

    #[test]
    fn an_envelope_survives_the_wire() {
        assert_eq!(read(&write(&placed())), Ok(placed()));
        let without_trace = Envelope { traceparent: None, ..placed() };
        assert_eq!(read(&write(&without_trace)), Ok(without_trace));
    }

    #[test]
    fn sequences_sort_as_texts_as_they_count() {
        let text = |sequence| {
            let body = write(&Envelope { sequence, ..placed() });
            let event: Value = serde_json::from_slice(&body).expect("JSON");
            event["sequence"].as_str().expect("a text").to_owned()
        };
        assert!(text(9) < text(10) && text(10) < text(i64::MAX));
    }

    #[test]
    fn what_no_inbox_could_keep_is_no_envelope() {
        let event: Value = serde_json::from_slice(&write(&placed())).expect("JSON");
        let spoiled = [
            ("specversion", json!("0.3")),
            ("id", json!("17")),
            ("type", json!("order\u{0}placed")),
            ("type", json!("")),
            ("source", json!("x".repeat(300))),
            ("sequence", json!("0")),
            ("sequence", json!("many")),
            ("time", json!("yesterday")),
            ("traceparent", json!("\u{0}")),
        ];
        for (field, value) in spoiled {
            let mut event = event.clone();
            event[field] = value.clone();
            assert!(read(event.to_string().as_bytes()).is_err(), "{field} = {value}");
        }
        assert!(read(b"not even JSON").is_err());
    }
}
