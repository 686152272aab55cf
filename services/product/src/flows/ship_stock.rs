//! A parcel has left: its units are no longer in the warehouse and no longer promised.

use souk_contract::events::OrderShipped;
use souk_db::{Batch, DbError, batch};
use souk_rpc::Context;
use souk_types::MovementId;

use super::racing;
use crate::Deps;
use crate::domain::hold::HoldState;
use crate::domain::sourcing::Pick;
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::movements::{self, Movement, MovementKind};
use crate::store::{holds, stock};

pub(crate) async fn ship_stock(
    cx: &Context,
    deps: &Deps,
    shipped: &OrderShipped,
) -> Result<(), ProductError> {
    match racing(|| attempt(cx, deps, shipped)).await {
        Err(ProductError::NotAllocated(order)) => {
            tracing::error!(order.id = %order, shipment.id = %shipped.shipment, "a parcel left that holds more than was allocated");
            Err(ProductError::NotAllocated(order))
        }
        outcome => outcome,
    }
}

async fn attempt(cx: &Context, deps: &Deps, shipped: &OrderShipped) -> Result<(), ProductError> {
    let not_allocated = || ProductError::NotAllocated(shipped.order);
    let hold = holds::get(&deps.db, shipped.order).await?.ok_or_else(not_allocated)?;
    if hold.state == HoldState::Shipped {
        return Ok(());
    }
    if hold.state != HoldState::Allocated {
        return Err(not_allocated());
    }
    let Some((picks, complete)) = hold.parcel(&shipped.lines) else {
        return Err(not_allocated());
    };
    let state = if complete { HoldState::Shipped } else { HoldState::Allocated };
    let batch = batch![
        holds::add_shipment(shipped.shipment, shipped.order),
        holds::advance(&hold, state, hold.expires_at),
        leave(cx, deps, shipped, &picks)
    ];
    match deps.db.commit(cx, batch).await {
        Err(DbError::Guard { statement: holds::SHIPMENT, .. }) => Ok(()),
        outcome => Ok(outcome.map(|_| ())?),
    }
}

fn leave(cx: &Context, deps: &Deps, shipped: &OrderShipped, picks: &[Pick]) -> Batch {
    let at = deps.clock.now();
    let mut batch = Batch::new();
    for pick in picks {
        batch.push(stock::change(pick.variant, pick.location, Change::ship(pick.units)));
        batch.push(holds::ship_line(shipped.order, *pick));
        batch.push(movements::insert(Movement {
            id: MovementId::new(&deps.chance, at),
            variant: pick.variant,
            location: pick.location,
            kind: MovementKind::Sold,
            quantity: pick.units,
            change: -pick.units,
            reason: format!("shipment {}", shipped.shipment),
            order: Some(shipped.order),
            actor: cx.actor(),
            at,
        }));
    }
    batch
}
