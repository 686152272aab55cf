//! The webhooks of the shop.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{EventId, Timestamp, WebhookId};

use crate::domain::webhook::{Secret, Webhook, WebhookKind};

pub(crate) const ADD: &str = "webhook.add";
pub(crate) const SAVE: &str = "webhook.save";

macro_rules! webhook {
    ($rest:literal) => {
        concat!(
            "select id, url, description, state, disabled_reason, secret, old_secret, old_secret_until, version,
                created_at, updated_at from webhooks where state <> 'removed' ",
            $rest
        )
    };
}

/// Without its kinds, which stand in a table of their own.
fn webhook(row: &Row) -> Result<Webhook, DbError> {
    Ok(Webhook {
        id: row.get(0)?,
        url: row.get(1)?,
        description: row.get(2)?,
        state: row.parse(3)?,
        disabled_reason: row.get(4)?,
        kinds: Vec::new(),
        secret: Secret::kept(row.get(5)?),
        old_secret: row.get::<Option<String>>(6)?.map(Secret::kept),
        old_secret_until: row.get(7)?,
        version: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(10)?,
    })
}

async fn with_kinds(db: &Db, mut webhooks: Vec<Webhook>) -> Result<Vec<Webhook>, DbError> {
    let ids: Vec<WebhookId> = webhooks.iter().map(|webhook| webhook.id).collect();
    let sql = "select webhook, kind from webhook_kinds where webhook = any($1)";
    let map = |row: &Row| Ok((row.get::<WebhookId>(0)?, row.get::<String>(1)?));
    let kinds = db.read(sql, args![ids], map).await?;
    for webhook in &mut webhooks {
        let own = kinds.iter().filter(|(id, _)| *id == webhook.id);
        // One that this version does not know is kept and not shown.
        webhook.kinds = own.filter_map(|(_, kind)| kind.parse::<WebhookKind>().ok()).collect();
        webhook.kinds.sort_unstable();
    }
    Ok(webhooks)
}

pub(crate) async fn get(db: &Db, id: WebhookId) -> Result<Option<Webhook>, DbError> {
    let found = db.read(webhook!("and id = $1"), args![id], webhook).await?;
    Ok(with_kinds(db, found).await?.pop())
}

/// The oldest first.
pub(crate) async fn list(db: &Db, after: WebhookId, limit: u32) -> Result<Vec<Webhook>, DbError> {
    let found = db.read(webhook!("and id > $1 order by id limit $2"), args![after, limit], webhook).await?;
    with_kinds(db, found).await
}

/// Whether anybody might want to hear of anything.
pub(crate) async fn any(db: &Db) -> Result<bool, DbError> {
    let sql = "select id from webhooks where state <> 'removed' limit 1";
    Ok(db.read_one(sql, args![], |row| row.get::<WebhookId>(0)).await?.is_some())
}

/// Unless there are as many as there may be.
pub(crate) fn add(webhook: &Webhook, webhooks_max: u32) -> Vec<Statement> {
    let Webhook { id, url, description, state, secret, created_at, .. } = webhook;
    let row = Statement::new(
        ADD,
        "insert into webhooks (id, url, description, state, secret, created_at, updated_at)
         select $1, $2, $3, $4, $5, $6, $6
         where (select count(*) from webhooks where state <> 'removed') < $7",
        args![*id, url, description, state.as_str(), secret.reveal(), *created_at, webhooks_max],
    );
    let mut batch = vec![row.expect_rows(1)];
    batch.extend(kinds(webhook));
    batch
}

fn kinds(webhook: &Webhook) -> impl Iterator<Item = Statement> {
    webhook.kinds.iter().map(|kind| {
        Statement::new(
            "webhook.add_kind",
            "insert into webhook_kinds (webhook, kind) values ($1, $2)",
            args![webhook.id, kind.as_str()],
        )
    })
}

/// Replaces what was read at `webhook.version`.
pub(crate) fn save(webhook: &Webhook) -> Vec<Statement> {
    let row = Statement::new(
        SAVE,
        "update webhooks set url = $1, description = $2, state = $3, disabled_reason = $4, secret = $5,
            old_secret = $6, old_secret_until = $7, updated_at = $8, version = version + 1
         where id = $9 and version = $10 and state <> 'removed'",
        args![
            &webhook.url,
            &webhook.description,
            webhook.state.as_str(),
            webhook.disabled_reason.as_deref(),
            webhook.secret.reveal(),
            webhook.old_secret.as_ref().map(Secret::reveal),
            webhook.old_secret_until,
            webhook.updated_at,
            webhook.id,
            webhook.version
        ],
    );
    let forget = "delete from webhook_kinds where webhook = $1";
    let mut batch =
        vec![row.expect_rows(1), Statement::new("webhook.clear_kinds", forget, args![webhook.id])];
    batch.extend(kinds(webhook));
    batch
}

/// The receiver said that it is gone; whatever staff does at the same moment wins.
pub(crate) fn disable(id: WebhookId, reason: &str, now: Timestamp) -> Statement {
    Statement::new(
        "webhook.disable",
        "update webhooks set state = 'disabled', disabled_reason = $1, updated_at = $2, version = version + 1
         where id = $3 and state = 'enabled'",
        args![reason, now, id],
    )
}

/// An event that goes out, told to everybody who wants to hear of its kind, and how many those are. All of it is
/// decided by the database at one moment: somebody who is added meanwhile hears of the next event.
pub(crate) struct NewEvent<'a> {
    pub(crate) id: EventId,
    pub(crate) kind: &'a str,
    pub(crate) subject: uuid::Uuid,
    pub(crate) sequence: i64,
    pub(crate) happened_at: Timestamp,
    pub(crate) body: String,
    pub(crate) traceparent: Option<&'a str>,
    pub(crate) now: Timestamp,
}

impl NewEvent<'_> {
    fn record(&self) -> Statement {
        Statement::new(
            "webhook.record",
            "insert into webhook_events (id, kind, subject, sequence, happened_at, body, traceparent)
             values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                self.id,
                self.kind,
                self.subject,
                self.sequence,
                self.happened_at,
                &self.body,
                self.traceparent
            ],
        )
    }

    fn counted(&self) -> Statement {
        Statement::new(
            "webhook.count",
            "update webhook_events set
                deliveries = (select count(*) from webhook_deliveries where event = $1) where id = $1",
            args![self.id],
        )
    }

    /// To all who want to hear of it.
    pub(crate) fn to_all(&self) -> Vec<Statement> {
        let deliveries = Statement::new(
            "webhook.deliver_to_all",
            "insert into webhook_deliveries (webhook, event, subject, sequence, due_at, created_at)
             select id, $1, $2, $3, $4, $4 from webhooks join webhook_kinds on webhook = id
             where kind = $5 and state = 'enabled'",
            args![self.id, self.subject, self.sequence, self.now, self.kind],
        );
        vec![self.record(), deliveries, self.counted()]
    }

    /// To one, whatever it listens to.
    pub(crate) fn to_one(&self, webhook: WebhookId) -> Vec<Statement> {
        let delivery = Statement::new(
            "webhook.deliver_to_one",
            "insert into webhook_deliveries (webhook, event, subject, sequence, due_at, created_at)
             values ($1, $2, $3, $4, $5, $5)",
            args![webhook, self.id, self.subject, self.sequence, self.now],
        );
        vec![self.record(), delivery, self.counted()]
    }
}
