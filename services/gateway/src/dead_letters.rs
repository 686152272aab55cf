//! Events whose reactions gave up: staff can read them, try them again, or let them go.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_app::http::{IdempotencyParam, Json, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Envelope, EventId, Page, Timestamp};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::own::Own;

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// The dead letters of all services, as the wiring finds them.
#[async_trait::async_trait]
pub trait DeadLetters: Send + Sync + 'static {
    /// By age within a consumer; `cursor` is a `next_cursor` from before, 400 for one that was made up.
    async fn list(
        &self,
        cx: &Context,
        consumer: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<DeadLetter>, Error>;

    /// Gives it its attempts back; 404 for what is not a dead letter.
    async fn redrive(&self, cx: &Context, consumer: &str, event: EventId) -> Result<(), Error>;

    /// Lets it go without its effect; 404 for what is not a dead letter.
    async fn discard(&self, cx: &Context, consumer: &str, event: EventId) -> Result<(), Error>;
}

/// An event that used up its attempts. Later events of its subject wait behind it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Who could not react.
    #[schema(example = "order")]
    pub consumer: String,
    pub event: EventId,
    #[serde(rename = "type")]
    #[schema(example = "payment.captured")]
    pub kind: String,
    /// The service that stated it.
    pub source: String,
    pub subject: Uuid,
    pub sequence: i64,
    pub time: Timestamp,
    pub attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

impl DeadLetter {
    pub fn new(
        consumer: impl Into<String>,
        attempts: u32,
        last_error: Option<String>,
        envelope: Envelope,
    ) -> DeadLetter {
        let Envelope { id, kind, source, subject, sequence, time, traceparent: _, data } = envelope;
        let consumer = consumer.into();
        let data = data.to_value();
        DeadLetter { consumer, event: id, kind, source, subject, sequence, time, attempts, last_error, data }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only those of one consumer.
    #[param(min_length = 1, max_length = 60, pattern = "^[a-z_.]+$", example = "order")]
    consumer: Option<String>,
    /// A `next_cursor` from before.
    #[param(max_length = 500)]
    cursor: Option<String>,
    /// 20 unless told otherwise.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// List dead letters
///
/// Events whose reaction gave up after its last attempt. Needs `system:read`.
#[utoipa::path(
    get, path = "/v1/admin/dead-letters", tag = "operation", operation_id = "list_dead_letters",
    params(ListParams),
    responses((status = 200, body = Page<DeadLetter>, description = "A page of dead letters."), Problems),
    security(("bearer" = []), ("cookie" = []))
)]
pub(crate) async fn list(
    State(own): State<Arc<Own>>,
    cx: Context,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<DeadLetter>>, Error> {
    cx.require(Permission::SystemRead)?;
    let limit = params.limit.unwrap_or(LIMIT_DEFAULT);
    let mut rules = Rules::new();
    rules.range("?limit", limit, 1..=LIMIT_MAX);
    if let Some(consumer) = &params.consumer {
        check_consumer(&mut rules, "?consumer", consumer);
    }
    let cursor = params.cursor.as_deref();
    let cursor_fits = cursor.is_none_or(|cursor| cursor.chars().count() <= 500);
    rules.require(cursor_fits, "?cursor", "length", "must have at most 500 characters");
    rules.check()?;
    own.dead_letters.list(&cx, params.consumer.as_deref(), cursor, limit).await.map(Json)
}

/// Which dead letter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadLetterName {
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z_.]+$", example = "order")]
    consumer: String,
    event: EventId,
}

impl DeadLetterName {
    fn check(&self) -> Result<(), Error> {
        let mut rules = Rules::new();
        check_consumer(&mut rules, "consumer", &self.consumer);
        rules.check()
    }
}

fn check_consumer(rules: &mut Rules, field: &str, consumer: &str) {
    let sane = |b: u8| b.is_ascii_lowercase() || b"_.".contains(&b);
    let fits = (1..=60).contains(&consumer.len()) && consumer.bytes().all(sane);
    rules.require(fits, field, "pattern", "must be the name of a consumer, such as order or product.search");
}

/// Try a dead letter again
///
/// Its consumer reacts to it once more, with all attempts; later events of its subject follow. Needs `system:write`.
#[utoipa::path(
    post, path = "/v1/admin/dead-letters/redrive", tag = "operation", operation_id = "redrive_dead_letter",
    params(IdempotencyParam), request_body = DeadLetterName,
    responses((status = 204, description = "It is queued."), Problems),
    security(("bearer" = []), ("cookie" = []))
)]
pub(crate) async fn redrive(
    State(own): State<Arc<Own>>,
    cx: Context,
    Json(name): Json<DeadLetterName>,
) -> Result<StatusCode, Error> {
    cx.require(Permission::SystemWrite)?;
    name.check()?;
    own.dead_letters.redrive(&cx, &name.consumer, name.event).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a dead letter go
///
/// It never takes effect; later events of its subject follow. Needs `system:write`.
#[utoipa::path(
    post, path = "/v1/admin/dead-letters/discard", tag = "operation", operation_id = "discard_dead_letter",
    params(IdempotencyParam), request_body = DeadLetterName,
    responses((status = 204, description = "It is gone."), Problems),
    security(("bearer" = []), ("cookie" = []))
)]
pub(crate) async fn discard(
    State(own): State<Arc<Own>>,
    cx: Context,
    Json(name): Json<DeadLetterName>,
) -> Result<StatusCode, Error> {
    cx.require(Permission::SystemWrite)?;
    name.check()?;
    own.dead_letters.discard(&cx, &name.consumer, name.event).await?;
    tracing::info!(consumer = name.consumer, event = %name.event, by = cx.actor(), "dead letter discarded");
    Ok(StatusCode::NO_CONTENT)
}
