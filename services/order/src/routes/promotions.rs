//! Promotions, as the staff write them down.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error, FieldError, Permission};
use souk_types::{Cursor, PromotionId};
use utoipa::IntoParams;

use crate::Deps;
use crate::domain::pricing::Rule;
use crate::flows::save_promotion;
use crate::store;
use crate::views::{PromotionList, PromotionView};

const LIMIT_DEFAULT: u32 = 20;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PromotionsPage {
    /// Promotions per page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 200)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReadVersion {
    /// The version that was read; refused when the promotion has moved on.
    #[param(minimum = 1)]
    version: i64,
}

impl ReadVersion {
    fn check(&self) -> Result<i64, Error> {
        let mut rules = Rules::new();
        rules.require(self.version >= 1, "?version", "range", "must be 1 or more");
        rules.check()?;
        Ok(self.version)
    }
}

fn check(rule: &Rule) -> Result<(), Error> {
    let faults = rule.faults();
    if faults.is_empty() && !rule.has_time() {
        let detail = "must be after starts_at";
        return Err(
            Error::unprocessable("promotion_never_applies", detail).with_field("ends_at", "order", detail)
        );
    }
    if faults.is_empty() {
        return Ok(());
    }
    let error =
        |(field, rule, detail): (String, &str, String)| FieldError { field, rule: rule.to_owned(), detail };
    Err(Error::invalid_fields(faults.into_iter().map(error).collect()))
}

/// List promotions
#[utoipa::path(get, path = "/v1/admin/promotions", operation_id = "admin_list_promotions", tag = "admin promotions",
    params(PromotionsPage),
    responses((status = 200, body = PromotionList, description = "Promotions, newest first."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn list(
    State(deps): State<Deps>,
    cx: Context,
    Query(page): Query<PromotionsPage>,
) -> Result<Json<PromotionList>, Error> {
    cx.require(Permission::CatalogRead)?;
    let limit = page.limit.unwrap_or(LIMIT_DEFAULT);
    let mut rules = Rules::new();
    rules.range("?limit", limit, 1..=100);
    rules.check()?;
    let after: Option<PromotionId> = page
        .cursor
        .as_deref()
        .map(Cursor::decode)
        .transpose()
        .map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
    let limit = limit as usize;
    let mut found = store::promotions::page(&deps.db, after, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(|last| last.promotion.id);
    let next_cursor = last.map(|id| Cursor::encode(&id));
    Ok(Json(PromotionList { items: found.into_iter().map(Into::into).collect(), next_cursor }))
}

/// Get a promotion
#[utoipa::path(get, path = "/v1/admin/promotions/{id}", operation_id = "admin_get_promotion",
    tag = "admin promotions", params(("id" = PromotionId, Path, description = "The promotion's id.")),
    responses((status = 200, body = PromotionView, description = "The promotion."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn get(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<PromotionId>,
) -> Result<Json<PromotionView>, Error> {
    cx.require(Permission::CatalogRead)?;
    Ok(Json(save_promotion::get_promotion(&deps, id).await?.into()))
}

/// Create a promotion
///
/// It applies to every cart from now on, or from `starts_at` on.
#[utoipa::path(post, path = "/v1/admin/promotions", operation_id = "admin_create_promotion",
    tag = "admin promotions", params(IdempotencyParam), request_body = Rule,
    responses((status = 201, body = PromotionView, description = "The promotion.",
        headers(("Location" = String, description = "Where it lives."))), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn create(
    State(deps): State<Deps>,
    cx: Context,
    Json(rule): Json<Rule>,
) -> Result<Created<PromotionView>, Error> {
    cx.require(Permission::CatalogWrite)?;
    check(&rule)?;
    let body = PromotionView::from(save_promotion::create_promotion(&cx, &deps, rule).await?);
    Ok(Created { location: format!("/v1/admin/promotions/{}", body.id), body })
}

/// Change a promotion
///
/// Orders keep what they were promised.
#[utoipa::path(put, path = "/v1/admin/promotions/{id}", operation_id = "admin_replace_promotion",
    tag = "admin promotions",
    params(("id" = PromotionId, Path, description = "The promotion's id."), ReadVersion, IdempotencyParam),
    request_body = Rule,
    responses((status = 200, body = PromotionView, description = "The promotion as it is now."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn replace(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<PromotionId>,
    Query(read): Query<ReadVersion>,
    Json(rule): Json<Rule>,
) -> Result<Json<PromotionView>, Error> {
    cx.require(Permission::CatalogWrite)?;
    let version = read.check()?;
    check(&rule)?;
    Ok(Json(save_promotion::replace_promotion(&cx, &deps, id, version, rule).await?.into()))
}

/// Remove a promotion
///
/// Orders keep what they were promised.
#[utoipa::path(delete, path = "/v1/admin/promotions/{id}", operation_id = "admin_remove_promotion",
    tag = "admin promotions",
    params(("id" = PromotionId, Path, description = "The promotion's id."), ReadVersion, IdempotencyParam),
    responses((status = 204, description = "Removed."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn remove(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<PromotionId>,
    Query(read): Query<ReadVersion>,
) -> Result<StatusCode, Error> {
    cx.require(Permission::CatalogWrite)?;
    let version = read.check()?;
    save_promotion::remove_promotion(&cx, &deps, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
