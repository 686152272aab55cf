//! Gives money back. The payment service keeps the books and the provider's answer; the order learns of it by the
//! event, and its timeline shows who asked.

use souk_contract::payment::{RefundOrder, Refunded};
use souk_db::Batch;
use souk_rpc::Context;
use souk_types::{Money, OrderId};

use super::{change, moment};
use crate::Deps;
use crate::error::OrderError;
use crate::store;

/// `key` makes it once: the same key refunds once, however often it is asked.
pub(crate) async fn refund_order(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    key: String,
    amount: Money,
    reason: &str,
) -> Result<Refunded, OrderError> {
    let order = store::orders::get(&deps.db, id).await?.ok_or(OrderError::NotFound("order"))?;
    order.check_refund(amount)?;
    let request = RefundOrder { order: id, key, amount, reason: reason.to_owned() };
    let refunded = deps.payment.refund(&cx.without_idempotency(), request).await?;
    change(cx, deps, id, |order| {
        order.refund_requested(amount, reason, &moment(cx, deps));
        Ok((None, Batch::new()))
    })
    .await?;
    Ok(refunded)
}
