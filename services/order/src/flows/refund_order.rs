//! Gives money back: an amount, or parts of the order with their shares of tax and discount. The payment service keeps
//! the books and the provider's answer; the order learns of it by the event, and its timeline shows who asked.

use souk_contract::payment::{RefundOrder, Refunded};
use souk_db::Batch;
use souk_rpc::{Context, Error, ErrorKind};
use souk_types::{Money, OrderId};

use super::{RACES_MAX, change, moment};
use crate::Deps;
use crate::domain::order::{Order, RefundedParts, WantedParts};
use crate::error::OrderError;
use crate::store::{self, refunds};

/// `key` makes it once: the same key refunds once, however often it is asked.
pub(crate) async fn refund_amount(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    key: String,
    amount: Money,
    reason: &str,
) -> Result<Refunded, OrderError> {
    let order = get(deps, id).await?;
    order.check_refund(amount)?;
    pay_back(cx, deps, id, key, amount, reason).await
}

/// The parts are promised first, so that no line comes back twice, and given free again when the payment refuses.
pub(crate) async fn refund_parts(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    key: String,
    wanted: WantedParts,
    reason: &str,
) -> Result<(Refunded, RefundedParts), OrderError> {
    let order = get(deps, id).await?;
    let parts = promise(cx, deps, &order, &key, &wanted).await?;
    match pay_back(cx, deps, id, key.clone(), parts.amount, reason).await {
        Ok(refunded) => Ok((refunded, parts)),
        Err(OrderError::Peer(error)) if is_final(&error) => {
            tracing::warn!(order.id = %id, %error, "a refund was refused, its parts are free again");
            match deps.db.commit(cx, refunds::withdraw(&order, &key, &parts)).await {
                Ok(_) => {}
                // The same key was refused twice at once, and the other one has given them free.
                Err(lost) if lost.is_lost_race() => {}
                Err(error) => return Err(error.into()),
            }
            Err(error.into())
        }
        // Unknown is not refused: the same key goes on with it.
        Err(error) => Err(error),
    }
}

async fn promise(
    cx: &Context,
    deps: &Deps,
    order: &Order,
    key: &str,
    wanted: &WantedParts,
) -> Result<RefundedParts, OrderError> {
    for _ in 0..RACES_MAX {
        if let Some(known) = refunds::by_key(&deps.db, order.id, key).await? {
            let same = known.lines == wanted.lines && known.shipping == wanted.shipping;
            return if same { Ok(known) } else { Err(OrderError::KeyReused) };
        }
        let returned = refunds::returned(&deps.db, order.id).await?;
        let parts = order.worth_of(wanted, &returned)?;
        order.check_refund(parts.amount)?;
        let promised = refunds::promise(order, key, &parts, &returned, deps.clock.now());
        match deps.db.commit(cx, promised).await {
            Ok(_) => return Ok(parts),
            Err(error) if error.is_guard(refunds::INSERT) || error.is_guard(refunds::RETURN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(OrderError::Contended)
}

async fn pay_back(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    key: String,
    amount: Money,
    reason: &str,
) -> Result<Refunded, OrderError> {
    let request = RefundOrder { order: id, key, amount, reason: reason.to_owned() };
    let refunded = deps.payment.refund(&cx.without_idempotency(), request).await?;
    change(cx, deps, id, |order| {
        order.refund_requested(amount, reason, &moment(cx, deps));
        Ok((None, Batch::new()))
    })
    .await?;
    Ok(refunded)
}

async fn get(deps: &Deps, id: OrderId) -> Result<Order, OrderError> {
    store::orders::get(&deps.db, id).await?.ok_or(OrderError::NotFound("order"))
}

/// The payment service will never do it: nothing was given back.
fn is_final(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unprocessable | ErrorKind::NotFound)
}
