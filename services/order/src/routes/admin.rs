//! Orders, as the staff see and handle them.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use souk_app::http::{IdempotencyKey, IdempotencyParam, IdempotencyRequired, Json, Path, Problems, Query};
use souk_contract::payment::Refunded;
use souk_rpc::{Context, Error, Permission};
use souk_types::{Money, OrderId, RefundId};
use utoipa::ToSchema;

use super::orders::page_of;
use super::refund_request::RefundRequest;
use super::requests::{CancelRequest, OrdersParams, ShipRequest};
use crate::Deps;
use crate::domain::order::{CancelReason, RefundedParts, WantedParts};
use crate::flows::{cancel_order, find_order, refund_order, ship_order};
use crate::views::{OrderDetail, OrderList};

/// List orders
#[utoipa::path(get, path = "/v1/admin/orders", operation_id = "admin_list_orders", tag = "admin orders",
    params(OrdersParams),
    responses((status = 200, body = OrderList, description = "Orders, newest first."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn list_orders(
    State(deps): State<Deps>,
    cx: Context,
    Query(params): Query<OrdersParams>,
) -> Result<Json<OrderList>, Error> {
    cx.require(Permission::OrdersRead)?;
    let (filter, window) = params.check()?;
    Ok(Json(page_of(&deps, filter, window).await?))
}

/// Get any order
#[utoipa::path(get, path = "/v1/admin/orders/{id}", operation_id = "admin_get_order", tag = "admin orders",
    params(("id" = OrderId, Path, description = "The order's id.")),
    responses((status = 200, body = OrderDetail, description = "The order."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn get_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderDetail>, Error> {
    cx.require(Permission::OrdersRead)?;
    detail(&deps, id).await
}

/// Cancel any order
///
/// Until a parcel has left. Stock and money go back.
#[utoipa::path(post, path = "/v1/admin/orders/{id}/cancel", operation_id = "admin_cancel_order",
    tag = "admin orders",
    params(("id" = OrderId, Path, description = "The order's id."), IdempotencyParam), request_body = CancelRequest,
    responses((status = 200, body = OrderDetail, description = "The canceled order."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn cancel_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
    Json(request): Json<CancelRequest>,
) -> Result<Json<OrderDetail>, Error> {
    cx.require(Permission::OrdersWrite)?;
    let note = request.check()?;
    cancel_order::cancel_order(&cx, &deps, id, CancelReason::Staff, note).await?;
    detail(&deps, id).await
}

/// Send a parcel
///
/// With all that is left of the order, or with these lines.
#[utoipa::path(post, path = "/v1/admin/orders/{id}/shipments", operation_id = "admin_ship_order",
    tag = "admin orders",
    params(("id" = OrderId, Path, description = "The order's id."), IdempotencyParam), request_body = ShipRequest,
    responses((status = 201, body = OrderDetail, description = "The order with the new parcel."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn ship_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
    Json(request): Json<ShipRequest>,
) -> Result<(StatusCode, Json<OrderDetail>), Error> {
    cx.require(Permission::OrdersWrite)?;
    let (parcel, lines) = request.check()?;
    ship_order::ship_order(&cx, &deps, id, parcel, &lines).await?;
    Ok((StatusCode::CREATED, detail(&deps, id).await?))
}

/// Money on its way back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderRefund {
    refund_id: RefundId,
    amount: Money,
    /// False while the payment provider has not confirmed it yet.
    settled: bool,
    /// What of the order it was for, if it was not for an amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<RefundedParts>,
}

/// Give money back
///
/// An amount, or lines and shipping with their shares of tax and discount: all parts together are what was paid, to
/// the unit. Not more than was paid. The key makes it once.
#[utoipa::path(post, path = "/v1/admin/orders/{id}/refunds", operation_id = "admin_refund_order",
    tag = "admin orders",
    params(("id" = OrderId, Path, description = "The order's id."), IdempotencyRequired),
    request_body = RefundRequest,
    responses((status = 201, body = OrderRefund, description = "The refund."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn refund_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
    key: IdempotencyKey,
    Json(request): Json<RefundRequest>,
) -> Result<(StatusCode, Json<OrderRefund>), Error> {
    cx.require(Permission::PaymentsWrite)?;
    request.check()?;
    let RefundRequest { amount, lines, shipping, reason } = request;
    let (refunded, parts) = match amount {
        Some(amount) => (refund_order::refund_amount(&cx, &deps, id, key.0, amount, &reason).await?, None),
        None => {
            let wanted = WantedParts { lines, shipping };
            let (refunded, parts) =
                refund_order::refund_parts(&cx, &deps, id, key.0, wanted, &reason).await?;
            (refunded, Some(parts))
        }
    };
    let Refunded { refund: refund_id, amount, settled } = refunded;
    let view = OrderRefund { refund_id, amount, settled, parts };
    Ok((StatusCode::CREATED, Json(view)))
}

async fn detail(deps: &Deps, id: OrderId) -> Result<Json<OrderDetail>, Error> {
    let order = find_order::any_order(deps, id).await?;
    Ok(Json(OrderDetail::for_staff(&find_order::file_of(deps, order).await?)))
}
