//! What an order does when money or stock has moved. An event that comes again changes nothing.
//!
//! While an order is still being placed its events wait: whoever places it settles it first, and an event that was
//! dropped meanwhile would be lost for good.

use souk_contract::events::{
    PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded, PaymentVoided,
    StockAllocationFailed,
};
use souk_rpc::{Context, Error};
use souk_types::OrderId;

use super::{change, moment, only};
use crate::Deps;
use crate::domain::order::{Moment, Order, OrderEvent, OrderRule};
use crate::error::OrderError;

pub(crate) async fn authorized(
    cx: &Context,
    deps: &Deps,
    event: PaymentAuthorized,
) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| order.payment_authorized(moment)).await
}

pub(crate) async fn declined(cx: &Context, deps: &Deps, event: PaymentDeclined) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| order.payment_declined(&event.reason, moment)).await
}

pub(crate) async fn captured(cx: &Context, deps: &Deps, event: PaymentCaptured) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| order.payment_captured(moment)).await
}

pub(crate) async fn voided(cx: &Context, deps: &Deps, event: PaymentVoided) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| order.payment_voided(moment)).await
}

pub(crate) async fn refunded(cx: &Context, deps: &Deps, event: PaymentRefunded) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| {
        order.payment_refunded(event.refund, event.amount, event.refunded_total, &event.reason, moment)
    })
    .await
}

pub(crate) async fn stock_failed(
    cx: &Context,
    deps: &Deps,
    event: StockAllocationFailed,
) -> Result<(), OrderError> {
    react(cx, deps, event.order, |order, moment| order.stock_failed(moment)).await
}

async fn react(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    transition: impl Fn(&mut Order, &Moment) -> Result<Option<OrderEvent>, OrderRule>,
) -> Result<(), OrderError> {
    let changed = change(cx, deps, id, |order| only(transition(order, &moment(cx, deps)))).await;
    match changed {
        Ok(_) => Ok(()),
        Err(OrderError::Order(OrderRule::StillPlacing)) => {
            Err(Error::unavailable("the order is still being placed; the event waits").into())
        }
        Err(error) => Err(error),
    }
}
