//! Orders, as their buyers see them.

use axum::extract::State;
use souk_app::http::{IdempotencyParam, Json, Path, Problems, Query};
use souk_rpc::{Context, Error};
use souk_types::{OrderId, Page};

use super::requests::{GuestProof, LookUp, PageParams, Window};
use crate::Deps;
use crate::domain::order::CancelReason;
use crate::flows::{cancel_order, find_order};
use crate::store::orders::{self, Filter};
use crate::views::{OrderDetail, OrderList};

/// List my orders
#[utoipa::path(get, path = "/v1/me/orders", operation_id = "list_my_orders", tag = "orders", params(PageParams),
    responses((status = 200, body = OrderList, description = "The caller's orders, newest first."), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(super) async fn my_orders(
    State(deps): State<Deps>,
    cx: Context,
    Query(page): Query<PageParams>,
) -> Result<Json<OrderList>, Error> {
    let user = cx.require_user()?;
    Ok(Json(page_of(&deps, Filter { user: Some(user), ..Filter::default() }, page.check()?).await?))
}

/// Get an order
///
/// Its buyer's only. A guest shows the id of the cart that it came from.
#[utoipa::path(get, path = "/v1/orders/{id}", operation_id = "get_order", tag = "orders",
    params(("id" = OrderId, Path, description = "The order's id."), GuestProof),
    responses((status = 200, body = OrderDetail, description = "The order."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn get_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
    Query(proof): Query<GuestProof>,
) -> Result<Json<OrderDetail>, Error> {
    let order = find_order::own_order(&cx, &deps, id, proof.cart).await?;
    Ok(Json(OrderDetail::for_buyer(&find_order::file_of(&deps, order).await?)))
}

/// Cancel an order
///
/// Until a parcel has left. Stock and money go back.
#[utoipa::path(post, path = "/v1/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    params(("id" = OrderId, Path, description = "The order's id."), GuestProof, IdempotencyParam),
    responses((status = 200, body = OrderDetail, description = "The canceled order."), Problems),
    security((), ("bearer" = []), ("cookie" = [])))]
pub(super) async fn cancel_order(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<OrderId>,
    Query(proof): Query<GuestProof>,
) -> Result<Json<OrderDetail>, Error> {
    find_order::own_order(&cx, &deps, id, proof.cart).await?;
    let order = cancel_order::cancel_order(&cx, &deps, id, CancelReason::Customer, None).await?;
    Ok(Json(OrderDetail::for_buyer(&find_order::file_of(&deps, order).await?)))
}

/// Find an order by its number and e-mail address
///
/// A wrong number and a wrong address get the same answer.
#[utoipa::path(post, path = "/v1/orders/lookup", operation_id = "look_up_order", tag = "orders",
    request_body = LookUp,
    responses((status = 200, body = OrderDetail, description = "The order."), Problems), security(()))]
pub(super) async fn look_up(
    State(deps): State<Deps>,
    Json(request): Json<LookUp>,
) -> Result<Json<OrderDetail>, Error> {
    request.check()?;
    let order = find_order::look_up(&deps, &request.number, &request.email).await?;
    Ok(Json(OrderDetail::for_buyer(&find_order::file_of(&deps, order).await?)))
}

pub(super) async fn page_of(deps: &Deps, filter: Filter, window: Window) -> Result<OrderList, Error> {
    let rows = orders::list(&deps.db, filter, window.after, window.limit + 1).await?;
    let page = Page::cut(rows, window.limit, |order| order.id);
    Ok(OrderList { items: page.items.into_iter().map(Into::into).collect(), next_cursor: page.next_cursor })
}
