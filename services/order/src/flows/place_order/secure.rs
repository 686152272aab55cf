//! Holds the stock and asks for the money. Both calls are idempotent by order id, so that an attempt may repeat
//! them; no transaction and no lock is held meanwhile.

use souk_app::fail;
use souk_contract::payment::{AuthorizationOutcome, Authorize};
use souk_contract::product::{HoldLine, HoldOutcome, HoldStock, Shortage};
use souk_rpc::{Context, Error, ErrorKind};

use crate::Deps;
use crate::domain::order::{CancelReason, Order, Payment};
use crate::error::OrderError;
use crate::store::checkouts::Request;

/// Each try to buy is an order of its own, so an order has one payment.
const ATTEMPT: u32 = 1;

/// How far it went.
pub(super) enum Secured {
    Settled(Payment),
    SoldOut(Vec<Shortage>),
    Declined(String),
    /// Another service will never do it; its answer goes to the buyer.
    Refused(CancelReason, Error),
    /// It took too long.
    Expired,
}

pub(super) async fn secure(
    cx: &Context,
    deps: &Deps,
    order: &Order,
    request: &Request,
) -> Result<Secured, OrderError> {
    check_lease(deps, order)?;
    match deps.product.hold_stock(cx, hold_of(deps, order)).await {
        Ok(HoldOutcome::Held { .. }) => {}
        Ok(HoldOutcome::SoldOut { shortages }) => return Ok(Secured::SoldOut(shortages)),
        Err(error) => return refused(CancelReason::SoldOut, error),
    }
    fail::point("checkout.after_hold").await?;
    fail::point("checkout.before_authorize").await?;
    if order.totals.total.amount == 0 {
        return Ok(Secured::Settled(Payment::NotNeeded));
    }
    check_lease(deps, order)?;
    let authorization = deps.payment.authorize(cx, authorize_of(order, request)).await;
    fail::point("checkout.after_authorize").await?;
    Ok(match authorization {
        Err(error) => return refused(CancelReason::PaymentDeclined, error),
        Ok(authorization) => match authorization.outcome {
            AuthorizationOutcome::Authorized => Secured::Settled(Payment::Authorized),
            AuthorizationOutcome::NeedsBuyer { url } => Secured::Settled(Payment::NeedsBuyer { url }),
            AuthorizationOutcome::Unknown => Secured::Settled(Payment::Unknown),
            AuthorizationOutcome::Declined { reason } => Secured::Declined(reason),
        },
    })
}

/// An attempt that was asleep too long asks for nothing any more: somebody else may have given the order up.
fn check_lease(deps: &Deps, order: &Order) -> Result<(), OrderError> {
    let alive = deps.clock.now() < order.lease_until;
    if alive { Ok(()) } else { Err(OrderError::CheckoutInProgress) }
}

/// A refusal that stays one ends the attempt; anything else may have had its effect, and is tried again.
fn refused(reason: CancelReason, error: Error) -> Result<Secured, OrderError> {
    match error.kind {
        ErrorKind::Invalid
        | ErrorKind::Unprocessable
        | ErrorKind::NotFound
        | ErrorKind::Gone
        | ErrorKind::PaymentDeclined => Ok(Secured::Refused(reason, error)),
        _ => Err(error.into()),
    }
}

fn hold_of(deps: &Deps, order: &Order) -> HoldStock {
    let lines = order.lines.iter();
    HoldStock {
        order: order.id,
        lines: lines.map(|line| HoldLine { variant: line.variant, quantity: line.quantity }).collect(),
        // Counted from the beginning, so that a repeated call is the same call.
        expires_at: order.created_at.plus(deps.config.hold_window()),
    }
}

fn authorize_of(order: &Order, request: &Request) -> Authorize {
    Authorize {
        order: order.id,
        number: order.number.clone(),
        amount: order.totals.total,
        email: order.email.clone(),
        method: request.payment.clone(),
        attempt: ATTEMPT,
        return_url: request.return_url.clone(),
    }
}
