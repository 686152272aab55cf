//! Events that came in: accepted once, claimed by a worker, done in the batch of their effect.
//!
//! Within one subject the order is kept: an event is claimed only when all earlier ones of its subject are
//! done. A dead letter therefore holds up its own subject, and nobody else, until it is redriven or discarded.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use souk_types::{Envelope, EventId, Timestamp};
use uuid::Uuid;

use crate::outbox::{envelope, first_id_of};
use crate::{Batch, Db, DbError, Dialect, Row, Statement, args};

const ACCEPT: &str = "inbox.accept";
const REDRIVE: &str = "inbox.redrive";
const CLAIM: &str = "inbox.claim";
/// Its failed guard is [`DbError::AlreadyDone`].
pub(crate) const DONE: &str = "inbox.done";

const PRUNED_MAX: i64 = 5_000;

/// Whether a statement gives the workers something to do.
pub(crate) fn queues(statement: &str) -> bool {
    [ACCEPT, REDRIVE].contains(&statement)
}

/// Writes down what the bus delivered; what is known already is left alone. Acknowledge to the bus afterwards.
pub fn accept(consumer: &'static str, envelopes: &[Envelope], now: Timestamp) -> Vec<Statement> {
    envelopes.iter().map(|envelope| accept_one(consumer, envelope, now)).collect()
}

fn accept_one(consumer: &'static str, envelope: &Envelope, now: Timestamp) -> Statement {
    let Envelope { id, kind, source, subject, sequence, time, traceparent, data } = envelope;
    Statement::new(
        ACCEPT,
        "insert into inbox (event, consumer, kind, source, subject, sequence, time, traceparent, data, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (event, consumer) do nothing",
        args![
            *id,
            consumer,
            kind,
            source,
            *subject,
            *sequence,
            *time,
            traceparent.as_deref(),
            data.text(),
            now
        ],
    )
}

/// An event that this worker may react to, on PostgreSQL until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub envelope: Envelope,
    /// Those that failed, and this one.
    pub attempts: u32,
}

/// Which events are due: of each subject the first that is not done.
macro_rules! heads {
    ($columns:literal, $consumer:literal, $now:literal, $also:literal, $each:literal, $limit:literal) => {
        concat!(
            "select ",
            $columns,
            " from inbox head where head.consumer = ",
            $consumer,
            " and head.state = 'pending' and head.due_at <= ",
            $now,
            $also,
            " and not exists (
                select 1 from inbox earlier
                where earlier.consumer = head.consumer and earlier.source = head.source
                    and earlier.subject = head.subject and earlier.state <> 'done'
                    and earlier.sequence < head.sequence",
            $each,
            ")
              order by head.due_at limit ",
            $limit
        )
    };
}

/// A file has one owner and a consumer one worker in it, which knows what it has in hand: nothing is written.
const DUE_SQLITE: &str = heads!(
    "event, kind, source, subject, sequence, time, traceparent, data, attempts",
    "$1",
    "$2",
    "",
    "",
    "$3"
);

/// The guards of the first lines are repeated because a row may be claimed by another replica between the choice
/// and the update. `array(…)` chooses once: an `in (… for update skip locked)` may run again for each pending
/// row, and then it even takes more than the limit, since it skips what it has just updated. What is chosen is named
/// by its place, and with an offset the question for earlier events stays a question for each: while the server has not
/// counted a new table yet, it would rather read all that waits, for each row that waits.
const CLAIM_POSTGRES: &str = concat!(
    "update inbox set lease_until = $1
     where consumer = $2 and state = 'pending' and due_at <= $3 and lease_until <= $3 and ctid = any(array(",
    heads!("head.ctid", "$2", "$3", " and head.lease_until <= $3", " limit 1 offset 0", "$4"),
    " for update skip locked)) returning event, kind, source, subject, sequence, time, traceparent, data, attempts"
);

/// Takes events that are due, the first undone of each subject only, but none that the caller has `in_hand`,
/// whenever it took them. On PostgreSQL they are leased, so that no other replica takes them meanwhile.
pub async fn claim(
    db: &Db,
    consumer: &'static str,
    now: Timestamp,
    lease: Duration,
    limit: u32,
    in_hand: &HashMap<EventId, Instant>,
) -> Result<Vec<Claimed>, DbError> {
    let claimed = |row: &Row| Ok(Claimed { envelope: envelope(row)?, attempts: row.get::<u32>(8)? + 1 });
    let mut events = match db.dialect() {
        Dialect::Sqlite => {
            let limit = limit.saturating_add(u32::try_from(in_hand.len()).unwrap_or(u32::MAX));
            db.read(DUE_SQLITE, args![consumer, now, limit], claimed).await?
        }
        Dialect::Postgres => {
            let args = args![now.plus(lease), consumer, now, limit];
            let committed = db.commit_plain(Statement::new(CLAIM, CLAIM_POSTGRES, args).returning()).await?;
            committed.rows(CLAIM).iter().map(claimed).collect::<Result<Vec<_>, DbError>>()?
        }
    };
    events.retain(|claimed| !in_hand.contains_key(&claimed.envelope.id));
    events.sort_by_key(|claimed| (claimed.envelope.time, claimed.envelope.id));
    Ok(events)
}

/// Says that the worker which claimed these lives and has not forgotten them: a lease is short, so that not much waits
/// for a dead one's, and a reaction may take longer. On SQLite nothing has to be said.
pub async fn renew(
    db: &Db,
    consumer: &'static str,
    events: &[EventId],
    until: Timestamp,
) -> Result<(), DbError> {
    if events.is_empty() || db.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().map(|event| event.0).collect();
    let sql =
        "update inbox set lease_until = $1 where consumer = $2 and event = any($3) and state = 'pending'";
    db.commit_plain(Statement::new("inbox.renew", sql, args![until, consumer, ids])).await.map(drop)
}

/// Marks the event done; a second time it fails. The guard is about the time and not the state, by which PostgreSQL might
/// look for the row among all that wait. [`Db::commit`] adds this by itself when `cx.cause` is set.
pub fn done(consumer: &'static str, event: EventId, now: Timestamp) -> Statement {
    Statement::new(
        DONE,
        "update inbox set state = 'done', done_at = $1, last_error = null
         where event = $2 and consumer = $3 and done_at is null",
        args![now, event, consumer],
    )
    .expect_rows(1)
}

pub(crate) async fn is_known(db: &Db, consumer: &str, event: EventId) -> Result<bool, DbError> {
    let known = db
        .read_one(
            "select state from inbox where event = $1 and consumer = $2",
            args![event, consumer],
            |row| row.get::<String>(0),
        )
        .await?;
    Ok(known.is_some())
}

/// What becomes of an event whose reaction failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    At(Timestamp),
    /// No more attempts: it waits for somebody to redrive or discard it.
    Never,
}

/// The reaction failed. An event that was done meanwhile stays done.
pub fn fail(consumer: &str, event: EventId, error: &str, retry: Retry) -> Statement {
    let (state, due_at) = match retry {
        Retry::At(due_at) => ("pending", Some(due_at)),
        Retry::Never => ("dead", None),
    };
    Statement::new(
        "inbox.fail",
        "update inbox set state = $1, last_error = $2, due_at = coalesce($3, due_at), lease_until = 0,
            attempts = attempts + 1
         where event = $4 and consumer = $5 and state = 'pending'",
        args![state, error, due_at, event, consumer],
    )
}

/// An event that used up its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub consumer: String,
    pub attempts: u32,
    pub last_error: Option<String>,
    pub envelope: Envelope,
}

/// Dead letters by age; `after` is the last event and consumer of the page before.
pub async fn dead_letters(
    db: &Db,
    after: Option<(EventId, &str)>,
    limit: u32,
) -> Result<Vec<DeadLetter>, DbError> {
    let (event, consumer) = after.unwrap_or((EventId(Uuid::nil()), ""));
    db.read(
        "select event, kind, source, subject, sequence, time, traceparent, data, consumer, attempts, last_error
         from inbox where state = 'dead' and (event, consumer) > ($1, $2) order by event, consumer limit $3",
        args![event, consumer, limit],
        |row| {
            Ok(DeadLetter {
                envelope: envelope(row)?,
                consumer: row.get(8)?,
                attempts: row.get(9)?,
                last_error: row.get(10)?,
            })
        },
    )
    .await
}

/// Gives a dead letter its attempts back.
pub fn redrive(consumer: &str, event: EventId, now: Timestamp) -> Statement {
    Statement::new(
        REDRIVE,
        "update inbox set state = 'pending', attempts = 0, due_at = $1, lease_until = 0
         where event = $2 and consumer = $3 and state = 'dead'",
        args![now, event, consumer],
    )
    .expect_rows(1)
}

/// Lets a dead letter go without its effect, so that its subject moves on.
pub fn discard(consumer: &str, event: EventId, now: Timestamp) -> Statement {
    Statement::new(
        "inbox.discard",
        "update inbox set state = 'done', done_at = $1
         where event = $2 and consumer = $3 and state = 'dead'",
        args![now, event, consumer],
    )
    .expect_rows(1)
}

/// How far the reactions are behind, over all consumers of this database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lag {
    pub pending: u64,
    pub dead: u64,
    /// When the oldest pending event happened.
    pub oldest: Option<Timestamp>,
}

pub async fn lag(db: &Db) -> Result<Lag, DbError> {
    let rows = db
        .read(
            "select state, count(*), min(time) from inbox where state <> 'done' group by state",
            args![],
            |row| Ok((row.text(0)? == "dead", row.get::<u64>(1)?, row.get::<Option<Timestamp>>(2)?)),
        )
        .await?;
    Ok(rows.into_iter().fold(Lag::default(), |lag, (dead, count, oldest)| {
        if dead { Lag { dead: count, ..lag } } else { Lag { pending: count, oldest, ..lag } }
    }))
}

/// Removes some events that happened before `before` and were done by then. Keep them longer than the bus may
/// redeliver: of an old event that waited in a broker, a second copy may come right after the first.
pub fn prune(before: Timestamp) -> Batch {
    Batch::from(Statement::new(
        "inbox.prune",
        "delete from inbox where (event, consumer) in (
            select event, consumer from inbox where event < $1 and state = 'done' and done_at < $2
            order by event limit $3)",
        args![first_id_of(before), before, PRUNED_MAX],
    ))
}
