//! Events on their way to webhooks, and what became of them.

use std::collections::HashMap;
use std::time::Duration;

use souk_db::{Batch, Db, DbError, Dialect, Row, Statement, args};
use souk_rpc::Context;
use souk_types::{EventId, Timestamp, WebhookId};
use uuid::Uuid;

use crate::domain::webhook::{Attempt, Delivery, DeliveryState};

const CLAIM: &str = "delivery.claim";
const PRUNED_MAX: i64 = 1_000;

/// Webhooks that something is due for.
pub(crate) async fn waiting(db: &Db, now: Timestamp) -> Result<Vec<WebhookId>, DbError> {
    let sql = "select id from webhooks where state = 'enabled' and exists (
                   select 1 from webhook_deliveries where webhook = webhooks.id
                       and state = 'pending' and due_at <= $1 and lease_until <= $1)";
    db.read(sql, args![now], |row| row.get(0)).await
}

/// What both texts of a claim say; the guards stand twice because another replica may be faster.
macro_rules! claim {
    ($row:literal, $chosen:literal, $locking:literal) => {
        concat!(
            "update webhook_deliveries set lease_until = $1, attempts = attempts + 1
             where webhook = $2 and state = 'pending' and due_at <= $3 and lease_until <= $3 and ",
            $row,
            $chosen,
            "select head.",
            $row,
            " from webhook_deliveries head where head.webhook = $2 and head.state = 'pending'
                and head.due_at <= $3 and head.lease_until <= $3
                and not exists (
                    select 1 from webhook_deliveries earlier
                    where earlier.webhook = head.webhook and earlier.subject = head.subject
                        and earlier.state = 'pending' and earlier.sequence < head.sequence)
                order by head.due_at limit $4",
            $locking,
            " returning event, attempts, replays"
        )
    };
}

/// Takes what is due for a webhook and leases it to the caller: of each subject the first that is pending.
pub(crate) async fn claim(
    db: &Db,
    cx: &Context,
    webhook: WebhookId,
    now: Timestamp,
    lease: Duration,
    limit: u32,
) -> Result<Vec<Delivery>, DbError> {
    let sql = match db.dialect() {
        Dialect::Sqlite => claim!("event", " in (", ")"),
        // Chosen once: an `in (…)` may choose again for each delivery that waits, and then take more than the limit.
        Dialect::Postgres => claim!("ctid", " = any(array(", " for update skip locked))"),
    };
    let statement = Statement::new(CLAIM, sql, args![now.plus(lease), webhook, now, limit]).returning();
    let committed = db.commit(cx, statement).await?;
    let map = |row: &Row| Ok((row.get::<EventId>(0)?, (row.get::<u32>(1)?, row.get::<u32>(2)?)));
    let claimed = committed.rows(CLAIM).iter().map(map).collect::<Result<HashMap<_, _>, DbError>>()?;
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select id, kind, body, traceparent from webhook_events where id = any($1) order by id";
    let events: Vec<EventId> = claimed.keys().copied().collect();
    db.read(sql, args![events], |row| {
        let event: EventId = row.get(0)?;
        let (attempts, replays) = claimed.get(&event).copied().unwrap_or_default();
        let traceparent = row.get::<Option<String>>(3)?.and_then(|text| text.parse().ok());
        let (kind, body) = (row.get(1)?, row.get(2)?);
        Ok(Delivery { webhook, event, attempts, replays, kind, body, traceparent })
    })
    .await
}

/// What an attempt came to. Attempts and replays are the fence: whoever lost the lease changes nothing.
fn ended(
    name: &'static str,
    delivery: &Delivery,
    attempt: &Attempt,
    state: DeliveryState,
    due_at: Timestamp,
    now: Timestamp,
) -> Statement {
    let delivered_at = (state == DeliveryState::Delivered).then_some(now);
    Statement::new(
        name,
        "update webhook_deliveries set state = $1, due_at = $2, delivered_at = $3, lease_until = 0,
            last_status = $4, last_duration_ms = $5, last_response = $6, last_error = $7
         where webhook = $8 and event = $9 and state = 'pending' and attempts = $10 and replays = $11",
        args![
            state.as_str(),
            due_at,
            delivered_at,
            attempt.status,
            attempt.duration_ms,
            attempt.response.as_deref(),
            attempt.error.as_deref(),
            delivery.webhook,
            delivery.event,
            delivery.attempts,
            delivery.replays
        ],
    )
    .expect_rows(1)
}

/// The receiver has it.
pub(crate) fn delivered(delivery: &Delivery, attempt: &Attempt, now: Timestamp) -> Statement {
    ended("delivery.delivered", delivery, attempt, DeliveryState::Delivered, now, now)
}

/// It waits for a replay.
pub(crate) fn parked(delivery: &Delivery, attempt: &Attempt, now: Timestamp) -> Statement {
    ended("delivery.parked", delivery, attempt, DeliveryState::Parked, now, now)
}

/// It comes again at `due_at`. What waits behind it need not be looked at before.
pub(crate) fn later(
    delivery: &Delivery,
    attempt: &Attempt,
    due_at: Timestamp,
    now: Timestamp,
) -> Vec<Statement> {
    let followers = Statement::new(
        "delivery.hold_up",
        "update webhook_deliveries set due_at = $1
         where webhook = $2 and state = 'pending' and due_at < $1
            and subject = (select subject from webhook_events where id = $3)",
        args![due_at, delivery.webhook, delivery.event],
    );
    vec![ended("delivery.later", delivery, attempt, DeliveryState::Pending, due_at, now), followers]
}

/// Nothing goes to this webhook any more.
pub(crate) fn park_all(webhook: WebhookId, why: &str) -> Statement {
    Statement::new(
        "delivery.park_all",
        "update webhook_deliveries set state = 'parked', lease_until = 0, last_error = $1
         where webhook = $2 and state = 'pending'",
        args![why, webhook],
    )
}

/// What was told to a webhook at the very moment when it was disabled.
pub(crate) fn park_stray() -> Statement {
    Statement::new(
        "delivery.park_stray",
        "update webhook_deliveries set state = 'parked', lease_until = 0, last_error = 'the webhook was disabled'
         where state = 'pending' and webhook in (select id from webhooks where state <> 'enabled')",
        args![],
    )
}

/// Which events to send again.
pub(crate) struct ReplayRange {
    pub(crate) webhook: WebhookId,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Only what is parked, or whatever the webhook listens to, whether it was ever sent or not.
    pub(crate) only_parked: bool,
}

/// Events of a range with when they happened, in their order.
pub(crate) async fn in_range(
    db: &Db,
    range: &ReplayRange,
    limit: u32,
) -> Result<Vec<(EventId, Timestamp)>, DbError> {
    let sql = if range.only_parked {
        "select id, happened_at from webhook_events join webhook_deliveries on event = id
         where webhook = $1 and webhook_deliveries.state = 'parked' and id >= $2 and id < $3
         order by id limit $4"
    } else {
        "select id, happened_at from webhook_events
         where id >= $2 and id < $3 and kind in (select kind from webhook_kinds where webhook = $1)
         order by id limit $4"
    };
    let args = args![range.webhook, first_id_of(range.from), first_id_of(range.to), limit];
    db.read(sql, args, |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// Of these events, those that are kept.
pub(crate) async fn kept(db: &Db, event: EventId) -> Result<bool, DbError> {
    let sql = "select id from webhook_events where id = $1";
    Ok(db.read_one(sql, args![event], |row| row.get::<EventId>(0)).await?.is_some())
}

pub(crate) const REPLAY: &str = "delivery.replay";
pub(crate) const REPLAY_NEW: &str = "delivery.replay_new";

/// Sends events to a webhook once more, or for the first time; what is pending already is left alone.
pub(crate) fn replay(webhook: WebhookId, events: &[EventId], now: Timestamp) -> Vec<Statement> {
    let again = Statement::new(
        REPLAY,
        "update webhook_deliveries set state = 'pending', attempts = 0, replays = replays + 1, due_at = $1,
            lease_until = 0, delivered_at = null
         where webhook = $2 and event = any($3) and state <> 'pending'",
        args![now, webhook, events],
    );
    let new = Statement::new(
        REPLAY_NEW,
        "insert into webhook_deliveries (webhook, event, subject, sequence, due_at, created_at)
         select $1, id, subject, sequence, $2, $2 from webhook_events where id = any($3)
         on conflict (webhook, event) do nothing",
        args![webhook, now, events],
    );
    let counted = Statement::new(
        "delivery.recount",
        "update webhook_events set
            deliveries = (select count(*) from webhook_deliveries where event = webhook_events.id)
         where id = any($1)",
        args![events],
    );
    vec![again, new, counted]
}

/// Forgets some events from before `before` that everybody has who wanted them.
pub(crate) fn prune(before: Timestamp) -> Batch {
    Batch::from(Statement::new(
        "delivery.prune",
        "delete from webhook_events where id in (
            select id from webhook_events where id < $1 and not exists (
                select 1 from webhook_deliveries where event = id and state <> 'delivered')
            order by id limit $2)",
        args![first_id_of(before), PRUNED_MAX],
    ))
}

/// Ids are ordered by time: the smallest one that an event stated at `moment` can have.
fn first_id_of(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.millis()).unwrap_or(0).min((1 << 48) - 1);
    Uuid::from_u128(millis << 80)
}

/// A delivery as staff sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeliveryRecord {
    pub(crate) event: EventId,
    pub(crate) kind: String,
    pub(crate) subject: Uuid,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: u32,
    pub(crate) replays: u32,
    pub(crate) happened_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) delivered_at: Option<Timestamp>,
    pub(crate) last: Attempt,
}

macro_rules! record {
    ($state:literal) => {
        concat!(
            "select d.event, e.kind, d.subject, d.state, d.attempts, d.replays, e.happened_at, d.due_at,
                d.delivered_at, d.last_status, d.last_duration_ms, d.last_response, d.last_error
             from webhook_deliveries d join webhook_events e on e.id = d.event
             where d.webhook = $1 and d.event < $2",
            $state,
            " order by d.event desc limit $3"
        )
    };
}

fn record(row: &Row) -> Result<DeliveryRecord, DbError> {
    Ok(DeliveryRecord {
        event: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        state: row.parse(3)?,
        attempts: row.get(4)?,
        replays: row.get(5)?,
        happened_at: row.get(6)?,
        due_at: row.get(7)?,
        delivered_at: row.get(8)?,
        last: Attempt {
            status: row.get(9)?,
            duration_ms: row.get::<Option<u32>>(10)?.unwrap_or(0),
            response: row.get(11)?,
            error: row.get(12)?,
        },
    })
}

/// The newest event first, those before `before` only.
pub(crate) async fn list(
    db: &Db,
    webhook: WebhookId,
    state: Option<DeliveryState>,
    before: EventId,
    limit: u32,
) -> Result<Vec<DeliveryRecord>, DbError> {
    // A text per state: only a condition that stands in the text can use a partial index.
    let sql = match state {
        Some(DeliveryState::Pending) => record!(" and d.state = 'pending'"),
        Some(DeliveryState::Delivered) => record!(" and d.state = 'delivered'"),
        Some(DeliveryState::Parked) => record!(" and d.state = 'parked'"),
        None => record!(""),
    };
    db.read(sql, args![webhook, before, limit], record).await
}
