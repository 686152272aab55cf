//! An order was canceled: what it holds, or was promised and has not left, is for sale again.

use souk_contract::events::OrderCanceled;
use souk_db::{Batch, batch};
use souk_rpc::Context;
use souk_types::MovementId;

use super::racing;
use crate::Deps;
use crate::domain::hold::{Hold, HoldState};
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::movements::{self, Movement, MovementKind};
use crate::store::{holds, stock};

pub(crate) async fn cancel_allocation(
    cx: &Context,
    deps: &Deps,
    canceled: &OrderCanceled,
) -> Result<(), ProductError> {
    racing(|| attempt(cx, deps, canceled)).await
}

async fn attempt(cx: &Context, deps: &Deps, canceled: &OrderCanceled) -> Result<(), ProductError> {
    let Some(hold) = holds::get(&deps.db, canceled.order).await? else {
        let tombstone = holds::open(canceled.order, HoldState::Released, deps.clock.now());
        deps.db.commit(cx, tombstone).await?;
        return Ok(());
    };
    let released = holds::advance(&hold, HoldState::Released, hold.expires_at);
    let batch = match hold.state {
        HoldState::Held => batch![released, stock::change_all(hold.open_lines(), Change::release)],
        HoldState::Allocated => batch![
            released,
            stock::change_all(hold.open_lines(), Change::withdraw),
            returned(cx, deps, &hold, &canceled.reason)
        ],
        HoldState::Expired | HoldState::Failed => batch![released],
        HoldState::Released | HoldState::Shipped => return Ok(()),
    };
    deps.db.commit(cx, batch).await?;
    Ok(())
}

/// The units never left, so `on_hand` stays what it is; the ledger only remembers that they were promised.
fn returned(cx: &Context, deps: &Deps, hold: &Hold, reason: &str) -> Batch {
    let at = deps.clock.now();
    let movement = |pick: crate::domain::sourcing::Pick| Movement {
        id: MovementId::new(&deps.chance, at),
        variant: pick.variant,
        location: pick.location,
        kind: MovementKind::Returned,
        quantity: pick.units,
        change: 0,
        reason: format!("order canceled: {reason}"),
        order: Some(hold.order),
        actor: cx.actor(),
        at,
    };
    hold.open_lines().map(movement).map(movements::insert).collect()
}
