//! Commit 2: what became of the order, the event that tells of it, the reply, and the cart.

use souk_db::batch;
use souk_rpc::{Context, Error};

use super::Reply;
use super::secure::Secured;
use crate::Deps;
use crate::domain::order::{CancelReason, Moment, Order, OrderEvent, OrderState};
use crate::error::{OrderError, shortage};
use crate::flows::{moment, saved};
use crate::store::checkouts::{self, StoredReply};
use crate::store::orders;
use crate::views::OrderView;

pub(super) async fn finish(
    cx: &Context,
    deps: &Deps,
    mut order: Order,
    key: &str,
    secured: Secured,
) -> Result<Reply, OrderError> {
    let was = order.state;
    let (event, stored) = decide(&mut order, secured, &moment(cx, deps))?;
    let saved = saved(cx, deps, &mut order, was, event);
    match deps.db.commit(cx, batch![saved, checkouts::reply(order.cart, key, &stored)]).await {
        Ok(_) => {
            let outcome = order.canceled_reason.map_or(order.state.as_str(), |reason| reason.as_str());
            metrics::counter!("souk_checkouts_total", "outcome" => outcome).increment(1);
            Ok(Reply { order: order.id, stored, replayed: false })
        }
        // The lease had run out and somebody else went on: their answer counts.
        Err(error) if error.is_guard(orders::SAVE) => Err(OrderError::CheckoutInProgress),
        Err(error) => Err(error.into()),
    }
}

fn decide(
    order: &mut Order,
    secured: Secured,
    moment: &Moment,
) -> Result<(Option<OrderEvent>, StoredReply), OrderError> {
    let (event, error) = match secured {
        Secured::Settled(payment) => {
            let event = order.settle(payment, moment)?;
            let status = if order.state == OrderState::Placed { 201 } else { 202 };
            return Ok((event, reply(status, "application/json", &OrderView::of(order))?));
        }
        Secured::SoldOut(shortages) => {
            let errors = shortages.iter().map(|short| shortage(position(order, short), short)).collect();
            (order.give_up(CancelReason::SoldOut, None, moment)?, OrderError::SoldOut(errors).into())
        }
        Secured::Declined(reason) => {
            let event = order.declined_at_checkout(&reason, moment)?;
            (event, OrderError::PaymentDeclined(reason).into())
        }
        Secured::Refused(reason, error) => {
            (order.give_up(reason, Some(error.detail.clone()), moment)?, error)
        }
        Secured::Expired => {
            (order.give_up(CancelReason::PaymentExpired, None, moment)?, OrderError::CheckoutExpired.into())
        }
    };
    let error: Error = error;
    Ok((event, reply(error.kind.status().as_u16(), "application/problem+json", &error.problem())?))
}

fn position(order: &Order, short: &souk_contract::product::Shortage) -> usize {
    order.lines.iter().position(|line| line.variant == short.variant).unwrap_or_default()
}

fn reply(status: u16, content_type: &str, body: &impl serde::Serialize) -> Result<StoredReply, Error> {
    let body = serde_json::to_vec(body).map_err(Error::internal)?;
    Ok(StoredReply { status, content_type: content_type.to_owned(), body })
}
