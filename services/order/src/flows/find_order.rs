//! Finds an order for somebody who may see it. Everybody else is told that there is none.

use souk_rpc::Context;
use souk_types::{CartId, OrderId, Timestamp};

use crate::Deps;
use crate::domain::number;
use crate::domain::order::{Order, RefundedParts, Shipment};
use crate::error::OrderError;
use crate::store;
use crate::store::timeline::Entry;

/// An order with all that has happened to it.
#[derive(Debug, Clone)]
pub(crate) struct OrderFile {
    pub(crate) order: Order,
    pub(crate) shipments: Vec<Shipment>,
    pub(crate) timeline: Vec<Entry>,
    /// Parts that were given back, and when.
    pub(crate) refunds: Vec<(Timestamp, RefundedParts)>,
}

/// The buyer's own order. A guest shows that it is by the id of the cart it came from, which only they know.
pub(crate) async fn own_order(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    cart: Option<CartId>,
) -> Result<Order, OrderError> {
    let order = store::orders::get(&deps.db, id).await?.ok_or(OrderError::NotFound("order"))?;
    let own = match order.user {
        Some(user) => cx.user() == Some(user),
        None => cart == Some(order.cart),
    };
    if own { Ok(order) } else { Err(OrderError::NotFound("order")) }
}

/// For guests who have nothing but the mail: the number and the address it went to. A wrong number and a wrong
/// address are one read and one answer.
pub(crate) async fn look_up(deps: &Deps, typed_number: &str, email: &str) -> Result<Order, OrderError> {
    let number = number::normalize(typed_number);
    let order = store::orders::by_number_and_email(&deps.db, &number, email.trim()).await?;
    order.ok_or(OrderError::NotFound("order"))
}

pub(crate) async fn any_order(deps: &Deps, id: OrderId) -> Result<Order, OrderError> {
    store::orders::get(&deps.db, id).await?.ok_or(OrderError::NotFound("order"))
}

pub(crate) async fn file_of(deps: &Deps, order: Order) -> Result<OrderFile, OrderError> {
    let shipments = store::shipments::of_order(&deps.db, order.id).await?;
    let timeline = store::timeline::of_order(&deps.db, order.id).await?;
    let refunds = store::refunds::of_order(&deps.db, order.id).await?;
    Ok(OrderFile { order, shipments, timeline, refunds })
}
