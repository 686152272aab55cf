//! Holds stock for an order while its buyer pays: all lines or none, for a while.
//!
//! Nothing is locked between reading and committing. Each line is a relative update whose guard is that the units
//! are still there; if one is not, the batch is undone and the flow looks again.

use std::collections::HashSet;

use souk_app::Rules;
use souk_contract::product::{HoldOutcome, HoldStock};
use souk_db::{Batch, batch};
use souk_rpc::Context;
use souk_types::{OrderId, Timestamp, VariantId};

use super::racing;
use crate::Deps;
use crate::domain::hold::{Asked, Hold, HoldState};
use crate::domain::sourcing::{Pick, source};
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::{holds, stock};

const LINES_MAX: usize = 200;
const QUANTITY_MAX: u32 = 1_000_000;

pub(crate) async fn hold_stock(
    cx: &Context,
    deps: &Deps,
    request: HoldStock,
) -> Result<HoldOutcome, ProductError> {
    let wanted = check(&request)?;
    let outcome = racing(|| attempt(cx, deps, request.order, &wanted, request.expires_at)).await?;
    let word = if matches!(outcome, HoldOutcome::Held { .. }) { "held" } else { "sold_out" };
    metrics::counter!("souk_stock_holds_total", "outcome" => word).increment(1);
    Ok(outcome)
}

/// Most orders ask once, so the hold is tried before anybody looks whether there is one already.
async fn attempt(
    cx: &Context,
    deps: &Deps,
    order: OrderId,
    wanted: &[(VariantId, u32)],
    expires_at: Timestamp,
) -> Result<HoldOutcome, ProductError> {
    let variants: Vec<VariantId> = wanted.iter().map(|(variant, _)| *variant).collect();
    let found = stock::of_variants(&deps.db, &variants).await?;
    let sourced = source(wanted, &found);
    if let Ok(picks) = &sourced {
        let hold = batch![holds::open(order, HoldState::Held, expires_at), take(order, picks, Change::hold)];
        match deps.db.commit(cx, hold).await {
            Ok(_) => return Ok(HoldOutcome::Held { expires_at }),
            Err(error) if error.is_guard(holds::OPEN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some(hold) = holds::get(&deps.db, order).await? else {
        return sourced.map_or_else(
            |shortages| Ok(HoldOutcome::SoldOut { shortages }),
            |_| Err(ProductError::Contended),
        );
    };
    match hold.asked_again(deps.clock.now()) {
        Asked::Standing => Ok(HoldOutcome::Held { expires_at: hold.expires_at }),
        Asked::Refused => Err(ProductError::HoldReleased(order)),
        Asked::Prolong => {
            deps.db.commit(cx, holds::advance(&hold, HoldState::Held, expires_at)).await?;
            Ok(HoldOutcome::Held { expires_at })
        }
        Asked::TakeAnew => match sourced {
            Err(shortages) => Ok(HoldOutcome::SoldOut { shortages }),
            Ok(picks) => {
                let anew = take_anew(&hold, HoldState::Held, expires_at, &picks, Change::hold);
                deps.db.commit(cx, anew).await?;
                Ok(HoldOutcome::Held { expires_at })
            }
        },
    }
}

/// The units of a hold, in the order in which everybody changes stock.
pub(super) fn take(order: OrderId, picks: &[Pick], kind: fn(i64) -> Change) -> Batch {
    let mut batch = Batch::new();
    for pick in picks {
        batch.push(stock::change(pick.variant, pick.location, kind(pick.units)));
        batch.push(holds::add_line(order, *pick));
    }
    batch
}

/// The units of an order that had some before, perhaps from elsewhere.
pub(super) fn take_anew(
    hold: &Hold,
    state: HoldState,
    expires_at: Timestamp,
    picks: &[Pick],
    kind: fn(i64) -> Change,
) -> Batch {
    batch![
        holds::advance(hold, state, expires_at),
        holds::clear_lines(hold.order),
        take(hold.order, picks, kind)
    ]
}

fn check(request: &HoldStock) -> Result<Vec<(VariantId, u32)>, ProductError> {
    let mut rules = Rules::new();
    rules.entries("lines", request.lines.len(), 1..=LINES_MAX);
    let mut seen = HashSet::with_capacity(request.lines.len());
    for (i, line) in request.lines.iter().enumerate() {
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            rules.range(&format!("lines[{i}].quantity"), line.quantity, 1..=QUANTITY_MAX);
        }
        if !seen.insert(line.variant) {
            rules.broken(format!("lines[{i}].variant"), "unique", "each variant stands in one line at most");
        }
    }
    rules.check()?;
    Ok(request.lines.iter().map(|line| (line.variant, line.quantity)).collect())
}
