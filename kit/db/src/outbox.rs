//! Events on their way out: written in the batch of the change they tell of, sent by the relay afterwards.
//!
//! Rows are found by `sent_at is null`, never by "after the last id": a commit that ends late would be skipped.

use std::collections::HashMap;

use serde::Serialize;
use souk_rpc::Context;
use souk_types::{Chance, Envelope, Event, EventData, EventId, Timestamp};
use uuid::Uuid;

use crate::{Db, DbError, Row, Statement, args};

/// The name of the statement that writes an event; a commit that holds it wakes the relay.
pub(crate) const EMIT: &str = "outbox.emit";

/// Rows that one sweep removes at most.
const PRUNED_MAX: i64 = 5_000;

/// States that `event` happened. `sequence` is its place among the events of its subject, from 1, without gaps:
/// an aggregate counts its events, so that two flows racing on it collide here at the latest.
pub fn emit<E: Event>(
    cx: &Context,
    now: Timestamp,
    chance: &Chance,
    source: &'static str,
    sequence: i64,
    event: &E,
) -> Statement {
    let id = EventId::new(chance, now);
    let data = to_json(event);
    Statement::new(
        EMIT,
        "insert into outbox (id, kind, source, subject, sequence, time, traceparent, data)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            id,
            E::TYPE,
            source,
            event.subject(),
            sequence,
            now,
            cx.traceparent.map(|place| place.to_string()),
            data
        ],
    )
    .expect_rows(1)
}

/// `coalesce` keeps PostgreSQL from looking for the one earlier event among all that are unsent.
macro_rules! unsent {
    ($also:literal) => {
        concat!(
            "select id, kind, source, subject, sequence, time, traceparent, data,
                exists (select 1 from outbox earlier
                        where earlier.subject = outbox.subject and earlier.sequence = outbox.sequence - 1
                            and coalesce(earlier.sent_at, 0) = 0)
             from outbox where sent_at is null ",
            $also,
            " order by time, id limit $1"
        )
    };
}

const UNSENT: &str = unsent!("");
/// Only events that wait for no other.
const HEADS: &str = unsent!(
    "and not exists (select 1 from outbox earlier
                     where earlier.subject = outbox.subject and earlier.sequence = outbox.sequence - 1
                         and coalesce(earlier.sent_at, 0) = 0)"
);

/// What is not sent yet, oldest first. An event comes after its predecessor in the list, or is left out when the
/// limit cut the predecessor off: sending the list in order keeps the order of every subject.
pub async fn unsent(db: &Db, limit: u32) -> Result<Vec<Envelope>, DbError> {
    let waiting = |row: &Row| Ok((envelope(row)?, row.get::<bool>(8)?));
    let rows = db.read(UNSENT, args![limit], waiting).await?;
    let cut = rows.len() == limit as usize;
    let ready = in_order(rows);
    if ready.is_empty() && cut {
        // The clock of a replica ran backwards, and the first of many events looks like the youngest.
        return Ok(in_order(db.read(HEADS, args![limit], waiting).await?));
    }
    Ok(ready)
}

/// `rows` are events, each with whether its predecessor is unsent too.
fn in_order(mut rows: Vec<(Envelope, bool)>) -> Vec<Envelope> {
    // Clocks of replicas differ: within a subject the sequence decides, not the time.
    let mut firsts = HashMap::with_capacity(rows.len());
    for (at, (envelope, _)) in rows.iter().enumerate() {
        firsts.entry(envelope.subject).or_insert(at);
    }
    rows.sort_by_key(|(envelope, _)| (firsts[&envelope.subject], envelope.sequence));
    let mut ready: Vec<Envelope> = Vec::with_capacity(rows.len());
    for (envelope, waits) in rows {
        let follows =
            |last: &Envelope| last.subject == envelope.subject && last.sequence + 1 == envelope.sequence;
        if !waits || ready.last().is_some_and(follows) {
            ready.push(envelope);
        }
    }
    ready
}

/// The broker has confirmed these. Marking before the confirmation would lose events.
pub fn mark_sent(ids: &[EventId], now: Timestamp) -> Statement {
    Statement::new(
        "outbox.mark_sent",
        "update outbox set sent_at = $1 where id = any($2) and sent_at is null",
        args![now, ids],
    )
}

/// Removes some of what was stated before `before` and is sent. Repeat it while it removes something.
pub fn prune(before: Timestamp) -> Statement {
    Statement::new(
        "outbox.prune",
        "delete from outbox where id in (
            select id from outbox where id < $1 and sent_at is not null order by id limit $2)",
        args![first_id_of(before), PRUNED_MAX],
    )
}

/// How far the relay is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lag {
    pub unsent: u64,
    pub oldest: Option<Timestamp>,
}

pub async fn lag(db: &Db) -> Result<Lag, DbError> {
    let lag = db
        .read_one("select count(*), min(time) from outbox where sent_at is null", args![], |row| {
            Ok(Lag { unsent: row.get(0)?, oldest: row.get(1)? })
        })
        .await?;
    Ok(lag.unwrap_or(Lag { unsent: 0, oldest: None }))
}

/// The eight columns of an envelope, in this order, at the front of a row.
pub(crate) fn envelope(row: &Row) -> Result<Envelope, DbError> {
    Ok(Envelope {
        id: row.get(0)?,
        kind: row.get(1)?,
        source: row.get(2)?,
        subject: row.get(3)?,
        sequence: row.get(4)?,
        time: row.get(5)?,
        traceparent: row.get(6)?,
        data: EventData::from_text(row.get(7)?),
    })
}

fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("an event is plain data, which always has a JSON form")
}

/// Ids of events are ordered by time (UUIDv7): below this one all are older than `moment`.
pub(crate) fn first_id_of(moment: Timestamp) -> Uuid {
    let unix_ms = u64::try_from(moment.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(unix_ms, &[0; 10]).into_uuid()
}
