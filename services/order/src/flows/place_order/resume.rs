//! Goes on with what a dead attempt left: an order in `placing` whose lease has run out, or one that waits for its
//! payment too long.

use futures::StreamExt;
use souk_rpc::{Context, Error};
use souk_types::{OrderId, Timestamp};

use super::secure::Secured;
use super::{Reply, drive, finish};
use crate::Deps;
use crate::domain::order::{CancelReason, OrderRule, OrderState};
use crate::error::OrderError;
use crate::flows::{change, moment, only};
use crate::store::{checkouts, orders};

/// Orders that one pass looks after, and how many of them at once.
const PASS_MAX: u32 = 200;
const AT_ONCE: usize = 8;

/// Drives the order to its end if its attempt is dead; `None` when it is alive, done, or taken over by somebody else.
pub(super) async fn resume(
    cx: &Context,
    deps: &Deps,
    id: OrderId,
    retry_at: Timestamp,
) -> Result<Option<Reply>, OrderError> {
    let Some(mut order) = orders::get(&deps.db, id).await? else { return Ok(None) };
    let now = deps.clock.now();
    if order.state != OrderState::Placing || order.lease_until > now {
        return Ok(None);
    }
    let lease_until = now.plus(deps.config.lease());
    match deps.db.commit(cx, orders::take_over(&order, now, lease_until)).await {
        Ok(_) => {}
        Err(error) if error.is_lost_race() => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    order.version += 1;
    order.lease_until = lease_until;
    let (key, request) = checkouts::of_order(&deps.db, order.cart, id)
        .await?
        .ok_or_else(|| Error::internal(format_args!("order {id} is being placed without a key")))?;
    metrics::counter!("souk_checkouts_resumed_total").increment(1);
    tracing::info!(order.id = %id, "going on with an interrupted checkout");
    let Some(request) = request.filter(|_| now < order.expires_at) else {
        return finish::finish(cx, deps, order, &key, Secured::Expired).await.map(Some);
    };
    drive(cx, deps, order, &key, &request, retry_at).await.map(Some)
}

/// A pass of the sweeper over interrupted checkouts.
pub(crate) async fn resume_abandoned(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let now = deps.clock.now();
    let abandoned = orders::abandoned(&deps.db, now, PASS_MAX).await?;
    let retry_at = now.plus(deps.config.lease());
    futures::stream::iter(abandoned)
        .for_each_concurrent(AT_ONCE, |id| async move {
            if let Err(error) = resume(cx, deps, id, retry_at).await {
                tracing::warn!(order.id = %id, %error, "an interrupted checkout could not be finished yet");
            }
        })
        .await;
    Ok(())
}

/// A pass of the sweeper over orders that nobody has paid for.
pub(crate) async fn give_up_unpaid(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let now = deps.clock.now();
    for id in orders::unpaid(&deps.db, now, PASS_MAX).await? {
        let expired = change(cx, deps, id, |order| {
            only(order.give_up(CancelReason::PaymentExpired, None, &moment(cx, deps)))
        });
        match expired.await {
            // It was paid at the last moment.
            Ok(_) | Err(OrderError::Order(OrderRule::WrongState(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
