//! An order was placed: its timed hold becomes a promise. If the hold has expired meanwhile, the units are taken
//! anew; if they are gone, the order service is told and cancels.

use souk_contract::events::{OrderPlaced, StockAllocationFailed};
use souk_db::{Batch, batch, outbox};
use souk_rpc::Context;
use souk_types::VariantId;

use super::hold_stock::{take, take_anew};
use super::racing;
use crate::Deps;
use crate::domain::hold::{Hold, HoldState};
use crate::domain::sourcing::source;
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::{holds, stock};

pub(crate) async fn allocate_stock(
    cx: &Context,
    deps: &Deps,
    placed: &OrderPlaced,
) -> Result<(), ProductError> {
    racing(|| attempt(cx, deps, placed)).await
}

async fn attempt(cx: &Context, deps: &Deps, placed: &OrderPlaced) -> Result<(), ProductError> {
    let hold = holds::get(&deps.db, placed.order).await?;
    let batch = match &hold {
        // Even if its time is up: nobody has swept it, so the units are still there.
        Some(hold) if hold.state == HoldState::Held => batch![
            holds::advance(hold, HoldState::Allocated, hold.expires_at),
            stock::change_all(hold.open_lines(), Change::allocate)
        ],
        Some(Hold { state: HoldState::Allocated | HoldState::Shipped | HoldState::Failed, .. }) => {
            return Ok(());
        }
        Some(_) | None => promise_anew(cx, deps, placed, hold.as_ref()).await?,
    };
    deps.db.commit(cx, batch).await?;
    Ok(())
}

/// The buyer was told that the order stands, so nothing is left untried.
async fn promise_anew(
    cx: &Context,
    deps: &Deps,
    placed: &OrderPlaced,
    hold: Option<&Hold>,
) -> Result<Batch, ProductError> {
    let now = deps.clock.now();
    let wanted = wanted(placed);
    let variants: Vec<VariantId> = wanted.iter().map(|(variant, _)| *variant).collect();
    let found = stock::of_variants(&deps.db, &variants).await?;
    let head = |state| {
        hold.map_or_else(|| holds::open(placed.order, state, now), |hold| holds::advance(hold, state, now))
    };
    match source(&wanted, &found) {
        Ok(picks) => Ok(match hold {
            Some(hold) => take_anew(hold, HoldState::Allocated, now, &picks, Change::promise),
            None => batch![head(HoldState::Allocated), take(placed.order, &picks, Change::promise)],
        }),
        Err(shortages) => {
            tracing::warn!(order.id = %placed.order, "the hold of a placed order had expired and the stock is gone");
            let failed = StockAllocationFailed { order: placed.order, shortages };
            let event = outbox::emit(cx, now, &deps.chance, crate::NAME, 1, &failed);
            Ok(batch![head(HoldState::Failed), event])
        }
    }
}

/// The lines by variant; two lines of one variant are taken together.
fn wanted(placed: &OrderPlaced) -> Vec<(VariantId, u32)> {
    let mut wanted: Vec<(VariantId, u32)> = Vec::with_capacity(placed.lines.len());
    for line in &placed.lines {
        match wanted.iter_mut().find(|(variant, _)| *variant == line.variant) {
            Some((_, quantity)) => *quantity = quantity.saturating_add(line.quantity),
            None => wanted.push((line.variant, line.quantity)),
        }
    }
    wanted
}
