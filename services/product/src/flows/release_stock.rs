//! Gives back what an order holds. Releasing what is not held is fine, and a release that overtakes its hold
//! leaves a tombstone, so that the late hold is refused instead of keeping units for nobody.

use souk_contract::Done;
use souk_db::batch;
use souk_rpc::Context;
use souk_types::OrderId;

use super::racing;
use crate::Deps;
use crate::domain::hold::HoldState;
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::{holds, stock};

pub(crate) async fn release_stock(cx: &Context, deps: &Deps, order: OrderId) -> Result<Done, ProductError> {
    racing(|| attempt(cx, deps, order)).await?;
    Ok(Done {})
}

async fn attempt(cx: &Context, deps: &Deps, order: OrderId) -> Result<(), ProductError> {
    let Some(hold) = holds::get(&deps.db, order).await? else {
        let tombstone = holds::open(order, HoldState::Released, deps.clock.now());
        deps.db.commit(cx, tombstone).await?;
        return Ok(());
    };
    let released = holds::advance(&hold, HoldState::Released, hold.expires_at);
    let batch = match hold.state {
        HoldState::Held => batch![released, stock::change_all(hold.open_lines(), Change::release)],
        HoldState::Expired => batch![released],
        // What is promised to a placed order comes back by `order.canceled` only.
        HoldState::Released | HoldState::Allocated | HoldState::Failed | HoldState::Shipped => return Ok(()),
    };
    deps.db.commit(cx, batch).await?;
    Ok(())
}
