//! `/v1/admin/webhooks/{id}/deliveries` and `…/replay`: what was sent, what is stuck, and once more please.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::http::{IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{EventId, Page, Timestamp, WebhookId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::webhooks::page_of;
use crate::domain::webhook::DeliveryState;
use crate::flows::webhooks::{self as flows, Replay};
use crate::store::deliveries::DeliveryRecord;
use crate::{Deps, store};

/// An event on its way to a webhook, and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The event's id, sent as `webhook-id` on every attempt.
    event: EventId,
    #[schema(example = "order.placed")]
    kind: String,
    /// What it happened to, such as the order.
    subject: Uuid,
    state: DeliveryState,
    /// Since it was last asked for.
    attempts: u32,
    replays: u32,
    happened_at: Timestamp,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<Timestamp>,
    /// What the receiver answered to the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<u16>,
    last_duration_ms: u32,
    /// How its answer began: 1024 bytes at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_response: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> DeliveryView {
        DeliveryView {
            event: record.event,
            kind: record.kind,
            subject: record.subject,
            due_at: (record.state == DeliveryState::Pending).then_some(record.due_at),
            state: record.state,
            attempts: record.attempts,
            replays: record.replays,
            happened_at: record.happened_at,
            delivered_at: record.delivered_at,
            last_status: record.last.status,
            last_duration_ms: record.last.duration_ms,
            last_response: record.last.response,
            last_error: record.last.error,
        }
    }
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichDeliveries {
    /// Only those in this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what was and is to be sent to a webhook, newest event first.
#[utoipa::path(get, path = "/v1/admin/webhooks/{id}/deliveries", operation_id = "list_deliveries", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), WhichDeliveries),
    responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_deliveries(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
    Query(which): Query<WhichDeliveries>,
) -> Result<Json<Page<DeliveryView>>, Error> {
    cx.require(Permission::WebhooksRead)?;
    let (limit, before) = page_of(which.limit, which.cursor.as_deref())?;
    flows::known(&deps, id).await?;
    let before = before.unwrap_or(EventId(Uuid::max()));
    let found = store::deliveries::list(&deps.db, id, which.state, before, limit + 1).await?;
    Ok(Json(Page::cut(found, limit as usize, |delivery| delivery.event).map(DeliveryView::from)))
}

/// Either one event, or those of a time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// One event, by its `webhook-id`.
    event: Option<EventId>,
    /// Events that happened at this moment or later …
    from: Option<Timestamp>,
    /// … and before this one; now, if it is left out.
    to: Option<Timestamp>,
    /// Of those, only what is parked. Otherwise whatever the webhook listens to is sent, delivered or not.
    #[serde(default)]
    only_parked: bool,
}

impl ReplayRequest {
    fn read(self, now: Timestamp) -> Result<Replay, Error> {
        match (self.event, self.from) {
            (Some(event), None) if self.to.is_none() => Ok(Replay::Event(event)),
            (None, Some(from)) => {
                Ok(Replay::Range { from, to: self.to.unwrap_or(now), only_parked: self.only_parked })
            }
            _ => Err(Error::invalid("event", "either_or", "give either `event`, or `from` and perhaps `to`")),
        }
    }
}

/// What was put on its way again.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplayedView {
    deliveries: u64,
    /// Where to go on: one replay takes 1000 events at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_from: Option<Timestamp>,
}

/// Sends events once more: one, or up to 1000 of a time.
#[utoipa::path(post, path = "/v1/admin/webhooks/{id}/replay", operation_id = "replay_deliveries", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyParam), request_body = ReplayRequest,
    responses((status = 200, description = "They are on their way.", body = ReplayedView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn replay_deliveries(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
    Json(request): Json<ReplayRequest>,
) -> Result<Json<ReplayedView>, Error> {
    cx.require(Permission::WebhooksWrite)?;
    let replayed = flows::replay(&cx, &deps, id, request.read(deps.clock.now())?).await?;
    Ok(Json(ReplayedView { deliveries: replayed.deliveries, next_from: replayed.next_from }))
}
