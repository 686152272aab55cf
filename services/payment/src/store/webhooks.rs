//! Webhooks as they came: kept once per event of a provider, then acted on by a worker.

use souk_db::{Db, DbError, Statement, args};
use souk_types::Timestamp;

use crate::domain::answers::ProviderEvent;

const CLAIM: &str = "webhook.claim";

/// A webhook that waits to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub provider: String,
    pub event_id: String,
    pub reference: String,
    /// This attempt included.
    pub attempts: u32,
}

/// Keeps a webhook; one that is known is left alone.
pub fn keep(provider: &str, event: &ProviderEvent, body: &[u8], now: Timestamp) -> Statement {
    Statement::new(
        "webhook.keep",
        "insert into webhooks (provider, event_id, reference, kind, body, due_at, received_at)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (provider, event_id) do nothing",
        args![provider, &event.id, &event.reference, &event.kind, body, now],
    )
}

/// Whether any webhook is due; cheaper than claiming in vain.
pub async fn any_due(db: &Db, now: Timestamp) -> Result<bool, DbError> {
    let due = db
        .read_one(
            "select 1 from webhooks where state = 'pending' and due_at <= $1 limit 1",
            args![now],
            |_| Ok(()),
        )
        .await?;
    Ok(due.is_some())
}

/// Takes webhooks that are due, until `lease`. The guards stand twice since another replica may be faster.
pub fn claim(now: Timestamp, lease: Timestamp, limit: u32) -> Statement {
    Statement::new(
        CLAIM,
        "update webhooks set due_at = $1, attempts = attempts + 1
         where state = 'pending' and due_at <= $2 and (provider, event_id) in (
            select provider, event_id from webhooks where state = 'pending' and due_at <= $2 order by due_at limit $3)
         returning provider, event_id, reference, attempts",
        args![lease, now, limit],
    )
    .returning()
}

pub fn claimed(committed: &souk_db::Committed) -> Result<Vec<Waiting>, DbError> {
    let rows = committed.rows(CLAIM).iter();
    rows.map(|row| {
        Ok(Waiting {
            provider: row.get(0)?,
            event_id: row.get(1)?,
            reference: row.get(2)?,
            attempts: row.get(3)?,
        })
    })
    .collect()
}

pub fn done(webhook: &Waiting, now: Timestamp) -> Statement {
    Statement::new(
        "webhook.done",
        "update webhooks set state = 'done', done_at = $1, last_error = null where provider = $2 and event_id = $3",
        args![now, &webhook.provider, &webhook.event_id],
    )
}

pub fn retry(webhook: &Waiting, why: &str, due_at: Timestamp) -> Statement {
    Statement::new(
        "webhook.retry",
        "update webhooks set last_error = $1, due_at = $2
         where provider = $3 and event_id = $4 and state = 'pending'",
        args![why, due_at, &webhook.provider, &webhook.event_id],
    )
}

pub fn fail(webhook: &Waiting, why: &str) -> Statement {
    Statement::new(
        "webhook.fail",
        "update webhooks set state = 'failed', last_error = $1
         where provider = $2 and event_id = $3 and state = 'pending'",
        args![why, &webhook.provider, &webhook.event_id],
    )
}
