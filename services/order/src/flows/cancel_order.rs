//! Cancels an order; money and stock follow from the event. Refuses once a parcel has left: from then on it is a
//! return.

use souk_rpc::Context;
use souk_types::OrderId;

use super::{change, moment, only};
use crate::Deps;
use crate::domain::order::{CancelReason, Order};
use crate::error::OrderError;

pub(crate) async fn cancel_order(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    reason: CancelReason,
    note: Option<String>,
) -> Result<Order, OrderError> {
    change(cx, deps, id, |order| only(order.cancel(reason, note.clone(), &moment(cx, deps)))).await
}
