//! What staff does with webhooks.

use std::time::Duration;

use souk_db::{DbError, batch};
use souk_rpc::{Context, Error};
use souk_types::{EventId, Timestamp, WebhookId};

use super::deliver::is_open;
use crate::domain::webhook::{Secret, TEST_KIND, Webhook, WebhookKind, WebhookState, body};
use crate::store::deliveries::ReplayRange;
use crate::store::webhooks::NewEvent;
use crate::{Deps, store};

/// How long the secret before still signs, so that a receiver can change over in peace.
const OLD_SECRET_SIGNS_FOR: Duration = Duration::from_secs(86_400);
/// Events of one replay.
const REPLAYED_MAX: u32 = 1_000;

/// What staff says of a webhook.
pub(crate) struct Wanted {
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) kinds: Vec<WebhookKind>,
    pub(crate) enabled: bool,
}

pub(crate) async fn known(deps: &Deps, id: WebhookId) -> Result<Webhook, Error> {
    store::webhooks::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("webhook"))
}

pub(crate) async fn add(cx: &Context, deps: &Deps, wanted: Wanted) -> Result<Webhook, Error> {
    let now = deps.clock.now();
    let webhook = Webhook {
        id: WebhookId::new(&deps.chance, now),
        url: wanted.url,
        description: wanted.description,
        state: state(wanted.enabled),
        disabled_reason: None,
        kinds: wanted.kinds,
        secret: Secret::new(deps.chance.bytes()),
        old_secret: None,
        old_secret_until: Timestamp::from_millis(0),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let most = deps.config.webhooks.webhooks_max;
    match deps.db.commit(cx, store::webhooks::add(&webhook, most)).await {
        Ok(_) => Ok(webhook),
        Err(error) if error.is_guard(store::webhooks::ADD) => {
            Err(Error::conflict("limit_reached", format!("a shop has {most} webhooks at most")))
        }
        Err(error) => Err(error.into()),
    }
}

const fn state(enabled: bool) -> WebhookState {
    if enabled { WebhookState::Enabled } else { WebhookState::Disabled }
}

/// Replaces what is said of the webhook as of `version`. Disabling it parks what is pending.
pub(crate) async fn edit(
    cx: &Context,
    deps: &Deps,
    id: WebhookId,
    version: i64,
    wanted: Wanted,
) -> Result<Webhook, Error> {
    let seen = known(deps, id).await?;
    if seen.version != version {
        return Err(stale());
    }
    let edited = Webhook {
        url: wanted.url,
        description: wanted.description,
        kinds: wanted.kinds,
        state: state(wanted.enabled),
        disabled_reason: (!wanted.enabled).then(|| "by staff".to_owned()),
        updated_at: deps.clock.now(),
        ..seen
    };
    let parked = (!is_open(&edited)).then(|| store::deliveries::park_all(id, "the webhook was disabled"));
    save(cx, deps, edited, parked).await
}

/// Takes a webhook out of the lists for good; its secrets are forgotten, what was sent to it is not.
pub(crate) async fn remove(cx: &Context, deps: &Deps, id: WebhookId) -> Result<(), Error> {
    let seen = known(deps, id).await?;
    let removed = Webhook {
        state: WebhookState::Removed,
        secret: Secret::kept(String::new()),
        old_secret: None,
        updated_at: deps.clock.now(),
        ..seen
    };
    let parked = store::deliveries::park_all(id, "the webhook was removed");
    save(cx, deps, removed, Some(parked)).await.map(drop)
}

/// Makes a new secret; the one before signs beside it for a day.
pub(crate) async fn rotate(cx: &Context, deps: &Deps, id: WebhookId) -> Result<Webhook, Error> {
    let seen = known(deps, id).await?;
    let now = deps.clock.now();
    let rotated = Webhook {
        old_secret: Some(seen.secret),
        old_secret_until: now.plus(OLD_SECRET_SIGNS_FOR),
        secret: Secret::new(deps.chance.bytes()),
        updated_at: now,
        ..seen
    };
    save(cx, deps, rotated, None).await
}

async fn save(
    cx: &Context,
    deps: &Deps,
    webhook: Webhook,
    more: Option<souk_db::Statement>,
) -> Result<Webhook, Error> {
    match deps.db.commit(cx, batch![store::webhooks::save(&webhook), more]).await {
        Ok(_) => Ok(Webhook { version: webhook.version + 1, ..webhook }),
        Err(error) if error.is_guard(store::webhooks::SAVE) => Err(stale()),
        Err(error) => Err(error.into()),
    }
}

fn stale() -> Error {
    Error::conflict("version_stale", "the webhook was changed meanwhile; read it again")
}

/// Sends an event that says nothing, to see whether the receiver takes it.
pub(crate) async fn test(cx: &Context, deps: &Deps, id: WebhookId) -> Result<EventId, Error> {
    open(deps, id).await?;
    let now = deps.clock.now();
    let event = EventId::new(&deps.chance, now);
    let new = NewEvent {
        id: event,
        kind: TEST_KIND,
        subject: event.0,
        sequence: 1,
        happened_at: now,
        body: body(TEST_KIND, now, &format!(r#"{{"webhook":"{id}"}}"#)),
        traceparent: None,
        now,
    };
    deps.db.commit(cx, new.to_one(id)).await?;
    deps.delivery_queued.notify_one();
    Ok(event)
}

async fn open(deps: &Deps, id: WebhookId) -> Result<Webhook, Error> {
    let webhook = known(deps, id).await?;
    if is_open(&webhook) {
        return Ok(webhook);
    }
    Err(Error::conflict("webhook_disabled", "the webhook is disabled; enable it first"))
}

/// Which events to send once more.
pub(crate) enum Replay {
    Event(EventId),
    Range { from: Timestamp, to: Timestamp, only_parked: bool },
}

/// What a replay did.
pub(crate) struct Replayed {
    pub(crate) deliveries: u64,
    /// When the first event happened for which there was no room.
    pub(crate) next_from: Option<Timestamp>,
}

pub(crate) async fn replay(
    cx: &Context,
    deps: &Deps,
    id: WebhookId,
    replay: Replay,
) -> Result<Replayed, Error> {
    open(deps, id).await?;
    let mut events = match replay {
        Replay::Event(event) => {
            if !store::deliveries::kept(&deps.db, event).await? {
                return Err(Error::not_found("event"));
            }
            vec![(event, deps.clock.now())]
        }
        Replay::Range { from, to, only_parked } => {
            let range = ReplayRange { webhook: id, from, to, only_parked };
            store::deliveries::in_range(&deps.db, &range, REPLAYED_MAX + 1).await?
        }
    };
    let next_from = events.get(REPLAYED_MAX as usize).map(|(_, happened_at)| *happened_at);
    events.truncate(REPLAYED_MAX as usize);
    let ids: Vec<EventId> = events.into_iter().map(|(event, _)| event).collect();
    let done: Result<_, DbError> =
        deps.db.commit(cx, store::deliveries::replay(id, &ids, deps.clock.now())).await;
    let done = done?;
    deps.delivery_queued.notify_one();
    let deliveries = done.affected(store::deliveries::REPLAY) + done.affected(store::deliveries::REPLAY_NEW);
    Ok(Replayed { deliveries, next_from })
}
