//! The reaction to `order.canceled`: whatever the order's payments hold, or will hold, goes back.

use souk_db::batch;
use souk_rpc::{Context, Error};
use souk_types::OrderId;

use super::{drive, on_our_own};
use crate::Deps;
use crate::domain::State;
use crate::store;

/// The mark comes first and stays: an authorization that arrives later finds it, even if no payment exists yet.
pub(crate) async fn cancel_order(
    cx: &Context,
    deps: &Deps,
    order: OrderId,
    reason: &str,
) -> Result<(), Error> {
    let cx = &on_our_own(cx);
    let now = deps.clock.now();
    let due_at = now.plus(deps.pace().first);
    let marks =
        batch![store::unwanted::mark(order, reason, now), store::payments::unwant_all(order, due_at, now)];
    deps.db.commit(cx, marks).await?;
    for payment in store::payments::of_order(&deps.db, order).await? {
        // Whoever is asking for it right now meets the mark when he writes the answer down.
        if payment.state != State::Authorizing {
            Box::pin(drive::drive(cx, deps, payment)).await?;
        }
    }
    Ok(())
}
