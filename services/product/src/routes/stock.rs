//! Stock, as staff count it.

use std::sync::Arc;

use axum::extract::State;
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Created, IdempotencyParam, Json, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{MovementId, Page};
use utoipa::{IntoParams, ToSchema};

use super::fields;
use crate::Deps;
use crate::domain::content::is_sku;
use crate::domain::import::STOCK_MAX;
use crate::flows::adjust_stock::{self as adjusting, Adjustment};
use crate::store::movements::{self, MovementKind, MovementLine};
use crate::store::stock::{self, StockLevel};

/// Which stock to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StockParams {
    /// Only this variant.
    #[param(min_length = 1, max_length = 80, pattern = "^[!-~]+( [!-~]+)*$")]
    sku: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Units that came or went outside of orders.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentInput {
    #[schema(min_length = 1, max_length = 80, pattern = "^[!-~]+( [!-~]+)*$")]
    sku: String,
    /// The location's code.
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", default = "main")]
    #[serde(default = "main")]
    location: String,
    /// Added to `on_hand`; negative when units are gone. Not zero.
    #[schema(minimum = -1000000000, maximum = 1000000000)]
    change: i64,
    #[serde(default = "adjusted")]
    kind: AdjustmentKind,
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// Why; `adjusted` when absent.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AdjustmentKind {
    /// From a supplier.
    Received,
    /// From a buyer.
    Returned,
    /// Counted anew, damaged, lost or found.
    Adjusted,
}

fn main() -> String {
    "main".to_owned()
}

fn adjusted() -> AdjustmentKind {
    AdjustmentKind::Adjusted
}

impl From<AdjustmentKind> for MovementKind {
    fn from(kind: AdjustmentKind) -> MovementKind {
        match kind {
            AdjustmentKind::Received => MovementKind::Received,
            AdjustmentKind::Returned => MovementKind::Returned,
            AdjustmentKind::Adjusted => MovementKind::Adjusted,
        }
    }
}

/// Lists stock by SKU and location.
#[utoipa::path(get, path = "/v1/admin/stock", operation_id = "list_stock", tag = "stock", params(StockParams),
    responses((status = 200, description = "A page of stock.", body = Page<StockLevel>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_stock(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Query(params): Query<StockParams>,
) -> Result<Json<Page<StockLevel>>, Error> {
    cx.require(Permission::StockRead)?;
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: Option<(String, String)> = fields::cursor(&mut rules, params.cursor.as_deref());
    check_sku(&mut rules, "?sku", params.sku.as_deref());
    rules.check()?;
    let found = stock::page(&deps.db, params.sku.as_deref(), after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Json(Page::cut(found, size, |level: &StockLevel| (level.sku.clone(), level.location.clone()))))
}

/// Books units that came or went, and answers the stock as it is now.
#[utoipa::path(post, path = "/v1/admin/stock/adjustments", operation_id = "adjust_stock", tag = "stock",
    params(IdempotencyParam), request_body = AdjustmentInput,
    responses((status = 201, description = "Booked.", body = StockLevel), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn adjust_stock(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Json(input): Json<AdjustmentInput>,
) -> Result<Created<StockLevel>, Error> {
    cx.require(Permission::StockWrite)?;
    let mut rules = Rules::new();
    check_sku(&mut rules, "sku", Some(&input.sku));
    let is_code = input.location.len() <= 40 && crate::domain::slug::is_slug(&input.location);
    rules.require(is_code, "location", "format", "must be lower-case words joined by hyphens");
    rules.range("change", input.change, -STOCK_MAX..=STOCK_MAX);
    rules.text("reason", &input.reason, 1..=200);
    rules.check()?;
    if input.change == 0 {
        return Err(Error::unprocessable("nothing_to_change", "a change of no units is none"));
    }
    let AdjustmentInput { sku, location, change, kind, reason } = input;
    let adjustment = Adjustment { sku, location, change, kind: kind.into(), reason };
    let level = adjusting::adjust_stock(&cx, &deps, adjustment).await?;
    Ok(Created { location: "/v1/admin/stock/movements".to_owned(), body: level })
}

/// Lists the movements, latest first.
#[utoipa::path(get, path = "/v1/admin/stock/movements", operation_id = "list_movements", tag = "stock",
    params(StockParams),
    responses((status = 200, description = "A page of movements.", body = Page<MovementLine>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_movements(
    State(deps): State<Arc<Deps>>,
    cx: Context,
    Query(params): Query<StockParams>,
) -> Result<Json<Page<MovementLine>>, Error> {
    cx.require(Permission::StockRead)?;
    let mut rules = Rules::new();
    let limit = fields::limit(&mut rules, params.limit);
    let after: Option<MovementId> = fields::cursor(&mut rules, params.cursor.as_deref());
    check_sku(&mut rules, "?sku", params.sku.as_deref());
    rules.check()?;
    let variant = match &params.sku {
        None => None,
        Some(sku) => match stock::variant_by_sku(&deps.db, sku).await? {
            Some((variant, _)) => Some(variant),
            None => return Ok(Json(Page { items: Vec::new(), next_cursor: None })),
        },
    };
    let found = movements::page(&deps.db, variant, after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Json(Page::cut(found, size, |line: &MovementLine| line.id)))
}

fn check_sku(rules: &mut Rules, field: &str, sku: Option<&str>) {
    rules.require(sku.is_none_or(is_sku), field, "sku", "must be 1 to 80 visible ASCII characters");
}
