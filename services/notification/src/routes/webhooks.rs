//! `/v1/admin/webhooks`: where the shop's events go.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Cursor, EventId, Page, Timestamp, WebhookId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::webhook::{URL_CHARS_MAX, Webhook, WebhookKind, WebhookState, target};
use crate::flows::webhooks::{self as flows, Wanted};
use crate::{Deps, store};

/// A webhook; of its secret only the end.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: WebhookId,
    url: String,
    description: String,
    /// What it hears of.
    kinds: Vec<WebhookKind>,
    state: WebhookState,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<String>,
    /// The last four characters.
    secret_hint: String,
    /// Until when the secret before signs, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_until: Option<Timestamp>,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> WebhookView {
        WebhookView {
            id: webhook.id,
            secret_hint: webhook.secret.hint(),
            old_secret_until: webhook.old_secret.is_some().then_some(webhook.old_secret_until),
            url: webhook.url,
            description: webhook.description,
            kinds: webhook.kinds,
            state: webhook.state,
            disabled_reason: webhook.disabled_reason,
            version: webhook.version,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

/// A webhook with its new secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookWithSecret {
    webhook: WebhookView,
    /// What deliveries are signed with, by Standard Webhooks. It is shown this once.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
}

impl From<Webhook> for WebhookWithSecret {
    fn from(webhook: Webhook) -> WebhookWithSecret {
        let secret = webhook.secret.reveal().to_owned();
        WebhookWithSecret { webhook: webhook.into(), secret }
    }
}

/// Where to send what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// An https address on the public internet.
    #[schema(min_length = 10, max_length = 2000, example = "https://erp.example/souk")]
    url: String,
    /// For people.
    #[serde(default)]
    #[schema(max_length = 200)]
    description: String,
    #[schema(min_items = 1, max_items = 20)]
    kinds: Vec<WebhookKind>,
}

/// The whole of a webhook but its secret.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditedWebhook {
    /// The one that was read: an edit in between is not overwritten.
    #[schema(minimum = 1)]
    version: i64,
    /// An https address on the public internet.
    #[schema(min_length = 10, max_length = 2000, example = "https://erp.example/souk")]
    url: String,
    /// For people.
    #[schema(max_length = 200)]
    description: String,
    #[schema(min_items = 1, max_items = 20)]
    kinds: Vec<WebhookKind>,
    /// Disabling parks what is pending.
    enabled: bool,
}

fn wanted(
    deps: &Deps,
    url: String,
    description: String,
    mut kinds: Vec<WebhookKind>,
    enabled: bool,
) -> Result<Wanted, Error> {
    let mut rules = Rules::new();
    if let Err(refused) = target(&url, deps.config.webhooks.allow_private) {
        rules.broken("url", "webhook_url", refused.to_string());
    }
    rules.range("url", url.chars().count(), 1..=URL_CHARS_MAX);
    rules.text("description", &description, 0..=200);
    rules.entries("kinds", kinds.len(), 1..=20);
    rules.check()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(Wanted { url, description, kinds, enabled })
}

/// Which webhooks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichWebhooks {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How many, and after which.
pub(super) fn page_of<K: serde::de::DeserializeOwned>(
    limit: Option<u32>,
    cursor: Option<&str>,
) -> Result<(u32, Option<K>), Error> {
    let limit = limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Error::invalid("?limit", "range", "must be from 1 to 100"));
    }
    let after = cursor.map(Cursor::decode::<K>).transpose();
    let after = after.map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    Ok((limit, after))
}

/// Lists webhooks, oldest first.
#[utoipa::path(get, path = "/v1/admin/webhooks", operation_id = "list_webhooks", tag = "admin",
    params(WhichWebhooks),
    responses((status = 200, description = "A page of webhooks.", body = Page<WebhookView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_webhooks(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichWebhooks>,
) -> Result<Json<Page<WebhookView>>, Error> {
    cx.require(Permission::WebhooksRead)?;
    let (limit, after) = page_of(which.limit, which.cursor.as_deref())?;
    let webhooks =
        store::webhooks::list(&deps.db, after.unwrap_or(WebhookId(Uuid::nil())), limit + 1).await?;
    Ok(Json(Page::cut(webhooks, limit as usize, |webhook| webhook.id).map(WebhookView::from)))
}

/// Adds a webhook; it hears of what happens from now on.
#[utoipa::path(post, path = "/v1/admin/webhooks", operation_id = "add_webhook", tag = "admin",
    params(IdempotencyParam), request_body = NewWebhook,
    responses((status = 201, description = "The webhook and, this once, its secret.", body = WebhookWithSecret), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn add_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Json(NewWebhook { url, description, kinds }): Json<NewWebhook>,
) -> Result<Created<WebhookWithSecret>, Error> {
    cx.require(Permission::WebhooksWrite)?;
    let webhook = flows::add(&cx, &deps, wanted(&deps, url, description, kinds, true)?).await?;
    Ok(Created { location: format!("/v1/admin/webhooks/{}", webhook.id), body: webhook.into() })
}

/// One webhook.
#[utoipa::path(get, path = "/v1/admin/webhooks/{id}", operation_id = "get_webhook", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "The webhook.", body = WebhookView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
) -> Result<Json<WebhookView>, Error> {
    cx.require(Permission::WebhooksRead)?;
    flows::known(&deps, id).await.map(|webhook| Json(webhook.into()))
}

/// Changes a webhook, disables or enables it.
#[utoipa::path(put, path = "/v1/admin/webhooks/{id}", operation_id = "edit_webhook", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyParam), request_body = EditedWebhook,
    responses((status = 200, description = "The webhook as it is now.", body = WebhookView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn edit_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
    Json(edited): Json<EditedWebhook>,
) -> Result<Json<WebhookView>, Error> {
    cx.require(Permission::WebhooksWrite)?;
    let EditedWebhook { version, url, description, kinds, enabled } = edited;
    let wanted = wanted(&deps, url, description, kinds, enabled)?;
    flows::edit(&cx, &deps, id, version, wanted).await.map(|webhook| Json(webhook.into()))
}

/// Removes a webhook. What was pending is not sent.
#[utoipa::path(delete, path = "/v1/admin/webhooks/{id}", operation_id = "remove_webhook", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyParam),
    responses((status = 204, description = "It hears of nothing any more."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn remove_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode, Error> {
    cx.require(Permission::WebhooksWrite)?;
    flows::remove(&cx, &deps, id).await.map(|()| StatusCode::NO_CONTENT)
}

/// Makes a new secret. The one before signs beside it for 24 hours.
#[utoipa::path(post, path = "/v1/admin/webhooks/{id}/rotate-secret", operation_id = "rotate_webhook_secret", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyParam),
    responses((status = 200, description = "The webhook and, this once, its new secret.", body = WebhookWithSecret), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn rotate_webhook_secret(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
) -> Result<Json<WebhookWithSecret>, Error> {
    cx.require(Permission::WebhooksWrite)?;
    flows::rotate(&cx, &deps, id).await.map(|webhook| Json(webhook.into()))
}

/// What was sent as a test.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tested {
    /// Its `webhook-id`; the deliveries say what became of it.
    event: EventId,
}

/// Sends a test event, whatever the webhook listens to.
#[utoipa::path(post, path = "/v1/admin/webhooks/{id}/test", operation_id = "test_webhook", tag = "admin",
    params(("id" = WebhookId, Path, description = "The webhook."), IdempotencyParam),
    responses((status = 200, description = "The event, on its way.", body = Tested), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn test_webhook(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<WebhookId>,
) -> Result<Json<Tested>, Error> {
    cx.require(Permission::WebhooksWrite)?;
    flows::test(&cx, &deps, id).await.map(|event| Json(Tested { event }))
}
